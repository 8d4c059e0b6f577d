// What the server sends, handed on a handful at a time so that a burst is drawn once.

const HAND_ON_MS = 60;
const AGAIN_MS = 4000;
const EVENTS = ["article", "deleted", "unreadable", "dead", "stage"];

/**
 * Listens for ever; the browser comes back by itself and says what it has seen.
 *
 * @param {(messages: {event: string, data: object}[]) => void} onMessages
 * @param {(isOpen: boolean) => void} onConnection
 */
export function listen(onMessages, onConnection) {
  let waiting = [];
  let timer = null;
  const handOn = () => {
    const messages = waiting;
    waiting = [];
    timer = null;
    onMessages(messages);
  };
  const source = new EventSource("/events");
  source.addEventListener("open", () => onConnection(true));
  source.addEventListener("error", () => {
    onConnection(false);
    // When it was refused, the browser gives up.
    if (source.readyState === EventSource.CLOSED) setTimeout(() => listen(onMessages, onConnection), AGAIN_MS);
  });
  for (const event of EVENTS) {
    source.addEventListener(event, ({ data }) => {
      waiting.push({ event, data: JSON.parse(data) });
      timer ??= setTimeout(handOn, HAND_ON_MS);
    });
  }
}

/** Sends what changes something; the answer's JSON. Throws an `Error` with a sentence for people. */
export async function post(path, body, type = "application/json") {
  let answer = null;
  try {
    answer = await fetch(path, { method: "POST", body, headers: { "Content-Type": type, "X-Kabar-Page": "1" } });
  } catch {
    throw new Error("The page's server does not answer.");
  }
  const told = await answer.json().catch(() => ({}));
  if (told.error) throw new Error(told.error);
  return told;
}

/** The JSON of an address; null if there is no answer. */
export async function get(path) {
  try {
    const answer = await fetch(path);
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

// Dead letters: why, where, how large, and sending them back.

import { byId, element } from "./dom.js";
import { get, post } from "./stream.js";
import { size, time } from "./words.js";

const MOST = 500;

export class Letters {
  constructor() {
    this.letters = new Map();
    this.rows = new Map();
    this.asked = false;
  }

  /** Looks at what there is; once, since the server tells of each that comes. */
  async load() {
    if (this.asked) return;
    this.asked = true;
    const told = await get("/api/dead");
    if (told === null) {
      this.asked = false;
      return;
    }
    const known = told.letters.reverse();
    const since = [...this.letters.values()].filter((letter) => !known.some(({ letter: name }) => name === letter.letter));
    byId("letters").replaceChildren();
    this.letters.clear();
    this.rows.clear();
    for (const letter of [...known, ...since]) this.take(letter);
  }

  /** After a while without the server: what came meanwhile was not told of. */
  async reload() {
    if (!this.asked) return;
    this.asked = false;
    await this.load();
  }

  /** One that came, or whose standing has changed. */
  take(letter) {
    this.letters.set(letter.letter, letter);
    const row = this.rowOf(letter);
    const before = this.rows.get(letter.letter);
    if (before) {
      const hadFocus = before.contains(document.activeElement);
      before.replaceWith(row);
      if (hadFocus) row.querySelector("button, .sent")?.focus();
    } else byId("letters").prepend(row);
    this.rows.set(letter.letter, row);
    if (this.rows.size > MOST) {
      const [oldest] = this.rows.keys();
      this.rows.get(oldest).remove();
      this.rows.delete(oldest);
      this.letters.delete(oldest);
    }
    byId("no-letters").hidden = this.letters.size > 0;
  }

  rowOf(letter) {
    const from = letter.from.topic ? `${letter.from.topic} ${letter.from.partition}@${letter.from.offset}` : "not told";
    const bytes = letter.trimmed_from ? `${size(letter.size)} of ${letter.trimmed_from} bytes` : size(letter.size);
    const tried = letter.attempts === 1 ? "tried once" : `tried ${letter.attempts} times`;
    const facts = element("ul", { className: "facts" });
    const told = [`letter ${letter.letter}`, time(Date.parse(letter.when)), `failed on ${from}`, bytes, tried];
    facts.append(...told.map((fact) => element("li", {}, element("bdi", {}, fact))));
    if (letter.key) facts.append(element("li", {}, "key ", element("bdi", {}, letter.key)));
    return element(
      "li",
      { className: "letter", data: { letter: letter.letter, replayed: String(Boolean(letter.replayed)) } },
      element("p", { className: "reason" }, element("span", { className: "stage" }, letter.stage ?? "?"), element("bdi", {}, letter.reason ?? "No reason is told")),
      facts,
      letter.begins && element("pre", { dir: "auto" }, letter.begins),
      this.actionOf(letter),
    );
  }

  actionOf(letter) {
    if (letter.replayed) {
      const { topic, partition, offset, when } = letter.replayed;
      const said = `Sent back ${time(Date.parse(when))} to ${topic} ${partition}@${offset}`;
      return element("p", { className: "sent", tabIndex: -1 }, said);
    }
    if (letter.cut_short) return element("p", { className: "sent" }, "Was cut short: it cannot be sent back.");
    const problem = element("span", { className: "problem", role: "alert" });
    const button = element("button", { type: "button", aria: { label: `Send letter ${letter.letter} back` } }, "Send back");
    button.addEventListener("click", async () => {
      button.disabled = true;
      problem.textContent = "";
      try {
        await post("/api/dead/replay", JSON.stringify({ letter: letter.letter }));
        button.textContent = "Sent";
      } catch (error) {
        problem.textContent = error.message;
        button.disabled = false;
      }
    });
    return element("p", { className: "action" }, button, problem);
  }
}

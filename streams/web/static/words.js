// Names, numbers and times as people read them.

export const ENTITY_TYPES = {
  PERSON: "Person",
  ORG: "Organisation",
  GPE: "Country or city",
  LOC: "Place",
  FAC: "Building",
  NORP: "People or faith",
  EVENT: "Event",
  LAW: "Law",
};

const languages = new Intl.DisplayNames(["en"], { type: "language" });
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short", hourCycle: "h23" });

/** A count with separators; a dash for one that is not known. */
export const count = (number) => (number === null || number === undefined ? "–" : number.toLocaleString("en"));

/** A topic as people read it, of its name on the broker or the last part of it: "cyber-crime" is "Cyber crime". */
export function topicName(topic) {
  const name = topic.split(".").at(-1).replaceAll("-", " ");
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** A rate per second, with as many digits as say something. */
export function rate(perSecond) {
  if (perSecond === 0) return "0/s";
  return `${perSecond >= 10 ? Math.round(perSecond).toLocaleString("en") : perSecond.toPrecision(2)}/s`;
}

/** A length of time in milliseconds, as "240 ms", "1.3 s" or "2 min". */
export function duration(milliseconds) {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 120_000) return `${(milliseconds / 1000).toFixed(1)} s`;
  if (milliseconds < 7_200_000) return `${Math.round(milliseconds / 60_000)} min`;
  if (milliseconds < 172_800_000) return `${Math.round(milliseconds / 3_600_000)} h`;
  return `${Math.round(milliseconds / 86_400_000)} days`;
}

/** A size in bytes. */
export function size(bytes) {
  if (bytes < 1024) return `${bytes} bytes`;
  return bytes < 1024 * 1024 ? `${(bytes / 1024).toFixed(1)} kB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

/** The time of day; with the date if it is of another one. */
export function time(milliseconds) {
  const moment = new Date(milliseconds);
  return moment.toDateString() === new Date().toDateString() ? clock.format(moment) : day.format(moment);
}

/** A date and time as the publisher wrote it, in the reader's zone. */
export function date(rfc3339) {
  const moment = new Date(rfc3339);
  return Number.isNaN(moment.getTime()) ? rfc3339 : day.format(moment);
}

/** The English name of a language by its BCP 47 tag. */
export function language(tag) {
  if (tag === "und") return "Unknown";
  try {
    return languages.of(tag) ?? tag;
  } catch {
    return tag;
  }
}

/** Only what may stand in a `lang` attribute. */
export const langOf = (article) => (article.language === "und" ? "" : article.language);

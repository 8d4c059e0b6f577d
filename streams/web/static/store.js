// The articles that have come, the newest first, and those that are held back while somebody reads.

import { haystackOf, matches } from "./filter.js";

export const MOST = 5000;

/** An entry of the list: what a message of the server tells, and what the list needs besides. */
export function entryOf(message) {
  const article = message.article ?? null;
  return { ...message, article, key: `${message.place} ${message.at}`, haystack: article ? haystackOf(article) : "", deleted: false };
}

export class Store {
  constructor(most = MOST) {
    this.most = most;
    this.entries = [];
    this.held = [];
    this.known = new Set();
  }

  /** Adds entries in the order in which they came; to those held back, if `hold`. Returns how many are new. */
  add(entries, { hold }) {
    const fresh = [];
    for (const entry of entries) {
      if (this.known.has(entry.key)) continue;
      this.known.add(entry.key);
      fresh.push(entry);
    }
    fresh.reverse();
    this.held = [...fresh, ...this.held].slice(0, this.most);
    if (!hold) this.release();
    if (this.known.size > 4 * this.most) this.known = new Set([...this.held, ...this.entries].map((entry) => entry.key));
    return fresh.length;
  }

  /** Lets in what was held back. */
  release() {
    if (!this.held.length) return;
    this.entries = [...this.held, ...this.entries].slice(0, this.most);
    this.held = [];
  }

  /** A deletion by the publisher: nothing of the article is kept. Returns the entries it was. */
  remove(id) {
    const meant = [...this.held, ...this.entries].filter((entry) => entry.article?.id === id);
    for (const entry of meant) Object.assign(entry, { article: null, haystack: "", deleted: true });
    return meant;
  }

  /** Those of the list that the filter means. */
  matching(filter) {
    return this.entries.filter((entry) => matches(entry, filter));
  }

  /** How many of those held back it means. */
  waiting(filter) {
    return this.held.reduce((sum, entry) => sum + (matches(entry, filter) ? 1 : 0), 0);
  }

  /** The entry of an article, the newest if there are versions. */
  byCorrelation(ceId) {
    return [...this.held, ...this.entries].find((entry) => entry.correlation === ceId);
  }
}

// The view of articles: filters, list and reader.

import { byId, element } from "./dom.js";
import { ALL, isActive } from "./filter.js";
import { show } from "./reader.js";
import { rowOf } from "./row.js";
import { entryOf, Store } from "./store.js";
import { WindowedList } from "./windowed.js";
import { count, ENTITY_TYPES, language, topicName } from "./words.js";

const MOST_NAMES = 200;
const ANNOUNCE_MS = 8000;
const TYPING_MS = 120;

export class Listing {
  constructor() {
    this.store = new Store();
    this.filter = ALL;
    this.topics = new Set();
    this.languages = new Set();
    this.names = new Map();
    this.read = null;
    this.unsaid = 0;
    this.saidAt = 0;
    this.wide = matchMedia("(min-width: 60rem)");
    this.list = new WindowedList(byId("feed"), rowOf, (entry) => this.wide.matches && this.open(entry));
    byId("feed").addEventListener("click", ({ target }) => this.chosen(target));
    byId("feed").addEventListener("scroll", () => this.letIn(), { passive: true });
    byId("feed").addEventListener("focusout", () => setTimeout(() => this.letIn()));
    byId("held").addEventListener("click", () => {
      this.store.release();
      this.list.toTop();
      this.draw();
    });
    this.setUpFilters();
    this.open(null);
  }

  setUpFilters() {
    const form = byId("filters");
    for (const [type, name] of Object.entries(ENTITY_TYPES)) {
      const button = element("button", { type: "button", data: { type }, aria: { pressed: "false" } }, name);
      button.addEventListener("click", () => {
        button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
        this.readFilters();
      });
      byId("legend").append(button);
    }
    let timer = null;
    form.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => this.readFilters(), TYPING_MS);
    });
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("reset", () => {
      for (const pressed of byId("legend").querySelectorAll("button")) pressed.setAttribute("aria-pressed", "false");
      setTimeout(() => this.readFilters());
    });
  }

  readFilters() {
    this.filter = {
      words: byId("filter-words").value,
      topic: byId("filter-topic").value,
      language: byId("filter-language").value,
      name: byId("filter-name").value,
      types: [...byId("legend").querySelectorAll("[aria-pressed=true]")].map((button) => button.dataset.type),
    };
    this.list.scroller.scrollTop = 0;
    this.store.release();
    this.draw();
  }

  /** Articles, deletions and what cannot be read, in the order in which they came. */
  take(messages) {
    const entries = [];
    for (const { event, data } of messages) {
      if (event === "deleted") this.forget(data.id, entries);
      else entries.push(entryOf(data));
    }
    const fresh = this.store.add(entries, { hold: this.isBeingRead });
    for (const { article } of entries) if (article) this.note(article);
    if (fresh) this.announce(fresh);
    this.draw();
  }

  /** Whether a row would move under the eyes or the keyboard of whoever reads. */
  get isBeingRead() {
    return !this.list.isAtTop || this.list.hasFocus;
  }

  forget(id, entries) {
    for (const entry of entries) if (entry.article?.id === id) Object.assign(entry, { article: null, haystack: "", deleted: true });
    for (const entry of this.store.remove(id)) {
      this.list.refresh(entry);
      if (entry === this.read) this.open(entry);
    }
  }

  /** Topics that one can filter by, from now on. */
  know(topics) {
    for (const topic of topics) {
      if (this.topics.has(topic)) continue;
      this.topics.add(topic);
      byId("filter-no-topic").before(element("option", { value: topic }, topicName(topic)));
    }
  }

  note(article) {
    this.know(article.topics.map((topic) => topic.id));
    if (!this.languages.has(article.language)) {
      this.languages.add(article.language);
      byId("filter-language").append(element("option", { value: article.language }, language(article.language)));
    }
    for (const { name } of article.entities) {
      if (this.names.has(name) || this.names.size >= MOST_NAMES) continue;
      const option = element("option", { value: name });
      this.names.set(name, option);
      byId("names").append(option);
    }
  }

  announce(fresh) {
    this.unsaid += fresh;
    if (Date.now() - this.saidAt < ANNOUNCE_MS) return;
    byId("announcer").textContent = `${this.unsaid} new ${this.unsaid === 1 ? "article" : "articles"}`;
    this.unsaid = 0;
    this.saidAt = Date.now();
  }

  letIn() {
    if (!this.store.held.length || this.isBeingRead) return;
    this.store.release();
    this.draw();
  }

  draw() {
    const items = this.store.matching(this.filter);
    this.list.setItems(items);
    const waiting = this.store.waiting(this.filter);
    byId("held").hidden = waiting === 0;
    byId("held").textContent = `${count(waiting)} new`;
    const all = this.store.entries.length;
    const active = isActive(this.filter);
    byId("matching").textContent = active ? `${count(items.length)} of ${count(all)}` : `${count(all)} articles`;
    byId("filter-clear").hidden = !active;
    byId("empty").hidden = items.length > 0;
    byId("empty").textContent = all ? "No article matches." : "Nothing has come yet.";
  }

  chosen(target) {
    const row = target.closest(".row");
    const index = row ? this.list.indexOf(row.dataset.key) : -1;
    if (index < 0 || !getSelection().isCollapsed) return;
    this.list.goTo(index);
    this.open(this.list.items[index]);
  }

  open(entry) {
    this.read = entry;
    document.body.classList.toggle("reading", entry !== null);
    show(entry, { onName: (entity) => this.lookFor(entity), onBack: () => this.back() });
    if (entry !== null && !this.wide.matches) byId("reader").focus();
  }

  /** What came of an article that was published here. */
  openByEvent(ceId) {
    const entry = this.store.byCorrelation(ceId);
    if (entry === undefined) return;
    byId("filters").reset();
    this.store.release();
    this.filter = ALL;
    this.draw();
    this.list.goTo(this.list.indexOf(entry.key));
    this.open(entry);
  }

  lookFor(entity) {
    byId("filter-name").value = entity.name;
    if (!this.wide.matches) this.back();
    this.readFilters();
  }

  back() {
    this.open(null);
    const index = this.list.indexOf(this.list.activeKey);
    if (index < 0) this.list.toTop();
    else this.list.goTo(index, { tell: false });
  }

  /** Whether the key was for the list. */
  key(event) {
    const { key } = event;
    const inList = this.list.hasFocus || document.activeElement === this.list.scroller;
    if (key === "j" || (key === "ArrowDown" && inList)) this.list.move(1);
    else if (key === "k" || (key === "ArrowUp" && inList)) this.list.move(-1);
    else if (key === "Home" && inList && this.list.items.length) this.list.goTo(0);
    else if (key === "End" && inList && this.list.items.length) this.list.goTo(this.list.items.length - 1);
    else if (key === "Enter" && this.list.hasFocus) this.chosenByKey();
    else if (key === "/") byId("filter-words").focus();
    else if (key === "Escape" && this.read !== null) this.back();
    else return false;
    return true;
  }

  chosenByKey() {
    const index = this.list.indexOf(document.activeElement.closest(".row")?.dataset.key);
    if (index < 0) return;
    this.list.goTo(index);
    this.open(this.list.items[index]);
    byId("reader").focus();
  }
}

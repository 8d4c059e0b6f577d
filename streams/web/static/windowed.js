// A list of which only what can be seen is in the document. Rows are of one height, so that nothing ever has to be
// measured, and nothing jumps.

import { element } from "./dom.js";

const BEYOND = 6;

export class WindowedList {
  /**
   * @param {HTMLElement} scroller
   * @param {(entry: object) => HTMLElement} rowOf makes a row; the list puts it in its place
   * @param {(entry: object) => void} onActive is told of the row that the keyboard came to
   */
  constructor(scroller, rowOf, onActive) {
    this.scroller = scroller;
    this.rowOf = rowOf;
    this.onActive = onActive;
    this.items = [];
    this.rows = new Map();
    this.activeKey = null;
    this.space = element("div", { className: "space", role: "presentation" });
    scroller.append(this.space);
    this.height = 0;
    scroller.addEventListener("scroll", () => this.draw(), { passive: true });
    new ResizeObserver(() => this.measure()).observe(scroller);
    this.measure();
  }

  /** The height of a row is the style sheet's; text that the reader has made larger makes it larger. */
  measure() {
    const probe = element("div", { className: "row", aria: { hidden: "true" } });
    this.space.append(probe);
    this.height = probe.getBoundingClientRect().height || 1;
    probe.remove();
    this.draw();
  }

  get isAtTop() {
    return this.scroller.scrollTop < 4;
  }

  /** Whether a row has the focus, so that it must stay where it is. */
  get hasFocus() {
    return this.space.contains(document.activeElement);
  }

  setItems(items) {
    this.items = items;
    this.draw();
  }

  /** Makes a row anew whose entry is not what it was. */
  refresh(entry) {
    this.rows.get(entry.key)?.remove();
    this.rows.delete(entry.key);
    this.draw();
  }

  draw() {
    const { scrollTop, clientHeight } = this.scroller;
    const first = Math.max(0, Math.floor(scrollTop / this.height) - BEYOND);
    const last = Math.min(this.items.length, Math.ceil((scrollTop + clientHeight) / this.height) + BEYOND);
    this.space.style.height = `${this.items.length * this.height}px`;
    const wanted = new Map();
    for (let index = first; index < last; index += 1) wanted.set(this.items[index].key, index);
    // The row with the focus stays, else the keyboard would lose its place.
    const active = this.activeKey === null ? -1 : this.indexOf(this.activeKey);
    if (active >= 0) wanted.set(this.activeKey, active);
    for (const [key, row] of this.rows) {
      if (wanted.has(key)) continue;
      row.remove();
      this.rows.delete(key);
    }
    const tabStop = active >= 0 ? active : Math.min(Math.ceil(scrollTop / this.height), this.items.length - 1);
    for (const [key, index] of wanted) this.place(key, index, index === tabStop);
  }

  place(key, index, isTabStop) {
    let row = this.rows.get(key);
    if (row === undefined) {
      row = this.rowOf(this.items[index]);
      row.dataset.key = key;
      this.rows.set(key, row);
      this.space.append(row);
    }
    row.style.transform = `translateY(${index * this.height}px)`;
    row.tabIndex = isTabStop ? 0 : -1;
    row.setAttribute("aria-posinset", String(index + 1));
    row.setAttribute("aria-setsize", String(this.items.length));
    row.classList.toggle("active", key === this.activeKey);
    row.setAttribute("aria-current", String(key === this.activeKey));
  }

  indexOf(key) {
    return this.items.findIndex((item) => item.key === key);
  }

  /** Goes to a row so many further, from the one that is active, else to the first that can be seen. */
  move(by) {
    if (!this.items.length) return;
    const now = this.activeKey === null ? -1 : this.indexOf(this.activeKey);
    const next = now < 0 ? Math.ceil(this.scroller.scrollTop / this.height) : now + by;
    this.goTo(Math.min(Math.max(next, 0), this.items.length - 1));
  }

  goTo(index, { tell = true } = {}) {
    const item = this.items[index];
    this.activeKey = item.key;
    const top = index * this.height;
    const { scrollTop, clientHeight } = this.scroller;
    if (top < scrollTop) this.scroller.scrollTop = top;
    else if (top + this.height > scrollTop + clientHeight) this.scroller.scrollTop = top + this.height - clientHeight;
    this.draw();
    this.rows.get(item.key)?.focus({ preventScroll: true });
    if (tell) this.onActive(item);
  }

  toTop() {
    this.activeKey = null;
    this.scroller.scrollTop = 0;
    this.scroller.focus({ preventScroll: true });
    this.draw();
  }
}

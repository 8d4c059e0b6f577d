// Publishing what is pasted or dropped, and watching it go through.

import { byId, element } from "./dom.js";
import { post } from "./stream.js";
import { duration } from "./words.js";

const KINDS = {
  txt: "text/plain",
  html: "text/html",
  htm: "text/html",
  json: "application/json",
  jsonl: "application/x-ndjson",
  ndjson: "application/x-ndjson",
};
const STAGES = ["raw", "clean", "tagged", "enriched"];
const NAMES = { raw: "published", clean: "clean", tagged: "tagged", enriched: "enriched", dead: "dead letter" };
const MOST_JOURNEYS = 50;

/** What was pasted, as the content and type to send. */
export function contentOf(text, title) {
  const start = text.trimStart()[0];
  if (start === "{" || start === "[") {
    try {
      JSON.parse(text);
      return { body: text, type: "application/json" };
    } catch {
      const lines = text.split("\n").filter((line) => line.trim());
      if (lines.every((line) => line.trimStart().startsWith("{"))) return { body: text, type: "application/x-ndjson" };
    }
  }
  if (title.trim()) return { body: JSON.stringify({ title: title.trim(), body: text }), type: "application/json" };
  return { body: text, type: start === "<" ? "text/html" : "text/plain" };
}

export class Posting {
  /** @param {(ceId: string) => void} onOpen is called to read what came of an article */
  constructor(onOpen) {
    this.onOpen = onOpen;
    this.journeys = new Map();
    this.early = new Map();
    const form = byId("posting");
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.sendText();
    });
    byId("posting-text").addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
    });
    byId("posting-file").addEventListener("change", ({ target }) => {
      if (target.files[0]) this.sendFile(target.files[0]);
      target.value = "";
    });
    const view = byId("publish");
    view.addEventListener("dragover", (event) => {
      event.preventDefault();
      view.classList.add("dragged");
    });
    view.addEventListener("dragleave", () => view.classList.remove("dragged"));
    view.addEventListener("drop", (event) => {
      event.preventDefault();
      view.classList.remove("dragged");
      for (const file of event.dataTransfer.files) this.sendFile(file);
    });
  }

  async sendText() {
    const text = byId("posting-text").value;
    if (!text.trim()) {
      this.say("There is nothing to publish yet.");
      return;
    }
    const { body, type } = contentOf(text, byId("posting-title").value);
    if (await this.send(body, type)) byId("posting-text").value = byId("posting-title").value = "";
  }

  async sendFile(file) {
    const type = KINDS[file.name.split(".").pop().toLowerCase()];
    if (type === undefined) this.say(`${file.name} is not a .txt, .html, .json or .jsonl file.`);
    else await this.send(file, type);
  }

  /** Whether something was published. */
  async send(body, type) {
    const button = byId("posting").querySelector("button");
    button.disabled = true;
    try {
      const { published, refused } = await post("/api/articles", body, type);
      this.say(refused.map(({ number, reason }) => (refused.length + published.length > 1 ? `${number}: ${reason}` : reason)).join("\n"));
      for (const article of published) this.begin(article);
      return published.length > 0;
    } catch (error) {
      this.say(error.message);
      return false;
    } finally {
      button.disabled = false;
    }
  }

  say(problem) {
    byId("posting-problem").textContent = problem;
    byId("posting-problem").hidden = !problem;
  }

  begin({ id, ce_id: ceId }) {
    const steps = new Map(STAGES.map((stage) => [stage, element("li", { data: { stage } }, NAMES[stage])]));
    const list = element("ol", { className: "steps" }, ...steps.values());
    const open = element("button", { type: "button", hidden: true, on: { click: () => this.onOpen(ceId) } }, "Read it");
    const item = element("li", { className: "journey" }, element("p", {}, element("bdi", {}, id), open), list);
    byId("journeys").prepend(item);
    this.journeys.set(ceId, { steps, list, open, began: null, marks: new Map() });
    if (this.journeys.size > MOST_JOURNEYS) this.journeys.delete(this.journeys.keys().next().value);
    while (byId("journeys").children.length > MOST_JOURNEYS) byId("journeys").lastElementChild.remove();
    for (const mark of this.early.get(ceId) ?? []) this.take(mark);
    this.early.delete(ceId);
  }

  /** A stage that an article has come to; it may be told of before the answer to its publication. */
  take(mark) {
    const journey = this.journeys.get(mark.ce_id);
    if (journey === undefined) {
      this.early.set(mark.ce_id, [...(this.early.get(mark.ce_id) ?? []), mark]);
      if (this.early.size > MOST_JOURNEYS) this.early.delete(this.early.keys().next().value);
      return;
    }
    journey.marks.set(mark.stage, mark);
    const raw = journey.marks.get("raw");
    if (mark.stage === "dead" && !journey.steps.has("dead")) {
      const step = element("li", { data: { stage: "dead" } });
      journey.steps.set("dead", step);
      journey.list.append(step);
    }
    for (const [stage, { at, reason }] of journey.marks) {
      const step = journey.steps.get(stage);
      if (step === undefined) continue;
      step.classList.add("done");
      const after = raw && stage !== "raw" ? `after ${duration(Math.max(0, at - raw.at))}` : "";
      step.replaceChildren(NAMES[stage], " ", element("small", {}, reason ?? after));
    }
    journey.open.hidden = !journey.marks.has("enriched");
  }
}

// Counts, rates, latency and lag.

import { byId, element } from "./dom.js";
import { get } from "./stream.js";
import { count, duration, rate } from "./words.js";

const EVERY_MS = 2000;

const CELLS = [
  { topic: "articles.raw", label: "Raw", stage: "clean" },
  { topic: "articles.clean", label: "Clean", stage: "tag" },
  { topic: "articles.tagged", label: "Tagged", stage: "classify" },
  { topic: "articles.enriched", label: "Enriched" },
  { topic: "topics.diplomacy", label: "Diplomacy" },
  { topic: "topics.terrorism", label: "Terrorism" },
  { topic: "articles.dead", label: "Dead" },
];

/** Asks for the figures while the page can be seen, and hands them to `onState`; null if nobody answers. */
export function watch(onState) {
  const cells = new Map();
  const list = element("dl", {});
  for (const { topic, label } of CELLS) cells.set(topic, cellOf(list, label));
  const latency = cellOf(list, "Latency");
  latency.cell.title = "From publication until here, in the last minute: half of the articles, and 99 of 100";
  byId("figures").replaceChildren(list);

  const ask = async () => {
    if (document.visibilityState === "visible") {
      const state = await get("/api/state");
      if (state !== null) {
        drawTopics(cells, state);
        drawLatency(latency, state.latency);
      }
      onState(state);
    }
    setTimeout(ask, EVERY_MS);
  };
  ask();
}

function cellOf(list, label) {
  const value = element("dd", { className: "value" }, "–");
  const more = element("dd", { className: "more" }, "\u00a0");
  const cell = element("div", {}, element("dt", {}, label), value, more);
  list.append(cell);
  return { cell, value, more };
}

function drawTopics(cells, state) {
  const waiting = new Map((state.lag.stages ?? []).map((stage) => [stage.stage, stage.waiting]));
  for (const { topic, stage } of CELLS) {
    const { cell, value, more } = cells.get(topic);
    const told = state.topics.find((found) => found.topic === topic);
    if (told === undefined) continue;
    value.textContent = count(told.records);
    const behind = waiting.get(stage);
    more.textContent = behind ? `${rate(told.per_second)}, ${count(behind)} waiting` : rate(told.per_second);
    cell.classList.toggle("behind", Boolean(behind));
    cell.title = `${told.name}: records there, how fast they come${stage ? `, and how many wait for ${stage}` : ""}`;
  }
}

function drawLatency({ value, more }, latency) {
  value.textContent = latency ? duration(latency.p50_ms) : "–";
  more.textContent = latency ? `99%: ${duration(latency.p99_ms)}` : "no new article";
}

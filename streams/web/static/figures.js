// Counts, rates, latency and lag.

import { byId, element } from "./dom.js";
import { get } from "./stream.js";
import { count, duration, rate, topicName } from "./words.js";

const EVERY_MS = 2000;

/** Which stage reads a topic. */
const READERS = { "articles.raw": "clean", "articles.clean": "tag", "articles.tagged": "classify" };

/** Asks for the figures while the page can be seen, and hands them to `onState`; null if nobody answers. */
export function watch(onState) {
  const cells = new Map();
  const list = element("dl", {});
  const latency = cellOf("Latency");
  latency.cell.title = "From publication until here, in the last minute: half of the articles, and 99 of 100";
  list.append(latency.cell);
  byId("figures").replaceChildren(list);

  const ask = async () => {
    if (document.visibilityState === "visible") {
      const state = await get("/api/state");
      if (state !== null) {
        for (const { topic } of state.topics) if (!cells.has(topic)) cells.set(topic, cellOf(topicName(topic)));
        const shown = [...state.topics.map(({ topic }) => cells.get(topic).cell), latency.cell];
        if (shown.some((cell, place) => list.children[place] !== cell)) list.replaceChildren(...shown);
        drawTopics(cells, state);
        drawLatency(latency, state.latency);
      }
      onState(state);
    }
    setTimeout(ask, EVERY_MS);
  };
  ask();
}

function cellOf(label) {
  const value = element("dd", { className: "value" }, "–");
  const more = element("dd", { className: "more" }, "\u00a0");
  const cell = element("div", {}, element("dt", {}, label), value, more);
  return { cell, value, more };
}

function drawTopics(cells, state) {
  const waiting = new Map((state.lag.stages ?? []).map((stage) => [stage.stage, stage.waiting]));
  for (const told of state.topics) {
    const { cell, value, more } = cells.get(told.topic);
    const stage = READERS[told.topic];
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

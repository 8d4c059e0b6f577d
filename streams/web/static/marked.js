// An article's text with its entities and evidence marked.

import { element } from "./dom.js";
import { segments, spansOf } from "./spans.js";
import { ENTITY_TYPES } from "./words.js";

/** The text of a field as nodes; the first `limit` code points of it. */
export function marked(article, field, limit = Infinity) {
  const nodes = document.createDocumentFragment();
  for (const piece of segments(article[field] ?? "", spansOf(article, field), limit)) nodes.append(nodeOf(piece));
  return nodes;
}

function nodeOf({ text, entity, topics }) {
  const speaksFor = topics.length ? `speaks for ${topics.join(" and ")}` : "";
  const data = topics.length ? { evidence: topics.join(" ") } : {};
  if (entity !== null) {
    const title = [`${ENTITY_TYPES[entity.type] ?? entity.type}: ${entity.name}`, speaksFor].filter(Boolean).join("; ");
    return element("mark", { data: { ...data, type: entity.type }, title }, text);
  }
  return topics.length ? element("span", { data, title: speaksFor }, text) : document.createTextNode(text);
}

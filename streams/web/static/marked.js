// An article's text with its entities and evidence marked.

import { element } from "./dom.js";
import { segments, spansOf } from "./spans.js";
import { ENTITY_TYPES } from "./words.js";

/** The text of a field as nodes; the first `limit` code points of it. */
export function marked(article, field, limit = Infinity) {
  const nodes = document.createDocumentFragment();
  let mark = null;
  let entity = null;
  for (const piece of segments(article[field] ?? "", spansOf(article, field), limit)) {
    if (piece.entity === null) nodes.append(nodeOf(piece));
    // Evidence may begin within a name, which is one mark all the same.
    else if (piece.entity === entity && mark === nodes.lastChild) mark.append(nodeOf(piece));
    else {
      mark = markOf(piece.entity);
      mark.append(nodeOf(piece));
      nodes.append(mark);
    }
    entity = piece.entity;
  }
  return nodes;
}

function markOf({ type, name }) {
  return element("mark", { data: { type }, title: `${ENTITY_TYPES[type] ?? type}: ${name}` });
}

function nodeOf({ text, topics }) {
  if (!topics.length) return document.createTextNode(text);
  return element("span", { data: { evidence: topics.join(" ") }, title: `speaks for ${topics.join(" and ")}` }, text);
}

// The article that is read: everything that is known of it.

import { byId, element, outward } from "./dom.js";
import { marked } from "./marked.js";
import { count, date, duration, ENTITY_TYPES, langOf, language, time } from "./words.js";

const WIKIDATA = /^https?:\/\/www\.wikidata\.org\/entity\/(Q\d+)$/u;

/** Shows an entry; `onName` is called with an entity that is to be looked for. */
export function show(entry, { onName, onBack }) {
  const reader = byId("reader");
  const back = element("button", { type: "button", className: "back", on: { click: onBack } }, "Back to the list");
  if (entry === null) {
    reader.replaceChildren(element("p", { className: "nothing" }, "Choose an article to read it here."));
    return;
  }
  const { article } = entry;
  if (article === null) {
    const said = entry.deleted ? "Deleted by its publisher." : "A record that is no article of this version.";
    reader.replaceChildren(back, element("p", { className: "nothing" }, said));
    return;
  }
  const title = element("h2", { lang: langOf(article), dir: "auto" });
  title.append(article.title ? marked(article, "title") : "Without a title");
  const text = element("div", { className: "text", lang: langOf(article), dir: "auto" });
  text.append(marked(article, "text"));
  reader.replaceChildren(back, title, factsOf(entry), topicsOf(article), text, entitiesOf(article, onName), footOf(entry));
  reader.scrollTop = 0;
}

function factsOf({ article, at, latency_ms: took }) {
  const place = article.dateline?.place;
  const facts = [
    element("bdi", {}, article.source ?? article.dateline?.publisher ?? "No source"),
    place && element("bdi", {}, place),
    article.published_at && element("time", { dateTime: article.published_at }, date(article.published_at)),
    language(article.language),
    `came ${time(at)}`,
    took !== null && `took ${duration(took)}`,
    article.url && outward(article.url, "original"),
  ];
  const list = element("ul", { className: "facts" });
  list.append(...facts.filter(Boolean).map((fact) => element("li", {}, fact)));
  return list;
}

function topicsOf(article) {
  const list = element("dl", { className: "topics", aria: { label: "Topics" } });
  for (const topic of article.topics) {
    const meter = element("meter", { min: 0, max: 1, value: topic.score, aria: { label: `Score of ${topic.id}` } });
    const said = topic.assigned ? "assigned" : "not assigned";
    const spans = [...topic.evidence].sort((one, other) => other.weight - one.weight).map((span) => span.text);
    const words = [...new Set(spans)].slice(0, 6).join(", ");
    list.append(
      element(
        "div",
        { data: { topic: topic.id, assigned: String(topic.assigned) } },
        element("dt", {}, topic.id),
        element("dd", {}, meter, element("b", {}, topic.score.toFixed(3)), ` ${said}`),
        words && element("dd", { className: "because", lang: langOf(article) }, words),
      ),
    );
  }
  return list;
}

function entitiesOf(article, onName) {
  const section = element("section", { className: "entities" }, element("h3", {}, "Entities"));
  const list = element("ul", {});
  const salient = [...article.entities].sort((one, other) => other.salience - one.salience);
  for (const entity of salient) {
    const wikidata = WIKIDATA.exec(entity.id ?? "");
    const look = element(
      "button",
      { type: "button", title: `Articles with ${entity.name}`, data: { type: entity.type }, on: { click: () => onName(entity) } },
      element("bdi", {}, entity.name),
    );
    const times = entity.mentions.length > 1 ? ` ×${count(entity.mentions.length)}` : "";
    const link = wikidata && outward(entity.id, wikidata[1]);
    const type = `${ENTITY_TYPES[entity.type] ?? entity.type}${times}`;
    list.append(element("li", {}, look, element("span", { className: "type" }, type), link));
  }
  section.append(salient.length ? list : element("p", { className: "nothing" }, "None were found."));
  return section;
}

function footOf({ article, place, ce_id: ceId }) {
  const credits = article.credits.length ? `Credits: ${article.credits.join(", ")}` : null;
  const related = article.related.length ? `Related: ${article.related.join(" · ")}` : null;
  const made = `${article.pipeline.model}, Kabar ${article.pipeline.version}`;
  const lines = [credits, related, `id ${article.id}`, `event ${ceId ?? "without an id"} at ${place}`, made];
  const foot = element("footer", {});
  foot.append(...lines.filter(Boolean).map((line) => element("p", { dir: "auto" }, line)));
  return foot;
}

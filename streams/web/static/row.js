// One article in the list.

import { element } from "./dom.js";
import { marked } from "./marked.js";
import { language, langOf, time } from "./words.js";

const TITLE = 200;
const EXCERPT = 300;

export function rowOf(entry) {
  const { article } = entry;
  const row = element("article", { className: "row" });
  if (article === null) {
    const said = entry.deleted ? "Deleted by its publisher" : "A record that is no article of this version";
    row.append(element("h3", { className: "gone" }, said), element("p", { className: "meta" }, entry.place));
    return row;
  }
  const id = `title-${entry.place}`;
  row.setAttribute("aria-labelledby", id);
  const title = element("h3", { id, lang: langOf(article), dir: "auto" });
  title.append(article.title ? marked(article, "title", TITLE) : marked(article, "text", 80));
  const excerpt = element("p", { className: "excerpt", lang: langOf(article), dir: "auto" });
  excerpt.append(marked(article, "text", EXCERPT));
  row.append(metaOf(entry), title, excerpt);
  return row;
}

function metaOf({ article, at }) {
  const source = article.source ?? article.dateline?.publisher ?? "No source";
  const meta = element("p", { className: "meta" });
  meta.append(
    element("bdi", { className: "source" }, source),
    element("time", { dateTime: new Date(at).toISOString() }, time(at)),
    article.language === "id" ? "" : element("span", {}, language(article.language)),
    ...article.topics.filter((topic) => topic.assigned).map(chipOf),
  );
  return meta;
}

/** A topic with its score. */
export function chipOf(topic) {
  const score = topic.score.toFixed(2);
  return element("span", { className: "topic", data: { topic: topic.id } }, topic.id, " ", element("b", {}, score));
}

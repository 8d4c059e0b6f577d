// Which articles are meant.

/** What is asked for when nothing is: all. */
export const ALL = Object.freeze({ words: "", topic: "", language: "", name: "", types: Object.freeze([]) });

const folded = (text) => text.normalize("NFC").toLowerCase();

/** What an article is searched by, made once. */
export const haystackOf = (article) => folded([article.title ?? "", article.source ?? "", article.text].join("\n"));

/** Whether a filter leaves anything out. */
export const isActive = (filter) =>
  Boolean(filter.words.trim() || filter.topic || filter.language || filter.name.trim() || filter.types.length);

/**
 * Whether an entry of the store is one of those meant: every word stands in it, and so on.
 *
 * @param {{article: object | null, haystack: string}} entry
 * @param {{words: string, topic: string, language: string, name: string, types: readonly string[]}} filter `types`: any
 *   of them; with a name, the entity of that name has to be of one of them.
 */
export function matches(entry, filter) {
  if (!isActive(filter)) return true;
  const { article } = entry;
  if (article === null) return false;
  if (filter.language && article.language !== filter.language) return false;
  if (!isOfTopic(article, filter.topic)) return false;
  const words = folded(filter.words).split(/\s+/u).filter(Boolean);
  if (!words.every((word) => entry.haystack.includes(word))) return false;
  const name = folded(filter.name.trim());
  if (!name && !filter.types.length) return true;
  return article.entities.some(
    (entity) => (!filter.types.length || filter.types.includes(entity.type)) && folded(entity.name).includes(name),
  );
}

function isOfTopic(article, topic) {
  if (!topic) return true;
  const assigned = article.topics.filter((found) => found.assigned).map((found) => found.id);
  return topic === "none" ? assigned.length === 0 : assigned.includes(topic);
}

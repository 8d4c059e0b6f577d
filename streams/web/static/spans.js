// Where entities and evidence stand in a text. Offsets count Unicode code points, as in Python, and not the UTF-16
// units that a string of JavaScript is made of.

/** The first `limit` code points of `text`, each as a string. */
export function codePoints(text, limit = Infinity) {
  if (text.length <= limit) return Array.from(text);
  const points = [];
  for (const point of text) {
    if (points.length >= limit) break;
    points.push(point);
  }
  return points;
}

/** Every span of one field of an article: `{start, end, entity}` or `{start, end, topic}`. */
export function spansOf(article, field) {
  const spans = [];
  for (const entity of article.entities)
    for (const { field: where, start, end } of entity.mentions)
      if (where === field) spans.push({ start, end, entity });
  for (const topic of article.topics)
    for (const { field: where, start, end } of topic.evidence)
      if (where === field) spans.push({ start, end, topic: topic.id });
  return spans;
}

/**
 * `text` cut where spans begin and end, in order and without gaps.
 *
 * @returns {{text: string, entity: object | null, topics: string[]}[]} each piece with the shortest entity that covers
 *   it and the topics that it is evidence of. What lies outside of the text is left out.
 */
export function segments(text, spans, limit = Infinity) {
  const points = codePoints(text, limit);
  const end = points.length;
  const inside = spans
    .filter((span) => span.start < Math.min(span.end, end))
    .map((span) => ({ ...span, end: Math.min(span.end, end) }))
    .sort((one, other) => one.end - one.start - (other.end - other.start));
  const cuts = [...new Set([0, end, ...inside.flatMap((span) => [span.start, span.end])])].sort((a, b) => a - b);
  return cuts.slice(0, -1).map((start, index) => {
    const stop = cuts[index + 1];
    const covering = inside.filter((span) => span.start <= start && stop <= span.end);
    return {
      text: points.slice(start, stop).join(""),
      entity: covering.find((span) => span.entity)?.entity ?? null,
      topics: [...new Set(covering.filter((span) => span.topic).map((span) => span.topic))],
    };
  });
}

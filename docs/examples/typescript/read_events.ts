// Reads enriched articles, one JSON object a line: kabar watch --json | node read_events.ts
import { createInterface } from "node:readline";
import type { EnrichedArticle, Mention } from "./kabar.d.ts";

/** What `kabar watch --json` writes for a deletion. On the topic itself that is a record whose value is null. */
type Deleted = { id: string; deleted: true };

/** A stretch of an article: a mention of an entity, or a piece of evidence. */
type Span = Pick<Mention, "field" | "start" | "end">;

/**
 * What cuts spans out of an article.
 *
 * Offsets count Unicode code points, and strings here are UTF-16, where an emoji counts two. So it is not the string
 * that is cut, but the array of its code points, which is made once for all spans.
 */
function cutterOf(article: EnrichedArticle): (span: Span) => string {
  const codePoints = { title: Array.from(article.title ?? ""), text: Array.from(article.text) };
  return ({ field, start, end }) => codePoints[field].slice(start, end).join("");
}

/** The work: here, what speaks for a topic, and who is named in which words. */
function handle(article: EnrichedArticle): void {
  const wordsAt = cutterOf(article);
  for (const topic of article.topics) {
    if (topic.assigned) {
      const words = topic.evidence.map(wordsAt);
      console.log(`${article.id}: ${topic.id} ${topic.score.toFixed(2)} because of ${JSON.stringify(words)}`);
    }
  }
  for (const entity of article.entities) {
    const words = entity.mentions.map(wordsAt);
    switch (entity.type) {
      case "PERSON":
      case "ORG":
        console.log(`${article.id}: ${entity.name} as ${JSON.stringify(words)}`);
        break;
      case "GPE":
        console.log(`${article.id}: ${entity.iso3166 ?? entity.name} as ${JSON.stringify(words)}`);
        break;
    }
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const event: EnrichedArticle | Deleted = JSON.parse(line);
  if ("deleted" in event) {
    console.log(`${event.id} is deleted`);
  } else {
    handle(event);
  }
}

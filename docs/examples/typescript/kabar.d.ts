// The values of Kabar's contract, made from schemas/ by generate.mjs: `make types` makes them anew.

/**
 * A value on one of Kabar's topics.
 */
export type Value = Article | CleanArticle | EnrichedArticle | Replay | TaggedArticle;

/**
 * What a publisher sends. Fields not named here are welcome: they are kept in `metadata`.
 */
export interface Article {
  /**
   * the article: plain text or HTML
   */
  body: string;
  /**
   * the publisher's id; without one it is derived from `url`, else from the content
   */
  id?: string | null;
  url?: string | null;
  title?: string | null;
  /**
   * name of the publisher
   */
  source?: string | null;
  /**
   * RFC 3339 date-time
   */
  published_at?: string | null;
  /**
   * BCP 47 tag; identified if absent
   */
  language?: string | null;
  /**
   * carried through untouched
   */
  metadata?: {
    [k: string]: unknown;
  } | null;
  [k: string]: unknown;
}
/**
 * The article with readable text in place of the body.
 */
export interface CleanArticle {
  /**
   * the publisher's id, else one derived from `url` or the content; also the record's key
   */
  id: string;
  url: string | null;
  title: string | null;
  /**
   * name of the publisher
   */
  source: string | null;
  /**
   * RFC 3339 date-time, in the offset that the publisher wrote
   */
  published_at: string | null;
  /**
   * BCP 47 tag, the publisher's or identified; `und` if it cannot be told
   */
  language: string;
  /**
   * the publisher's `metadata`, with every field the contract does not name
   */
  metadata: {
    [k: string]: unknown;
  };
  /**
   * paragraphs separated by a blank line
   */
  text: string;
  dateline: Dateline | null;
  /**
   * titles of "Baca:" links taken out of the text
   */
  related: string[];
  /**
   * names and marks of authors and editors, taken out of the text
   */
  credits: string[];
}
/**
 * The place line that opens a report, as in "TRIBUNNEWS.COM, WASHINGTON -".
 */
export interface Dateline {
  publisher: string | null;
  place: string | null;
}
/**
 * The tagged article with its topics.
 */
export interface EnrichedArticle {
  /**
   * the publisher's id, else one derived from `url` or the content; also the record's key
   */
  id: string;
  url: string | null;
  title: string | null;
  /**
   * name of the publisher
   */
  source: string | null;
  /**
   * RFC 3339 date-time, in the offset that the publisher wrote
   */
  published_at: string | null;
  /**
   * BCP 47 tag, the publisher's or identified; `und` if it cannot be told
   */
  language: string;
  /**
   * the publisher's `metadata`, with every field the contract does not name
   */
  metadata: {
    [k: string]: unknown;
  };
  /**
   * paragraphs separated by a blank line
   */
  text: string;
  dateline: Dateline | null;
  /**
   * titles of "Baca:" links taken out of the text
   */
  related: string[];
  /**
   * names and marks of authors and editors, taken out of the text
   */
  credits: string[];
  entities: Entity[];
  /**
   * every topic, each once, assigned or not
   */
  topics: Topic[];
  /**
   * topics of the cluster's own, each once, assigned or not; absent where there are none
   *
   * @minItems 1
   */
  own_topics?: [OwnTopic, ...OwnTopic[]];
  pipeline: Pipeline;
}
/**
 * One person, body, place or other named thing of the article, with everywhere it is named.
 */
export interface Entity {
  /**
   * Wikidata entity URI
   */
  id: string | null;
  type: "PERSON" | "ORG" | "GPE" | "LOC" | "FAC" | "NORP" | "EVENT" | "LAW";
  name: string;
  /**
   * ISO 3166-1 alpha-2, for countries
   */
  iso3166: string | null;
  /**
   * its share of what the article is about
   */
  salience: number;
  /**
   * in reading order, those of the title first
   *
   * @minItems 1
   */
  mentions: [Mention, ...Mention[]];
}
/**
 * One place where an entity is named.
 */
export interface Mention {
  field: "title" | "text";
  /**
   * Unicode code points from the start of the field
   */
  start: number;
  /**
   * first code point after it
   */
  end: number;
  /**
   * exactly event[field][start:end]
   */
  text: string;
}
/**
 * One topic of the article, assigned or not.
 */
export interface Topic {
  id: "diplomacy" | "terrorism";
  /**
   * IPTC Media Topics code
   */
  medtop: string;
  /**
   * calibrated probability
   */
  score: number;
  assigned: boolean;
  /**
   * what speaks for an assigned topic, in reading order
   */
  evidence: Evidence[];
}
/**
 * A stretch of text that speaks for a topic.
 */
export interface Evidence {
  field: "title" | "text";
  /**
   * Unicode code points from the start of the field
   */
  start: number;
  /**
   * first code point after it
   */
  end: number;
  /**
   * exactly event[field][start:end]
   */
  text: string;
  /**
   * how much of the decision rests on it, relative to the strongest span
   */
  weight: number;
}
/**
 * One topic of the cluster's own, assigned or not.
 */
export interface OwnTopic {
  /**
   * also the end of the name of its Kafka topic, as in `news.topics.cyber`
   */
  id: string;
  /**
   * IPTC Media Topics code, where it has one
   */
  medtop: string | null;
  /**
   * its name and the version of its model
   */
  model: string;
  /**
   * calibrated probability
   */
  score: number;
  assigned: boolean;
  /**
   * what speaks for an assigned topic, in reading order
   */
  evidence: Evidence[];
}
/**
 * What made the event.
 */
export interface Pipeline {
  version: string;
  /**
   * name and version of the model
   */
  model: string;
}
/**
 * A dead letter that was sent back to the topic it had failed on.
 */
export interface Replay {
  /**
   * RFC 3339 date-time
   */
  when: string;
  /**
   * the dead letter; `partition@offset` of it is the record's key
   */
  letter: RecordPlace;
  /**
   * the record that had failed
   */
  failed: FailedRecord;
  /**
   * the record that was sent, the same but for two headers
   */
  sent: RecordPlace;
}
/**
 * Where a record lies.
 */
export interface RecordPlace {
  topic: string;
  partition: number;
  offset: number;
}
/**
 * A record that could not be processed, as its dead letter tells of it.
 */
export interface FailedRecord {
  topic: string;
  partition: number;
  offset: number;
  /**
   * its timestamp, Unix time in milliseconds
   */
  timestamp_ms: number;
}
/**
 * The clean article with its entities.
 */
export interface TaggedArticle {
  /**
   * the publisher's id, else one derived from `url` or the content; also the record's key
   */
  id: string;
  url: string | null;
  title: string | null;
  /**
   * name of the publisher
   */
  source: string | null;
  /**
   * RFC 3339 date-time, in the offset that the publisher wrote
   */
  published_at: string | null;
  /**
   * BCP 47 tag, the publisher's or identified; `und` if it cannot be told
   */
  language: string;
  /**
   * the publisher's `metadata`, with every field the contract does not name
   */
  metadata: {
    [k: string]: unknown;
  };
  /**
   * paragraphs separated by a blank line
   */
  text: string;
  dateline: Dateline | null;
  /**
   * titles of "Baca:" links taken out of the text
   */
  related: string[];
  /**
   * names and marks of authors and editors, taken out of the text
   */
  credits: string[];
  entities: Entity[];
}

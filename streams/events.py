"""The values on the wire, stage by stage: Article -> CleanArticle -> TaggedArticle -> EnrichedArticle.

Encoding is deterministic: the same event is always the same bytes (declared field order, UTF-8, no spaces).
Offsets everywhere count Unicode code points, so in Python `event.text[start:end] == mention.text`.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar, Literal, Self

import orjson
from pydantic import BaseModel, ConfigDict, Field

FieldName = Literal["title", "text"]
EntityType = Literal["PERSON", "ORG", "GPE", "LOC", "FAC", "NORP", "EVENT", "LAW"]
TopicId = Literal["diplomacy", "terrorism"]
OWN_TOPIC_PATTERN = "[a-z][a-z0-9-]{0,39}"
"""What a topic of one's own may be called, as it is a part of a Kafka topic's name."""
MEDTOP_PATTERN = "medtop:[0-9]{8}"

Offset = Annotated[int, Field(ge=0, description="Unicode code points from the start of the field")]
Share = Annotated[float, Field(ge=0.0, le=1.0)]


class Event(BaseModel):
    """What all values share: immutable, tolerant of fields added later, encoded by `encode`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    def encode(self) -> bytes:
        """The event as UTF-8 JSON, always the same bytes for the same event."""
        return orjson.dumps(self.model_dump(mode="json"))

    contract_name: ClassVar[str] = ""
    """Its name in the public contract, where that is not the class's."""

    @classmethod
    def schema_name(cls) -> str:
        """The name its schema goes by in files and ids: `clean-article`."""
        return re.sub(r"(?<!^)(?=[A-Z])", "-", cls.contract_name or cls.__name__).lower()

    @classmethod
    def schema_id(cls) -> str:
        """The `$id` of its JSON Schema and its `ce_dataschema`. A new version number would be a new contract."""
        return f"urn:kabar:schema:{cls.schema_name()}:v1"

    @classmethod
    def decode(cls, value: bytes) -> Self:
        """The event in `value`, as an earlier stage encoded it.

        Raises:
            pydantic.ValidationError: the JSON is not this event.
            orjson.JSONDecodeError: the bytes are not JSON.
        """
        return cls.model_validate(orjson.loads(value))


class Span(Event):
    """A stretch of one field of the article."""

    field: FieldName
    start: Offset
    end: Offset
    text: str = Field(description="exactly event[field][start:end]")


class Mention(Span):
    """One place where an entity is named."""


class Evidence(Span):
    """A stretch of text that speaks for a topic."""

    weight: Share = Field(description="how much of the decision rests on it, relative to the strongest span")


class Dateline(Event):
    """The place line that opens a report, as in "TRIBUNNEWS.COM, WASHINGTON -"."""

    publisher: str | None
    place: str | None


class PublishedArticle(Event):
    """What a publisher sends. Fields not named here are welcome: they are kept in `metadata`."""

    model_config = ConfigDict(frozen=True, extra="allow", strict=True, title="Article")
    contract_name: ClassVar[str] = "Article"

    body: str = Field(description="the article: plain text or HTML")
    id: str | None = Field(
        default=None,
        description="the publisher's id; without one it is derived from `url`, else from the content",
    )
    url: str | None = None
    title: str | None = None
    source: str | None = Field(default=None, description="name of the publisher")
    published_at: str | None = Field(
        default=None, description="RFC 3339 date-time", json_schema_extra={"format": "date-time"}
    )
    language: str | None = Field(default=None, description="BCP 47 tag; identified if absent")
    metadata: dict[str, Any] | None = Field(default=None, description="carried through untouched")


class Article(Event):
    """A published article after decoding: its `id` is set, unknown fields are in `metadata`."""

    id: str
    url: str | None = None
    title: str | None = None
    source: str | None = Field(default=None, description="name of the publisher")
    published_at: str | None = Field(
        default=None, description="RFC 3339 date-time, in the publisher's offset"
    )
    language: str | None = Field(default=None, description="BCP 47 tag")
    metadata: dict[str, Any] = Field(default_factory=dict)
    body: str = Field(description="plain text or HTML")


class CleanArticle(Event):
    """The article with readable text in place of the body."""

    id: str
    url: str | None
    title: str | None
    source: str | None
    published_at: str | None
    language: str = Field(description="BCP 47 tag, the publisher's or identified; `und` if it cannot be told")
    metadata: dict[str, Any]
    text: str = Field(description="paragraphs separated by a blank line")
    dateline: Dateline | None
    related: list[str] = Field(description='titles of "Baca:" links taken out of the text')
    credits: list[str]


class Entity(Event):
    """One person, body, place or other named thing of the article, with everywhere it is named."""

    id: str | None = Field(description="Wikidata entity URI")
    type: EntityType
    name: str
    iso3166: str | None = Field(description="ISO 3166-1 alpha-2, for countries")
    salience: Share
    mentions: list[Mention] = Field(min_length=1)


class TaggedArticle(CleanArticle):
    """The clean article with its entities."""

    entities: list[Entity]


class Topic(Event):
    """One topic of the article, assigned or not."""

    id: TopicId
    medtop: str = Field(description="IPTC Media Topics code")
    score: Share = Field(description="calibrated probability")
    assigned: bool
    evidence: list[Evidence]


class OwnTopic(Event):
    """One topic of the cluster's own, assigned or not."""

    id: str = Field(description="also the end of the name of its Kafka topic, as in `news.topics.cyber`")
    medtop: str | None = Field(description="IPTC Media Topics code, where it has one")
    model: str = Field(description="its name and the version of its model")
    score: Share = Field(description="calibrated probability")
    assigned: bool
    evidence: list[Evidence]


class Pipeline(Event):
    """What made the event."""

    version: str
    model: str = Field(description="name and version of the model")


class EnrichedArticle(TaggedArticle):
    """The tagged article with its topics."""

    topics: list[Topic]
    own_topics: list[OwnTopic] = Field(
        default_factory=list,
        exclude_if=lambda own: not own,
        description="topics of the cluster's own, each once, assigned or not; absent where there are none",
    )
    pipeline: Pipeline

    @property
    def every_topic(self) -> list[Topic | OwnTopic]:
        """Kabar's two and those of one's own."""
        return [*self.topics, *self.own_topics]


class RecordPlace(Event):
    """Where a record lies."""

    topic: str
    partition: int = Field(ge=0)
    offset: int = Field(ge=0)


class FailedRecord(RecordPlace):
    """A record that could not be processed, as its dead letter tells of it."""

    timestamp_ms: int = Field(description="its timestamp, Unix time in milliseconds")


class Replay(Event):
    """A dead letter that was sent back to the topic it had failed on."""

    when: str = Field(description="RFC 3339 date-time")
    letter: RecordPlace = Field(description="the dead letter; `partition@offset` of it is the record's key")
    failed: FailedRecord = Field(description="the record that had failed")
    sent: RecordPlace = Field(description="the record that was sent, the same but for two headers")

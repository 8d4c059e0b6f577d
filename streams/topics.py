"""Every topic in one place: its name, key, value, partitions and retention."""

from __future__ import annotations

from dataclasses import dataclass

from streams import events
from streams.settings import MIB, Settings

DAY_MS = 24 * 60 * 60 * 1000

# A dead letter keeps the whole record and adds headers about the fault, so it needs more room than the original.
DEAD_LETTER_ROOM = MIB


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic of the contract, by its name without the prefix."""

    suffix: str
    written_by: str
    value: type[events.Event] | None
    """The event a record holds; None for the original bytes, whatever they are."""
    purpose: str
    retention_ms: int
    """How long a record is kept after its timestamp; -1 for ever."""
    is_compacted: bool = False
    """Whether of each key only the last record is kept."""

    @property
    def value_is_published(self) -> bool:
        """Whether publishers write it, so that a record on it starts a chain of events."""
        return self.written_by == "publishers"

    def name(self, settings: Settings) -> str:
        """The name on the broker, as in `news.articles.raw`."""
        return f"{settings.prefix}.{self.suffix}"

    def config(self, settings: Settings) -> dict[str, str]:
        """The Kafka topic configuration it is created with."""
        room = DEAD_LETTER_ROOM if self is DEAD else 0
        return {
            "cleanup.policy": "compact" if self.is_compacted else "delete",
            "retention.ms": str(self.retention_ms),
            "max.message.bytes": str(settings.max_record_bytes + room),
        }


RAW = Topic(
    "articles.raw", "publishers", events.PublishedArticle, "articles as publishers send them", 7 * DAY_MS
)
CLEAN = Topic("articles.clean", "clean stage", events.CleanArticle, "articles as readable text", 2 * DAY_MS)
TAGGED = Topic(
    "articles.tagged", "tag stage", events.TaggedArticle, "articles with their entities", 2 * DAY_MS
)
ENRICHED = Topic(
    "articles.enriched",
    "classify stage",
    events.EnrichedArticle,
    "every article, with entities and topics",
    30 * DAY_MS,
)
DIPLOMACY = Topic(
    "topics.diplomacy", "classify stage", events.EnrichedArticle, "the articles about diplomacy", 30 * DAY_MS
)
TERRORISM = Topic(
    "topics.terrorism", "classify stage", events.EnrichedArticle, "the articles about terrorism", 30 * DAY_MS
)
# It keeps the timestamp of the original record, which may be older than any retention: it stays until dealt with.
DEAD = Topic("articles.dead", "any stage", None, "records that could not be processed, untouched", -1)
REPLAYED = Topic(
    "articles.replayed",
    "kabar dead replay",
    events.Replay,
    "which dead letters were sent back, and where to",
    -1,
    is_compacted=True,
)

ALL = (RAW, CLEAN, TAGGED, ENRICHED, DIPLOMACY, TERRORISM, DEAD, REPLAYED)
BY_TOPIC_ID = {"diplomacy": DIPLOMACY, "terrorism": TERRORISM}

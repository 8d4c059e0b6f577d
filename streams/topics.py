"""Every topic in one place: its name, key, value, partitions and retention."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from streams import events, own_topics
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

_ABOUT = "topics."


def own(topic_id: str) -> Topic:
    """The topic for the articles about a subject of one's own."""
    return Topic(
        f"{_ABOUT}{topic_id}",
        "classify stage",
        events.EnrichedArticle,
        f"the articles about {topic_id}",
        30 * DAY_MS,
    )


def of_id(topic_id: str) -> Topic:
    """The topic for the articles about a subject, ours or one's own."""
    return BY_TOPIC_ID.get(topic_id) or own(topic_id)


def known(settings: Settings, existing: Iterable[str] = ()) -> tuple[Topic, ...]:
    """Every topic: those of the contract, those in KABAR_OWN_TOPICS, and those of that kind on a cluster.

    So whoever only reads needs no model of a topic to know of it.

    Args:
        settings: the prefix and the topics of one's own.
        existing: names of topics, as on the cluster.

    Raises:
        SetupError: a folder in KABAR_OWN_TOPICS cannot be used.
    """
    start = f"{settings.prefix}.{_ABOUT}"
    ids = [topic.id for topic in own_topics.of(settings)]
    seen = sorted(name.removeprefix(start) for name in existing if name.startswith(start))
    ids += [topic_id for topic_id in seen if own_topics.is_id(topic_id) and topic_id not in ids]
    before = ALL.index(DEAD)
    return (*ALL[:before], *map(own, ids), *ALL[before:])

"""The conservation law, checked on what lies on the topics when nobody works any more.

Every record on `raw` ends as exactly one article id on `enriched` or as one record on `dead`; what was written more
than once was written the same. Records are compared by digests, so that topics of any size fit in memory.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

from aiokafka import AIOKafkaConsumer, ConsumerRecord

from streams import dead_letters, envelope, topics
from streams.agents.clean import decode_published
from streams.dead_letters import DeadLetter
from streams.records import Record, last_header
from streams.settings import Settings
from streams.snapshot import record_of

QUIET_S = 30.0
"""How long a broker may take to send the next records, or to say that there are none."""

KafkaRecord = ConsumerRecord[bytes, bytes]


@dataclass
class Audit:
    """What came of the records on `raw`. Places are `partition@offset`."""

    raw: int = 0
    enriched: int = 0
    """Records on raw that are on `enriched`, once or more."""
    dead: int = 0
    """Records on raw that are on `dead`, once or more."""
    repeats: int = 0
    """Records on `enriched` and `dead` beyond the first of each."""
    lost: list[str] = field(default_factory=list)
    on_both: list[str] = field(default_factory=list)
    wrong_ids: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    """Dead letters whose key, value, headers or timestamp are not those of their record."""
    unlike: list[str] = field(default_factory=list)
    """Events written more than once and not the same to the byte, by topic and `ce_id`."""
    of_nothing: list[str] = field(default_factory=list)
    """Records on `enriched` or `dead` that came of no record on raw."""

    def assert_conserved(self) -> None:
        """Fails with what breaks the law."""
        broken = {
            name: (len(places), places[:5])
            for name in ("lost", "on_both", "wrong_ids", "changed", "unlike", "of_nothing")
            if (places := getattr(self, name))
        }
        assert not broken, f"{broken} of {self.raw} records"
        assert self.enriched + self.dead == self.raw


@dataclass(slots=True)
class _Fate:
    """A record on `raw`, as far as it has to be compared, and what came of it."""

    place: str
    digest: bytes
    headers: int
    """How many it had: a dead letter has more."""
    article_id: bytes | None
    """The one key it may have on `enriched`; None if it must not be there."""
    enriched: int = 0
    dead: int = 0
    has_wrong_id: bool = False
    is_changed: bool = False


async def audit(settings: Settings) -> Audit:
    """Reads all topics to their ends and compares; to be called when no worker runs any more."""
    result = Audit()
    fates: dict[str, _Fate] = {}
    """By place, and by correlation id."""
    async for record in _from_beginning(topics.RAW, settings):
        raw = record_of(record)
        fate = _Fate(_place(record), _digest(record), len(raw.headers), _article_id(raw, settings))
        result.raw += 1
        fates[fate.place] = fates[envelope.origin_of(raw, is_raw=True).id] = fate
    assert len(fates) == 2 * result.raw, "the raw records cannot be told apart by their ids"

    async for record, fate in _come_of(topics.ENRICHED, settings, fates, result):
        fate.enriched += 1
        fate.has_wrong_id |= record.key != fate.article_id
    async for record, fate in _come_of(topics.DEAD, settings, fates, result):
        fate.dead += 1
        is_whole = _came_from_raw(record) and not DeadLetter.of(record_of(record)).is_cut_short
        fate.is_changed |= is_whole and _digest(record, headers=fate.headers) != fate.digest
    for key, fate in fates.items():
        if key == fate.place:
            _count(fate, result)
    for topic in (topics.CLEAN, topics.TAGGED, topics.ENRICHED, *topics.BY_TOPIC_ID.values()):
        result.unlike += await _unlike(topic, settings)
    return result


def _count(fate: _Fate, result: Audit) -> None:
    result.enriched += fate.enriched > 0
    result.dead += fate.dead > 0
    result.repeats += max(fate.enriched - 1, 0) + max(fate.dead - 1, 0)
    for is_so, places in (
        (not fate.enriched and not fate.dead, result.lost),
        (fate.enriched and fate.dead, result.on_both),
        (fate.has_wrong_id, result.wrong_ids),
        (fate.is_changed, result.changed),
    ):
        if is_so:
            places.append(fate.place)


async def read(topic: topics.Topic, settings: Settings) -> Sequence[KafkaRecord]:
    """All that lies on a topic."""
    return [record async for record in _from_beginning(topic, settings)]


async def _from_beginning(topic: topics.Topic, settings: Settings) -> AsyncIterator[KafkaRecord]:
    async with AIOKafkaConsumer(
        topic.name(settings),
        bootstrap_servers=settings.bootstrap,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=settings.max_record_bytes + topics.DEAD_LETTER_ROOM,
    ) as consumer:
        unfinished = set(consumer.assignment())
        while unfinished:
            # The high watermark that a fetch brings is right on both brokers; the embedded one lists ends too low.
            async with asyncio.timeout(QUIET_S):
                batches = await consumer.getmany(timeout_ms=200)
            for records in batches.values():
                for record in records:
                    yield record
            for partition in list(unfinished):
                end = consumer.highwater(partition)
                if end is not None and await consumer.position(partition) >= end:
                    unfinished.remove(partition)


async def _come_of(
    topic: topics.Topic, settings: Settings, fates: dict[str, _Fate], result: Audit
) -> AsyncIterator[tuple[KafkaRecord, _Fate]]:
    """The records of a topic, each with that of the raw record it came of."""
    async for record in _from_beginning(topic, settings):
        fate = fates.get(origin_of(record))
        if fate is None:
            result.of_nothing.append(f"{topic.suffix}/{_place(record)}")
        else:
            yield record, fate


def origin_of(record: KafkaRecord) -> str:
    """Of what a record on `enriched` or `dead` came: the place of a raw record, or its correlation id."""
    headers = tuple(record.headers)
    if _came_from_raw(record):
        return f"{last_header(headers, dead_letters.PARTITION)}@{last_header(headers, dead_letters.OFFSET)}"
    return last_header(headers, "ce_correlationid") or ""


def _came_from_raw(record: KafkaRecord) -> bool:
    return (last_header(tuple(record.headers), dead_letters.TOPIC) or "").endswith(topics.RAW.suffix)


def _digest(record: KafkaRecord, *, headers: int | None = None) -> bytes:
    """Of key, value, timestamp and the first so many headers, where nothing differs from empty."""
    content = (record.key, record.value, record.timestamp, tuple(record.headers)[:headers])
    return blake2b(repr(content).encode(), digest_size=16).digest()


async def _unlike(topic: topics.Topic, settings: Settings) -> list[str]:
    first: dict[bytes, int] = {}
    unlike = []
    async for record in _from_beginning(topic, settings):
        ce_id = last_header(tuple(record.headers), "ce_id") or ""
        content = hash((record.key, record.value, tuple(record.headers)))
        if first.setdefault(blake2b(ce_id.encode(), digest_size=16).digest(), content) != content:
            unlike.append(f"{topic.suffix} {ce_id}")
    return unlike


def _article_id(record: Record, settings: Settings) -> bytes | None:
    """The one key a record may have on `enriched`; None for one that must not be there."""
    if record.value is None:
        return record.key
    try:
        _, article = decode_published(record, max_body_chars=settings.max_body_chars)
    except Exception:  # noqa: BLE001 - as in the stage: whatever a record causes keeps it from `enriched`
        return None
    return article.id.encode()


def _place(record: KafkaRecord) -> str:
    return f"{record.partition}@{record.offset}"

"""The conservation law, checked on what lies on the topics when nobody works any more.

Every record on `raw` ends as exactly one article id on `enriched` or as one record on `dead`; what was written more
than once was written the same.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

from aiokafka import AIOKafkaConsumer, ConsumerRecord

from streams import dead_letters, envelope, topics
from streams.agents.clean import decode_published
from streams.errors import InvalidRecord
from streams.records import Record, last_header
from streams.settings import Settings

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


async def audit(settings: Settings) -> Audit:
    """Reads all topics to their ends and compares; to be called when no worker runs any more."""
    result = Audit()
    raw = {_place(record): _record(record) for record in await read(topics.RAW, settings)}
    by_correlation = {envelope.origin_of(record, is_raw=True).id: place for place, record in raw.items()}
    assert len(by_correlation) == len(raw), "the raw records cannot be told apart by their ids"

    enriched = await _by_origin(topics.ENRICHED, settings, by_correlation, result)
    dead = await _by_origin(topics.DEAD, settings, by_correlation, result)
    result.raw, result.enriched, result.dead = len(raw), len(enriched), len(dead)
    result.repeats = sum(len(records) - 1 for ends in (enriched, dead) for records in ends.values())
    result.lost = [place for place in raw if place not in enriched and place not in dead]
    result.on_both = [place for place in enriched if place in dead]
    result.wrong_ids = [
        place
        for place, records in enriched.items()
        if {record.key for record in records} != {_article_id(raw[place], settings)}
    ]
    result.changed = [
        place
        for place, records in dead.items()
        if any(_came_from_raw(record) and not _is_untouched(record, raw[place]) for record in records)
    ]
    for topic in (topics.CLEAN, topics.TAGGED, topics.ENRICHED, *topics.BY_TOPIC_ID.values()):
        result.unlike += await _unlike(topic, settings)
    return result


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


async def _by_origin(
    topic: topics.Topic, settings: Settings, by_correlation: dict[str, str], result: Audit
) -> dict[str, list[KafkaRecord]]:
    """The records of a topic by the place of the raw record they came of."""
    places = set(by_correlation.values())
    found: dict[str, list[KafkaRecord]] = defaultdict(list)
    for record in await read(topic, settings):
        origin = origin_of(record)
        place = by_correlation.get(origin, origin)
        if place in places:
            found[place].append(record)
        else:
            result.of_nothing.append(f"{topic.suffix}/{_place(record)}")
    return found


def origin_of(record: KafkaRecord) -> str:
    """Of what a record on `enriched` or `dead` came: the place of a raw record, or its correlation id."""
    headers = tuple(record.headers)
    if _came_from_raw(record):
        return f"{last_header(headers, dead_letters.PARTITION)}@{last_header(headers, dead_letters.OFFSET)}"
    return last_header(headers, "ce_correlationid") or ""


def _came_from_raw(record: KafkaRecord) -> bool:
    return last_header(tuple(record.headers), dead_letters.STAGE) == "clean"


def _is_untouched(dead: KafkaRecord, raw: Record) -> bool:
    headers = tuple(dead.headers)[: len(raw.headers)]
    return (dead.key, dead.value, headers, dead.timestamp) == (
        raw.key,
        raw.value,
        raw.headers,
        raw.timestamp_ms,
    )


async def _unlike(topic: topics.Topic, settings: Settings) -> list[str]:
    first: dict[str, int] = {}
    unlike = []
    async for record in _from_beginning(topic, settings):
        ce_id = last_header(tuple(record.headers), "ce_id") or ""
        content = hash((record.key, record.value, tuple(record.headers)))
        if first.setdefault(ce_id, content) != content:
            unlike.append(f"{topic.suffix} {ce_id}")
    return unlike


def _article_id(record: Record, settings: Settings) -> bytes | None:
    """The one key a record may have on `enriched`; None for one that must not be there."""
    if record.value is None:
        return record.key
    try:
        _, article = decode_published(record, max_body_chars=settings.max_body_chars)
    except InvalidRecord:
        return None
    return article.id.encode()


def _place(record: KafkaRecord) -> str:
    return f"{record.partition}@{record.offset}"


def _record(record: KafkaRecord) -> Record:
    return Record(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        timestamp_ms=record.timestamp,
        key=record.key,
        value=record.value,
        headers=tuple(record.headers),
    )

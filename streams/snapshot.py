"""What lies on a topic now, read to its end without a consumer group: nothing is committed, nobody is disturbed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import CorruptRecordException

from streams import topics
from streams.consumers import started
from streams.errors import BrokerUnreachable
from streams.records import Place, Record
from streams.security import client_options
from streams.settings import Settings

STALL_SECONDS = 30.0
_FETCH_WAIT_MS = 100
_POLL_MS = 200
_LOOK_SECONDS = 0.02


class Snapshot:
    """The records of a topic from the first to the last that it had when it was opened, partition by partition."""

    def __init__(self, consumer: AIOKafkaConsumer, topic: str, bounds: Mapping[int, range]) -> None:
        self.topic = topic
        self.bounds = bounds
        """The offsets of each partition; not at each of them there has to be a record."""
        self.unreadable: list[Place] = []
        """Where the client could not read what is there."""
        self._consumer = consumer
        self._one_by_one = False

    @property
    def offsets(self) -> int:
        """How many offsets there are: as many as records, or more."""
        return sum(len(offsets) for offsets in self.bounds.values())

    async def records(self) -> AsyncGenerator[Record, None]:
        """All of them, in the order of their places; use it with `contextlib.aclosing`.

        Raises:
            BrokerUnreachable: the broker went away.
        """
        for partition in sorted(self.bounds):
            quiet_since = time.monotonic()
            while not await self._is_read(partition):
                records = await self._fetch(partition)
                for record in records:
                    if record.offset in self.bounds[partition]:
                        yield record
                quiet_since = self._checked(quiet_since, is_quiet=not records)

    async def at(self, place: Place) -> Record | None:
        """The record at a place, None if there is none that can be read.

        Raises:
            BrokerUnreachable: the broker went away.
        """
        if place.offset not in self.bounds.get(place.partition, range(0)):
            return None
        self._consumer.seek(TopicPartition(self.topic, place.partition), place.offset)
        self._one_by_one = True
        quiet_since = time.monotonic()
        while True:
            records = await self._fetch(place.partition)
            if records or place in self.unreadable or await self._is_read(place.partition):
                return next((record for record in records if record.offset == place.offset), None)
            self._checked(quiet_since, is_quiet=True)

    async def _is_read(self, partition: int) -> bool:
        position: int = await self._consumer.position(TopicPartition(self.topic, partition))
        return position >= self.bounds[partition].stop

    async def _fetch(self, partition: int) -> list[Record]:
        source = TopicPartition(self.topic, partition)
        most = 1 if self._one_by_one else None
        try:
            batches = await self._consumer.getmany(source, timeout_ms=_POLL_MS, max_records=most)
        except CorruptRecordException:
            # Of the records fetched together, those before it are lost too unless they are taken one by one.
            if self._one_by_one:
                position = await self._consumer.position(source)
                self.unreadable.append(Place(partition, position))
                self._consumer.seek(source, position + 1)
            self._one_by_one = True
            return []
        return [record_of(record) for record in batches.get(source, ())]

    def _checked(self, quiet_since: float, *, is_quiet: bool) -> float:
        """Since when the broker has been quiet."""
        now = time.monotonic()
        if is_quiet and now - quiet_since > STALL_SECONDS:
            raise BrokerUnreachable(f"The broker went away while {self.topic} was being read.")
        return quiet_since if is_quiet else now


@asynccontextmanager
async def snapshot(topic: topics.Topic, settings: Settings) -> AsyncIterator[Snapshot]:
    """Opens a topic, which must exist, to read what lies on it now.

    Raises:
        BrokerUnreachable: the broker does not say how much that is.
    """
    name = topic.name(settings)
    consumer = AIOKafkaConsumer(
        name,
        **client_options(settings),
        group_id=None,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=_FETCH_WAIT_MS,
        max_partition_fetch_bytes=settings.max_record_bytes + topics.DEAD_LETTER_ROOM,
    )
    async with started(consumer):
        yield Snapshot(consumer, name, await _bounds(consumer, name, settings))


async def _bounds(consumer: AIOKafkaConsumer, topic: str, settings: Settings) -> dict[int, range]:
    """The end is what comes with a fetch: the embedded broker lists one that is too low."""
    partitions = sorted(consumer.assignment())
    deadline = time.monotonic() + STALL_SECONDS
    while any(consumer.highwater(partition) is None for partition in partitions):
        if time.monotonic() > deadline:
            raise BrokerUnreachable(
                f"{settings.bootstrap} does not say what lies on {topic}: is it allowed to be read?"
            )
        await asyncio.sleep(_LOOK_SECONDS)
    return {
        partition.partition: range(await consumer.position(partition), consumer.highwater(partition))
        for partition in partitions
    }


def record_of(record: ConsumerRecord[bytes, bytes]) -> Record:
    """A record as aiokafka's consumer gives it, as a plain value."""
    return Record(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        timestamp_ms=record.timestamp,
        key=record.key,
        value=record.value,
        headers=tuple(record.headers),
    )

"""How far a group of workers is behind: for each partition it reads, what lies there and is not yet committed."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import (
    CorruptRecordException,
    GroupAuthorizationFailedError,
    TopicAuthorizationFailedError,
)

from streams import admin, topics
from streams.errors import BrokerUnreachable, SetupError
from streams.security import client_options
from streams.settings import Settings

READ = (topics.RAW, topics.CLEAN, topics.TAGGED)
"""What the agents read, in the order of the stages."""

_STALL_SECONDS = 30.0
_FETCH_WAIT_MS = 100
_LOOK_SECONDS = 0.02
_FIRST_MS = 2_000


@dataclass(frozen=True, slots=True)
class PartitionLag:
    """Where the group is on one partition."""

    partition: int
    beginning: int
    """The first offset that the broker still has."""
    committed: int | None
    """The offset the group goes on from; None if it has never committed one here, and begins at the beginning."""
    end: int
    """The offset that the next record will get."""
    oldest_ms: int | None = None
    """The timestamp of the first record that waits, in milliseconds since 1970; None if none does."""

    @property
    def next(self) -> int:
        """The offset of the first record that waits."""
        return max(self.committed or 0, self.beginning)

    @property
    def waiting(self) -> int:
        """How many offsets are not committed yet; records that are being worked on count."""
        return max(0, self.end - self.next)

    @property
    def deleted_unread(self) -> int:
        """How many offsets the broker has deleted, by its retention, before the group committed them."""
        return 0 if self.committed is None else max(0, self.beginning - self.committed)


@dataclass(frozen=True, slots=True)
class TopicLag:
    """Where the group is on one topic."""

    topic: topics.Topic
    name: str
    partitions: tuple[PartitionLag, ...]

    @property
    def waiting(self) -> int:
        """Offsets that are not committed yet."""
        return sum(partition.waiting for partition in self.partitions)

    @property
    def deleted_unread(self) -> int:
        """Offsets that were deleted before they were committed."""
        return sum(partition.deleted_unread for partition in self.partitions)

    @property
    def oldest_ms(self) -> int | None:
        """The timestamp of the oldest of the records that are next, in milliseconds since 1970."""
        times = [partition.oldest_ms for partition in self.partitions if partition.oldest_ms is not None]
        return min(times, default=None)

    @property
    def is_new(self) -> bool:
        """Whether the group has committed nothing here, ever."""
        return all(partition.committed is None for partition in self.partitions)


async def lag(settings: Settings) -> list[TopicLag]:
    """How far the group of the settings is behind, in the order of the stages. Nothing is joined or committed.

    Raises:
        BrokerUnreachable: the broker does not answer, or went away.
        SetupError: a topic is not there, or the cluster does not let us look.
    """
    places = await _places(settings)
    async with _consumer(settings) as consumer:
        consumer.assign([place for of_topic in places.values() for place in of_topic])
        # Before the ends, so that nothing is committed in between and no lag is too low.
        committed = {
            place: await consumer.committed(place) for of_topic in places.values() for place in of_topic
        }
        beginnings = await consumer.beginning_offsets(list(committed))
        for place, offset in committed.items():
            consumer.seek(place, max(offset or 0, beginnings[place]))
        await _until_ends_are_known(consumer, settings)
        return [
            TopicLag(
                topic,
                topic.name(settings),
                tuple([await _of_partition(consumer, place, beginnings, committed) for place in of_topic]),
            )
            for topic, of_topic in places.items()
        ]


async def _places(settings: Settings) -> dict[topics.Topic, Sequence[TopicPartition]]:
    """The partitions of each topic that there are on the cluster."""
    states = {state.topic: state for state in await admin.describe_topics(settings)}
    for topic in READ:
        if states[topic].partitions is None:
            raise SetupError(
                f"There is no topic {topic.name(settings)} on {settings.bootstrap}:"
                " `kabar topics` creates it, if that prefix is meant."
            )
    return {
        topic: [
            TopicPartition(topic.name(settings), number) for number in range(states[topic].partitions or 0)
        ]
        for topic in READ
    }


@contextlib.asynccontextmanager
async def _consumer(settings: Settings) -> AsyncIterator[AIOKafkaConsumer]:
    """With partitions assigned by hand it is no member of the group, and can still ask what the group committed."""
    consumer = AIOKafkaConsumer(
        **client_options(settings),
        group_id=settings.group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=_FETCH_WAIT_MS,
        max_partition_fetch_bytes=settings.max_record_bytes,
    )
    try:
        async with consumer:
            yield consumer
    except GroupAuthorizationFailedError as error:
        raise SetupError(
            f"The cluster does not let you look at the consumer group {settings.group}: ask for the right to."
        ) from error
    except TopicAuthorizationFailedError as error:
        raise SetupError(
            f"The cluster does not let you read {error.args[0]}: ask for the right to."
        ) from error


async def _until_ends_are_known(consumer: AIOKafkaConsumer, settings: Settings) -> None:
    """The end is what comes with a fetch: the embedded broker lists one that is too low."""
    deadline = time.monotonic() + _STALL_SECONDS
    while any(consumer.highwater(place) is None for place in consumer.assignment()):
        if time.monotonic() > deadline:
            raise BrokerUnreachable(
                f"{settings.bootstrap} does not say what lies on {settings.prefix}: are you allowed to read it?"
            )
        await asyncio.sleep(_LOOK_SECONDS)


async def _of_partition(
    consumer: AIOKafkaConsumer,
    place: TopicPartition,
    beginnings: dict[TopicPartition, int],
    committed: dict[TopicPartition, int | None],
) -> PartitionLag:
    found = PartitionLag(
        place.partition, beginnings[place], committed[place], end=consumer.highwater(place) or 0
    )
    if not found.waiting:
        return found
    try:
        first = (await consumer.getmany(place, timeout_ms=_FIRST_MS, max_records=1)).get(place)
    except CorruptRecordException:
        # It waits all the same; only since when is not known.
        first = None
    return PartitionLag(
        found.partition,
        found.beginning,
        found.committed,
        found.end,
        oldest_ms=first[0].timestamp if first else None,
    )

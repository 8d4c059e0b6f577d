"""How far a group of workers is behind: for each partition it reads, what lies there and is not yet committed."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import (
    CorruptRecordException,
    GroupAuthorizationFailedError,
    KafkaError,
    TopicAuthorizationFailedError,
)

from streams import admin, ends, topics
from streams.consumers import started
from streams.errors import BrokerUnreachable, SetupError
from streams.security import client_options
from streams.settings import Settings

READ = (topics.RAW, topics.CLEAN, topics.TAGGED)
"""What the agents read, in the order of the stages."""

_FETCH_WAIT_MS = 100
_FIRST_SECONDS = 5.0


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

    has_records: bool = True
    """Whether there are records between `next` and `end`, and not only marks of publishers' transactions."""

    @property
    def next(self) -> int:
        """The offset of the first record that waits."""
        return max(self.committed or 0, self.beginning)

    @property
    def waiting(self) -> int:
        """How many offsets are not committed yet; records that are being worked on count."""
        return max(0, self.end - self.next) if self.has_records else 0

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
    every = [place for of_topic in places.values() for place in of_topic]
    async with _consumer(settings) as consumer:
        consumer.assign(every)
        async with asyncio.timeout(ends.STALL_SECONDS):
            # Before the ends, so that nothing is committed in between and no lag is too low.
            committed = {place: await consumer.committed(place) for place in every}
            beginnings = await consumer.beginning_offsets(every)
        for place, offset in committed.items():
            consumer.seek(place, max(offset or 0, beginnings[place]))
        await ends.until_known(consumer, settings)
        found = {
            place: PartitionLag(
                place.partition, beginnings[place], committed[place], end=consumer.highwater(place) or 0
            )
            for place in every
        }
        found |= await _with_oldest(consumer, {place: one for place, one in found.items() if one.waiting})
    return [
        TopicLag(topic, topic.name(settings), tuple(found[place] for place in of_topic))
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
    )
    try:
        async with started(consumer):
            yield consumer
    except GroupAuthorizationFailedError as error:
        raise SetupError(
            f"The cluster does not let you look at the consumer group {settings.group}: ask for the right to."
        ) from error
    except TopicAuthorizationFailedError as error:
        raise SetupError(
            f"The cluster does not let you read {error.args[0]}: ask for the right to."
        ) from error
    except (KafkaError, OSError, TimeoutError) as error:
        raise BrokerUnreachable(
            f"{settings.bootstrap} does not say how far group {settings.group} is ({error!r}):"
            " is a broker away, or the coordinator of the group?"
        ) from error


async def _with_oldest(
    consumer: AIOKafkaConsumer, waiting: dict[TopicPartition, PartitionLag]
) -> dict[TopicPartition, PartitionLag]:
    """The partitions with the time of the first record that waits, as far as it can be read."""
    found = dict(waiting)
    missing = set(waiting)
    deadline = time.monotonic() + _FIRST_SECONDS
    while missing and time.monotonic() < deadline:
        try:
            fetched = await consumer.getmany(*missing, timeout_ms=_FETCH_WAIT_MS)
        except CorruptRecordException:
            # They wait all the same; only since when is not known.
            break
        for place, records in fetched.items():
            found[place] = replace(found[place], oldest_ms=records[0].timestamp)
            missing.discard(place)
        for place in list(missing):
            if await consumer.position(place) >= found[place].end:
                # The marks of transactions take offsets, and are no records.
                found[place] = replace(found[place], has_records=False)
                missing.discard(place)
    return found

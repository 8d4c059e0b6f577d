"""The end of several topics, as it grows, read without a consumer group: nothing is committed, nobody is disturbed."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from math import ceil

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import CorruptRecordException, TopicAuthorizationFailedError

from streams import ends
from streams.consumers import started
from streams.errors import BrokerUnreachable, SetupError
from streams.records import Record
from streams.security import client_options
from streams.settings import Settings
from streams.snapshot import record_of
from streams.topics import DEAD_LETTER_ROOM

_FETCH_WAIT_MS = 200
_POLL_MS = 200
_MOST_AT_ONCE = 200


class Tail:
    """What comes on the topics, and how much lies there."""

    def __init__(self, consumer: AIOKafkaConsumer, targets: Mapping[TopicPartition, int]) -> None:
        self._consumer = consumer
        self._targets = targets
        self._beginnings: dict[TopicPartition, int] = {}

    async def latest(self) -> list[Record]:
        """The records that were there already, the oldest first.

        Raises:
            BrokerUnreachable: the broker went away.
            SetupError: we may not read a topic.
        """
        records: list[Record] = []
        deadline = time.monotonic() + ends.STALL_SECONDS
        while not await self._is_there():
            if time.monotonic() > deadline:
                raise BrokerUnreachable("The broker went away while the last articles were being read.")
            records += await self.next()
        return sorted(records, key=lambda record: record.timestamp_ms)

    async def next(self) -> list[Record]:
        """What has come, some of it if it is much; nothing if nothing came for a moment.

        Raises:
            SetupError: we may not read a topic.
        """
        try:
            batches = await self._consumer.getmany(timeout_ms=_POLL_MS, max_records=_MOST_AT_ONCE)
        except CorruptRecordException:
            # It does not say where. A page may pass over what lies before the ends; the pipeline never does.
            for place in self._consumer.assignment():
                self._consumer.seek(place, self._consumer.highwater(place))
            return []
        except TopicAuthorizationFailedError as error:
            raise SetupError(
                f"The cluster does not let you read {error.args[0]}: ask for the right to."
            ) from error
        return [record_of(record) for records in batches.values() for record in records]

    async def look_at_beginnings(self) -> None:
        """Asks for the first offset that each partition still has."""
        self._beginnings = await self._consumer.beginning_offsets(list(self._consumer.assignment()))

    def ends(self) -> dict[str, int]:
        """How many records each topic has had, ever."""
        return self._summed(dict.fromkeys(self._beginnings, 0))

    def counts(self) -> dict[str, int]:
        """How many offsets each topic has now: as many as records, or more."""
        return self._summed(self._beginnings)

    def _summed(self, since: Mapping[TopicPartition, int]) -> dict[str, int]:
        sums: dict[str, int] = {}
        # A topic that was deleted is no longer assigned.
        for place in self._consumer.assignment() & since.keys():
            number = (self._consumer.highwater(place) or 0) - since[place]
            sums[place.topic] = sums.get(place.topic, 0) + number
        return sums

    async def _is_there(self) -> bool:
        return all([await self._consumer.position(place) >= end for place, end in self._targets.items()])


@asynccontextmanager
async def tail(wanted: Mapping[str, int], settings: Settings) -> AsyncIterator[Tail]:
    """Reads topics from their ends.

    Args:
        wanted: topics, which must exist, each with how many of its last records are wanted too, about.
        settings: which broker.

    Raises:
        BrokerUnreachable: the broker does not say what lies there.
    """
    consumer = AIOKafkaConsumer(
        *wanted,
        **client_options(settings),
        group_id=None,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=_FETCH_WAIT_MS,
        max_partition_fetch_bytes=settings.max_record_bytes + DEAD_LETTER_ROOM,
    )
    async with started(consumer):
        yield await _at_the_last(consumer, wanted, settings)


async def _at_the_last(consumer: AIOKafkaConsumer, wanted: Mapping[str, int], settings: Settings) -> Tail:
    await consumer.seek_to_end()
    await ends.until_known(consumer, settings)
    places = sorted(consumer.assignment())
    beginnings = await consumer.beginning_offsets(places)
    last = {place: consumer.highwater(place) for place in places}
    partitions = Counter(place.topic for place in places)
    for place, end in last.items():
        share = ceil(wanted[place.topic] / partitions[place.topic])
        consumer.seek(place, max(beginnings[place], end - share))
    opened = Tail(consumer, {place: end for place, end in last.items() if wanted[place.topic]})
    await opened.look_at_beginnings()
    return opened

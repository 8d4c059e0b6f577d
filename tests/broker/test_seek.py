"""Where a worker reads on from when partitions are given out anew."""

from __future__ import annotations

import inspect
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from streams import admin, topics
from streams.settings import load
from streams.transport import _ConsumerThread

pytestmark = pytest.mark.broker


class InThisThread(_ConsumerThread):
    """What Faust runs in a thread of its own, on a consumer of this one."""

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        self._consumer = consumer

    async def call_thread(self, function: Callable[..., Any], *arguments: Any, **others: Any) -> Any:
        result = function(*arguments, **others)
        return await result if inspect.isawaitable(result) else result


async def test_where_nothing_was_ever_committed_it_begins_at_the_beginning_whatever_was_fetched_meanwhile(
    broker_address: str,
) -> None:
    settings = load(brokers=broker_address, prefix=f"seek-{uuid.uuid4().hex[:8]}", partitions=2)
    await admin.create_topics(settings)
    never, before = (TopicPartition(topics.RAW.name(settings), number) for number in range(2))
    async with AIOKafkaProducer(bootstrap_servers=broker_address) as producer:
        for place in (never, before):
            for _ in range(3):
                await producer.send_and_wait(place.topic, b"{}", partition=place.partition)
    async with AIOKafkaConsumer(
        bootstrap_servers=broker_address,
        group_id=settings.prefix,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    ) as consumer:
        consumer.assign([never, before])
        await consumer.commit({before: 2})
        consumer.seek(before, 0)
        read = {never: 0, before: 0}
        while any(number < 3 for number in read.values()):
            for place, records in (await consumer.getmany(timeout_ms=1_000)).items():
                read[place] += len(records)

        await InThisThread(consumer).seek_to_committed()
        assert [await consumer.position(place) for place in (never, before)] == [0, 2]

"""Reading a topic without a consumer group: nothing is committed, nobody else is disturbed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from streams.settings import Settings

_POLL_MS = 200
_LOOK_MS = 500


async def follow(
    topics: list[str], settings: Settings, *, from_beginning: bool, started: asyncio.Event | None = None
) -> AsyncGenerator[ConsumerRecord[bytes, bytes], None]:
    """The records of the topics as they come, forever; use it with `contextlib.aclosing`.

    Args:
        topics: names as on the broker; they must exist.
        settings: which broker.
        from_beginning: also what is there already.
        started: set once every record written from now on will be seen.
    """
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.bootstrap,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=settings.max_record_bytes,
    )
    await consumer.start()
    try:
        partitions = [
            TopicPartition(topic, partition)
            for topic in topics
            for partition in sorted(await _partitions(consumer, topic))
        ]
        consumer.assign(partitions)
        if from_beginning:
            await consumer.seek_to_beginning(*partitions)
        else:
            await _seek_to_end(consumer, partitions)
        if started is not None:
            started.set()
        while True:
            for records in (await consumer.getmany(timeout_ms=_POLL_MS)).values():
                for record in records:
                    yield record
    finally:
        await consumer.stop()


async def _partitions(consumer: AIOKafkaConsumer, topic: str) -> set[int]:
    if not consumer.partitions_for_topic(topic):
        await consumer.topics()
    return set(consumer.partitions_for_topic(topic) or ())


async def _seek_to_end(consumer: AIOKafkaConsumer, partitions: list[TopicPartition]) -> None:
    """The end as the broker lists it, then as a fetch from there shows it.

    The embedded broker lists an end that lies before the last records when they were written as one batch; the
    high watermark that comes with a fetch is right on every broker.
    """
    await consumer.seek_to_end(*partitions)
    for partition in await consumer.getmany(timeout_ms=_LOOK_MS):
        end = consumer.highwater(partition)
        if end is not None:
            consumer.seek(partition, end)

"""aiokafka as its documentation begins: one record at a time, sent and awaited, committed after each."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import CommitFailedError

from bench.rivals.enricher import Enricher, names, record_of
from streams import topics
from streams.settings import load


async def _run() -> None:
    settings = load()
    enrich = Enricher(settings)
    consumer = AIOKafkaConsumer(
        topics.RAW.name(settings),
        bootstrap_servers=settings.bootstrap,
        group_id=settings.group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        session_timeout_ms=round(settings.session_timeout_seconds * 1000),
        heartbeat_interval_ms=round(settings.session_timeout_seconds * 250),
    )
    producer = AIOKafkaProducer(bootstrap_servers=settings.bootstrap)
    async with consumer, producer:
        async for message in consumer:
            emit = enrich(record_of(message))
            for name in names(emit, settings):
                await producer.send_and_wait(name, emit.value, key=emit.key, headers=list(emit.headers))
            # Another process has joined the group, and reads again what went to it.
            with suppress(CommitFailedError):
                await consumer.commit()


if __name__ == "__main__":
    asyncio.run(_run())

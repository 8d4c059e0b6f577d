"""A FastStream subscriber as its documentation begins, on its aiokafka broker."""

from __future__ import annotations

import asyncio

from faststream import FastStream
from faststream.kafka import KafkaBroker, KafkaMessage

from bench.rivals.enricher import Enricher, names, record_of
from streams import topics
from streams.settings import load

settings = load()
enrich = Enricher(settings)
broker = KafkaBroker(settings.bootstrap)
app = FastStream(broker)


@broker.subscriber(
    topics.RAW.name(settings),
    group_id=settings.group,
    auto_offset_reset="earliest",
    session_timeout_ms=round(settings.session_timeout_seconds * 1000),
    heartbeat_interval_ms=round(settings.session_timeout_seconds * 250),
)
async def enriching(message: KafkaMessage) -> None:
    """Raw articles in, enriched ones out."""
    emit = enrich(record_of(message.raw_message))
    # It takes headers as text, and each name once.
    headers = {name: (value or b"").decode() for name, value in emit.headers}
    for name in names(emit, settings):
        await broker.publish(emit.value, topic=name, key=emit.key, headers=headers)


if __name__ == "__main__":
    asyncio.run(app.run())

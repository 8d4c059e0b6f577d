"""Consumers that end as they should, also while their broker is away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer


@asynccontextmanager
async def started(consumer: AIOKafkaConsumer) -> AsyncIterator[AIOKafkaConsumer]:
    """Starts a consumer, and ends it with the block, or if it cannot start.

    Raises:
        KafkaError: it cannot start.
    """
    try:
        await consumer.start()
        yield consumer
    finally:
        await stop(consumer)


async def stop(consumer: AIOKafkaConsumer) -> None:
    """Ends a consumer and closes its connections."""
    # While the broker is away, aiokafka's own `stop` is ended half-way by the cancellation of a fetch that it cancelled
    # itself: it would leave its connections behind, and we would be taken for cancelled.
    stopping = asyncio.ensure_future(consumer.stop())
    await asyncio.wait([stopping])
    if stopping.cancelled():
        await consumer._client.close()  # noqa: SLF001 - there is no other way to it
    else:
        await stopping

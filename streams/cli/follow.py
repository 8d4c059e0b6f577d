"""Reading a topic without a consumer group: nothing is committed, nobody else is disturbed."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator

from aiokafka import AIOKafkaConsumer, ConsumerRecord
from aiokafka.errors import TopicAuthorizationFailedError

from streams.consumers import started
from streams.errors import SetupError
from streams.security import client_options
from streams.settings import Settings

_POLL_MS = 200
_LOOK_MS = 500


async def follow(
    topics: list[str], settings: Settings, *, from_beginning: bool
) -> AsyncGenerator[ConsumerRecord[bytes, bytes], None]:
    """The records of the topics as they come, forever; use it with `contextlib.aclosing`.

    Args:
        topics: names as on the broker; they must exist.
        settings: which broker.
        from_beginning: also what is there already.

    Raises:
        SetupError: the cluster does not let us read one of them.
    """
    began_ms = time.time() * 1000
    consumer = AIOKafkaConsumer(
        *topics,
        **client_options(settings),
        group_id=None,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=settings.max_record_bytes,
    )
    async with started(consumer):
        if not from_beginning:
            await consumer.seek_to_end()
            # The embedded broker lists an end that lies before the last records when they were written as one
            # batch, so what the first fetch brings may be old.
            for record in await _fetch(consumer, timeout_ms=_LOOK_MS):
                if record.timestamp >= began_ms:
                    yield record
        while True:
            for record in await _fetch(consumer, timeout_ms=_POLL_MS):
                yield record


async def _fetch(consumer: AIOKafkaConsumer, *, timeout_ms: int) -> list[ConsumerRecord[bytes, bytes]]:
    try:
        batches = await consumer.getmany(timeout_ms=timeout_ms)
    except TopicAuthorizationFailedError as error:
        raise SetupError(
            f"The cluster does not let Kabar read {error.args[0]}: ask for the right to."
        ) from error
    return [record for records in batches.values() for record in records]

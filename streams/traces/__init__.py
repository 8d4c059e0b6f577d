"""OpenTelemetry traces: one for each article, from whoever publishes it to all that comes of it. Off by default.

`KABAR_TRACES` turns them on. Where they go, which of them, and under which name is what OpenTelemetry's own variables
(`OTEL_...`) say, as for any other service. While they are off nothing of OpenTelemetry is imported.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any

from aiokafka import AIOKafkaProducer

from streams.errors import SetupError
from streams.records import Headers
from streams.settings import Settings

if TYPE_CHECKING:
    from streams.traces.publishing import PublisherTraces
    from streams.traces.stages import StageTraces

_OFF_BY = (("OTEL_SDK_DISABLED", "true"), ("OTEL_TRACES_EXPORTER", "none"))
"""With which OpenTelemetry's own variables turn traces off."""

MISSING = (
    "KABAR_TRACES is set, but OpenTelemetry is not installed:"
    " pip install 'kabar[traces]', or unset KABAR_TRACES."
)
"""What to do where the extra is missing."""

FLUSH_SECONDS = 2.0
"""How long the end waits for the last spans; short, for a process that is asked to stop has other things to finish."""


def of_stages(settings: Settings) -> StageTraces | None:
    """The traces of a worker; None if they are off.

    Raises:
        SetupError: OpenTelemetry is not installed, or one of its variables cannot be used.
    """
    if not _are_on(settings):
        return None
    with _installed():
        from streams.traces.stages import StageTraces  # noqa: PLC0415 - only where it is asked for
    return StageTraces(settings)


def of_publisher(settings: Settings, *, service: str) -> PublisherTraces | None:
    """The traces of somebody who publishes; None if they are off.

    Args:
        settings: whether they are on.
        service: who that is, if `OTEL_SERVICE_NAME` does not say.

    Raises:
        SetupError: OpenTelemetry is not installed, or one of its variables cannot be used.
    """
    if not _are_on(settings):
        return None
    with _installed():
        from streams.traces.publishing import PublisherTraces  # noqa: PLC0415 - likewise
    return PublisherTraces(service)


@asynccontextmanager
async def for_publishing(settings: Settings, *, service: str) -> AsyncIterator[PublisherTraces | None]:
    """As `of_publisher`, for as long as the context lasts; its end exports what is left.

    Raises:
        SetupError: OpenTelemetry is not installed, or one of its variables cannot be used.
    """
    traces = of_publisher(settings, service=service)
    try:
        yield traces
    finally:
        if traces is not None:
            await asyncio.to_thread(traces.stop)


async def send(
    producer: AIOKafkaProducer,
    topic: str,
    value: bytes | None,
    *,
    key: bytes | None,
    traces: PublisherTraces | None,
    headers: Headers = (),
    message_id: str | None = None,
) -> asyncio.Future[Any]:
    """Queues a record, in a span of its own if there are traces; the result waits for the broker.

    Args:
        producer: sends it.
        topic: where to.
        value: of the record; None deletes the article of its key.
        key: of the record.
        traces: makes the span.
        headers: of the record; what tells its span is added.
        message_id: the id of the event in the record, where it has one.

    Raises:
        KafkaError: the producer refuses it at once.
    """
    if traces is None:
        delivery: asyncio.Future[Any] = await producer.send(topic, value, key=key, headers=list(headers))
        return delivery
    sending = traces.sending(topic, key=key, is_tombstone=value is None, message_id=message_id)
    try:
        delivery = await producer.send(topic, value, key=key, headers=[*headers, *sending.headers])
    except BaseException as error:
        sending.fail(error)
        raise
    sending.follow(delivery)
    return delivery


def _are_on(settings: Settings) -> bool:
    return settings.traces and not any(
        os.environ.get(name, "").strip().lower() == off for name, off in _OFF_BY
    )


@contextmanager
def _installed() -> Iterator[None]:
    try:
        yield
    except ImportError as error:
        raise SetupError(MISSING) from error

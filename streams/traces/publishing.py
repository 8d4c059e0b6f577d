"""The spans of a publisher: one for each record that it writes to the raw topic, where a trace begins or goes on."""

from __future__ import annotations

import asyncio
from typing import Any

from opentelemetry import trace
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

import streams
from streams.records import Headers
from streams.traces import attributes
from streams.traces.export import Export


class PublisherTraces:
    """Makes the spans of what is published, as children of the span that is current, where there is one.

    A service that has set up OpenTelemetry itself gets them from its own provider, as from any other library.

    Args:
        service: who publishes, if `OTEL_SERVICE_NAME` does not say.
        processor: takes the spans that have ended; OTLP over HTTP if None.

    Raises:
        BadConfiguration: one of OpenTelemetry's variables cannot be used.
    """

    def __init__(self, service: str, *, processor: SpanProcessor | None = None) -> None:
        theirs = trace.get_tracer_provider()
        self._export: Export | None = None
        if isinstance(theirs, TracerProvider):
            self._tracer = theirs.get_tracer("kabar", streams.__version__)
        else:
            self._export = Export(service, processor=processor)
            self._tracer = self._export.tracer()

    def sending(
        self, topic: str, *, key: bytes | None, is_tombstone: bool = False, message_id: str | None = None
    ) -> Sending:
        """Begins the span of a record that is about to be sent.

        Args:
            topic: where to.
            key: the record's key.
            is_tombstone: whether it deletes the article of its key.
            message_id: the id of the event in it, where it has one.
        """
        span = self._tracer.start_span(
            f"send {topic}",
            kind=SpanKind.PRODUCER,
            attributes={
                **attributes.of_message(topic, key=key, message_id=message_id, is_tombstone=is_tombstone),
                attributes.OPERATION_NAME: "send",
                attributes.OPERATION_TYPE: "send",
            },
        )
        return Sending(span)

    def stop(self) -> None:
        """Exports what is left; blocks for `streams.traces.FLUSH_SECONDS` at most."""
        if self._export is not None:
            self._export.stop()


class Sending:
    """A record on its way to the broker.

    Args:
        span: its span, which has begun.
    """

    def __init__(self, span: Span) -> None:
        self._span = span
        carrier: dict[str, str] = {}
        TraceContextTextMapPropagator().inject(carrier, set_span_in_context(span))
        self.headers: Headers = tuple((name, text.encode()) for name, text in carrier.items())
        """What the record has to carry, so that its trace goes on from here."""

    def follow(self, delivery: asyncio.Future[Any]) -> None:
        """Ends the span when the broker has the record, or refuses it."""
        delivery.add_done_callback(self._delivered)

    def fail(self, error: BaseException) -> None:
        """Ends the span of a record that was not sent. The error is told by its class: it may quote the record."""
        kind = f"{type(error).__module__}.{type(error).__qualname__}"
        self._span.set_attribute(attributes.ERROR_TYPE, kind)
        self._span.set_status(Status(StatusCode.ERROR, kind))
        self._span.end()

    def _delivered(self, delivery: asyncio.Future[Any]) -> None:
        error = asyncio.CancelledError() if delivery.cancelled() else delivery.exception()
        if error is not None:
            self.fail(error)
            return
        place = delivery.result()
        self._span.set_attribute(attributes.PARTITION, str(place.partition))
        self._span.set_attribute(attributes.OFFSET, place.offset)
        self._span.end()

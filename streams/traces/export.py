"""How spans leave the process: in batches, from a thread of their own, never in the way of an article."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.trace import Tracer

import streams
from streams.errors import BadConfiguration
from streams.traces import FLUSH_SECONDS

log = logging.getLogger(__name__)


class Export:
    """OpenTelemetry's SDK as its variables have it, and the way out.

    Args:
        service: `service.name`, if `OTEL_SERVICE_NAME` or `OTEL_RESOURCE_ATTRIBUTES` does not say.
        ids: where the ids of spans and traces come from; random ones if None.
        processor: takes the spans that have ended; OTLP over HTTP if None.

    Raises:
        BadConfiguration: one of OpenTelemetry's variables cannot be used.
    """

    def __init__(
        self, service: str, *, ids: IdGenerator | None = None, processor: SpanProcessor | None = None
    ) -> None:
        ours = {"service.name": service, "service.version": streams.__version__}
        try:
            self._provider = TracerProvider(
                # What the environment says counts: to `create` alone, ours would.
                resource=Resource.create({**ours, **OTELResourceDetector().detect().attributes}),
                id_generator=ids,
                # Its own wait at the end is half a minute long.
                shutdown_on_exit=False,
            )
            self._provider.add_span_processor(processor or BatchSpanProcessor(SaysOnce(OTLPSpanExporter())))
        except (ValueError, RuntimeError) as error:
            raise BadConfiguration(
                f"KABAR_TRACES is set, but a variable of OpenTelemetry (OTEL_...) cannot be used: {error}."
            ) from error

    def tracer(self) -> Tracer:
        """What makes our spans."""
        return self._provider.get_tracer("kabar", streams.__version__)

    def stop(self, seconds: float = FLUSH_SECONDS) -> None:
        """Exports what is left; blocks for so many seconds at most. What is not exported by then is dropped."""
        flushing = threading.Thread(target=self._provider.shutdown, daemon=True)
        flushing.start()
        flushing.join(seconds)
        if flushing.is_alive():
            log.warning("The last spans could not be exported within %.1f s, and are dropped.", seconds)


class SaysOnce(SpanExporter):
    """An exporter that says so when spans begin to be dropped, and when they are taken again.

    Args:
        exporter: does the work.
    """

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter
        self._is_failing = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Exports them, or drops them."""
        result = self._exporter.export(spans)
        is_failing = result is not SpanExportResult.SUCCESS
        if is_failing and not self._is_failing:
            log.warning(
                "Traces cannot be exported, and are dropped until they can be; nothing else is held up."
                " Look at OTEL_EXPORTER_OTLP_ENDPOINT."
            )
        elif self._is_failing and not is_failing:
            log.info("Traces are exported again.")
        self._is_failing = is_failing
        return result

    def shutdown(self) -> None:
        """Ends the exporter."""
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Nothing waits here."""
        return self._exporter.force_flush(timeout_millis)

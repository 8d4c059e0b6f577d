"""Something that takes spans as a collector does: by OTLP over HTTP."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import KeyValue

TIMEOUT_S = 30.0


@dataclass(frozen=True)
class Span:
    """What came of a span."""

    service: str
    name: str
    trace_id: str
    span_id: str
    parent_id: str
    is_error: bool
    attributes: dict[str, str | int | bool]


class Collector:
    """Takes spans for as long as the context lasts."""

    def __init__(self) -> None:
        self._spans: list[Span] = []
        self._more = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self._take))
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self.address = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def environment(self) -> dict[str, str]:
        """The variables with which a process of ours exports here, at once."""
        return exporting_to(self.address)

    async def spans(self, number: int, **like: str) -> list[Span]:
        """Those whose fields are like that, in order of their arrival, once there are so many."""
        return await asyncio.to_thread(self._like, number, like)

    def _like(self, number: int, like: dict[str, str]) -> list[Span]:
        def found() -> list[Span]:
            return [
                span
                for span in self._spans
                if all(getattr(span, name) == value for name, value in like.items())
            ]

        with self._more:
            assert self._more.wait_for(lambda: len(found()) >= number, TIMEOUT_S), found()
            return found()

    def _take(self, body: bytes) -> None:
        request = ExportTraceServiceRequest.FromString(body)
        with self._more:
            for resource in request.resource_spans:
                service = str(_attributes(resource.resource.attributes)["service.name"])
                for scope in resource.scope_spans:
                    self._spans += [
                        Span(
                            service=service,
                            name=span.name,
                            trace_id=span.trace_id.hex(),
                            span_id=span.span_id.hex(),
                            parent_id=span.parent_span_id.hex(),
                            is_error=span.status.code == span.status.STATUS_CODE_ERROR,
                            attributes=_attributes(span.attributes),
                        )
                        for span in scope.spans
                    ]
            self._more.notify_all()


def exporting_to(address: str) -> dict[str, str]:
    """The variables with which a process of ours exports its spans there, at once."""
    return {
        "KABAR_TRACES": "true",
        "OTEL_EXPORTER_OTLP_ENDPOINT": address,
        "OTEL_EXPORTER_OTLP_TIMEOUT": "1",
        "OTEL_BSP_SCHEDULE_DELAY": "50",
        "NO_PROXY": "127.0.0.1",
    }


def _attributes(pairs: list[KeyValue]) -> dict[str, str | int | bool]:
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in pairs}


def _handler(take: Callable[[bytes], None]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            take(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200 if self.path == "/v1/traces" else 404)
            self.send_header("content-type", "application/x-protobuf")
            self.end_headers()
            self.wfile.write(ExportTraceServiceResponse().SerializeToString())

        def log_message(self, *_arguments: object) -> None:
            pass

    return Handler

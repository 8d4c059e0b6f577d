"""Trace context (W3C) in Kafka headers, with ids that are the same whenever a record is worked on again.

A consumer drops what a restarted worker writes twice because it is the same to the byte. With random ids it would not
be: so a stage's span has its id from the `ce_id` of the event that the stage made.
"""

from __future__ import annotations

from hashlib import blake2b

from opentelemetry.context import Context
from opentelemetry.trace import SpanContext, format_span_id, format_trace_id, get_current_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from streams.records import Headers, last_header

TRACEPARENT = "traceparent"
TRACESTATE = "tracestate"

_W3C = TraceContextTextMapPropagator()


def parent_in(headers: Headers) -> Context:
    """The context that the last `traceparent` tells; an empty one without it, or if it is not one.

    `tracestate` is left where it is: it is not ours to read, and OpenTelemetry would log what is wrong with it.
    """
    text = last_header(headers, TRACEPARENT)
    return _W3C.extract({TRACEPARENT: text} if text else {}, Context())


def is_continued(context: Context) -> bool:
    """Whether there is a trace to continue in it."""
    return get_current_span(context).get_span_context().is_valid


def trace_id_of(identity: str) -> int:
    """The id of the trace that begins with the event, or the record, of that identity."""
    return _id(identity, size=16, what=b"kabar trace")


def span_id_of(identity: str) -> int:
    """The id of the span in which the event of that identity is made."""
    return _id(identity, size=8, what=b"kabar span")


def with_span(headers: Headers, span: SpanContext, *, is_continued: bool) -> Headers:
    """The headers with this span as the one `traceparent`.

    Args:
        headers: of an event.
        span: in which the event was made.
        is_continued: whether the trace is that of the headers; else their `tracestate` belongs to none.
    """
    ours = {TRACEPARENT} if is_continued else {TRACEPARENT, TRACESTATE}
    text = f"00-{format_trace_id(span.trace_id)}-{format_span_id(span.span_id)}-{span.trace_flags:02x}"
    return (*(header for header in headers if header[0] not in ours), (TRACEPARENT, text.encode()))


def _id(identity: str, *, size: int, what: bytes) -> int:
    digest = blake2b(identity.encode("utf-8", errors="surrogatepass"), digest_size=size, person=what).digest()
    # Of all zeros it would be no id.
    return int.from_bytes(digest) or 1

"""The spans of a worker: one for each stage that a record goes through, in the trace of whoever published it.

They are made in the worker itself, from what its language processes return; those know nothing of traces. Every event
that is written names the span it was made in (`traceparent`), so that the next stage continues from there, and a
consumer from the last. The spans end once all of it is on the broker.

Of a record that a stage rejects there is the span of that stage alone: what the stages before made of it in the same
call is not written either. Its dead letter names no span of ours, but whatever the publisher's record did, so that the
record continues the publisher's trace again when it is sent back.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from opentelemetry.context import Context
from opentelemetry.sdk.trace import SpanProcessor
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, set_span_in_context

from streams import envelope
from streams.articles import decode_json
from streams.errors import InvalidRecord
from streams.records import Emit, Headers, Outcome, Record, Reject, last_header
from streams.settings import Settings
from streams.stage import Work
from streams.traces import FLUSH_SECONDS, attributes
from streams.traces.attributes import Attributes
from streams.traces.context import (
    TRACEPARENT,
    is_continued,
    parent_in,
    span_id_of,
    trace_id_of,
    with_span,
)
from streams.traces.export import Export

SERVICE = "kabar"
SMALL_BYTES = 100_000
"""Structured CloudEvents up to this size are looked into for a trace where no stage could."""


class StageTraces:
    """Makes the spans of one worker.

    Args:
        settings: the consumer group.
        processor: takes the spans that have ended; OTLP over HTTP if None.

    Raises:
        BadConfiguration: one of OpenTelemetry's variables cannot be used.
    """

    def __init__(self, settings: Settings, *, processor: SpanProcessor | None = None) -> None:
        self._group = settings.group
        self._ids = _GivenIds()
        self._export = Export(SERVICE, ids=self._ids, processor=processor)
        self._tracer = self._export.tracer()

    def of_call(self, work: Work, records: Sequence[Record], outcomes: Sequence[Outcome]) -> TracedCall:
        """The spans of records that were worked on together."""
        call = TracedCall()
        for record, outcome in zip(records, outcomes, strict=True):
            common: Attributes = {attributes.CALL_RECORDS: len(records)}
            if isinstance(outcome, Emit):
                call.add(*self._emitted(record, outcome, common))
            else:
                call.add(outcome, [self._rejected(work, record, outcome, common)])
        return call

    def stop(self, seconds: float = FLUSH_SECONDS) -> None:
        """Exports what is left; blocks for so many seconds at most."""
        self._export.stop(seconds)

    def _emitted(self, record: Record, outcome: Emit, common: Attributes) -> tuple[Emit, list[_StageSpan]]:
        emits = (*outcome.earlier, outcome)
        context = parent_in(emits[0].headers)
        continues = is_continued(context)
        self._ids.trace_id = trace_id_of(_event_id(emits[0]))
        spans: list[_StageSpan] = []
        written: list[Emit] = []
        for emit in emits:
            self._ids.span_id = span_id_of(_event_id(emit))
            message_id = last_header(emit.headers, "ce_causationid")
            read = None if spans else self._reading(record, message_id, emit.stage)
            span = self._started(emit, emit.stage, context, read, common)
            context = set_span_in_context(span.span, context)
            spans.append(span)
            headers = with_span(emit.headers, span.span.get_span_context(), is_continued=continues)
            written.append(replace(emit, headers=headers))
        return replace(written[-1], earlier=tuple(written[:-1])), spans

    def _rejected(self, work: Work, record: Record, reject: Reject, common: Attributes) -> _StageSpan:
        stage = reject.stage or work.name
        place = f"{record.topic}/{record.partition}/{record.offset}/{record.timestamp_ms}"
        self._ids.trace_id, self._ids.span_id = trace_id_of(place), span_id_of(f"{place}\n{stage}")
        context = parent_in(_published(work, record, reject))
        read = self._reading(record, last_header(record.headers, "ce_id"), stage)
        return self._started(reject, stage, context, read, common)

    def _reading(self, record: Record, message_id: str | None, stage: str) -> Attributes:
        """What is said of the record that was read, which is that of the first stage of a call."""
        return {
            **attributes.of_message(
                record.topic, key=record.key, message_id=message_id, is_tombstone=record.value is None
            ),
            attributes.OPERATION_NAME: stage,
            attributes.OPERATION_TYPE: "process",
            attributes.PARTITION: str(record.partition),
            attributes.OFFSET: record.offset,
            attributes.GROUP: self._group,
        }

    def _started(
        self, outcome: Outcome, stage: str, context: Context, read: Attributes | None, common: Attributes
    ) -> _StageSpan:
        """A span of a stage; without a message that was read, of one that was handed its work by the stage before."""
        began, ended = outcome.worked or (None, None)
        span = self._tracer.start_span(
            f"{stage} {read[attributes.DESTINATION]}" if read else stage,
            context,
            SpanKind.CONSUMER if read else SpanKind.INTERNAL,
            attributes={**(read or {}), **common, attributes.STAGE: stage},
            start_time=began,
        )
        return _StageSpan(stage, span, ended)


class TracedCall:
    """The spans that have begun for the records of one call."""

    def __init__(self) -> None:
        self.outcomes: list[Outcome] = []
        """What is to be written of the records, in order, with the `traceparent` of its spans."""
        self._spans: list[list[_StageSpan]] = []

    def add(self, outcome: Outcome, spans: list[_StageSpan]) -> None:
        """The next record's outcome and the spans of its stages, in order."""
        self.outcomes.append(outcome)
        self._spans.append(spans)

    def delivered(self, outcomes: Sequence[Outcome]) -> None:
        """Ends the spans, now that the outcomes are on the broker.

        Args:
            outcomes: what they were in the end; the broker may have refused some.
        """
        now = time.time_ns()
        for outcome, spans in zip(outcomes, self._spans, strict=True):
            last = len(spans) - 1
            if isinstance(outcome, Reject):
                last = next((n for n, one in enumerate(spans) if one.stage == outcome.stage), last)
                spans[last].fail(outcome)
            # What comes after a stage that rejects is not written: no span of it is exported.
            for span in spans[:last]:
                span.span.end(span.ended)
            spans[last].span.end(now)


@dataclass(frozen=True, slots=True)
class _StageSpan:
    stage: str
    span: Span
    ended: int | None
    """When the work of the stage was done, in Unix nanoseconds, if that is known."""

    def fail(self, reject: Reject) -> None:
        """Says why the record is a dead letter: the class of the error, for a message may quote the article."""
        self.span.set_attribute(attributes.ERROR_TYPE, reject.exception)
        self.span.set_status(Status(StatusCode.ERROR, f"dead letter: {reject.exception}"))


class _GivenIds(IdGenerator):
    """The ids of the span that is started next."""

    trace_id = 0
    """Of its trace, if it begins one."""
    span_id = 0

    def generate_trace_id(self) -> int:
        return self.trace_id

    def generate_span_id(self) -> int:
        return self.span_id


def _event_id(emit: Emit) -> str:
    return last_header(emit.headers, "ce_id") or ""


def _published(work: Work, record: Record, reject: Reject) -> Headers:
    """The headers of a record, or the `traceparent` within a structured CloudEvent, where it can be had for little.

    The worker's own process has no limit of time: it looks neither into what is large nor into what killed another.
    """
    value = record.value or b""
    is_ours_to_read = work.reads.value_is_published and reject.is_foreseen and len(value) <= SMALL_BYTES
    if is_ours_to_read and envelope.is_structured(record):
        with contextlib.suppress(InvalidRecord):
            event = decode_json(value)
            text = event.get(TRACEPARENT) if isinstance(event, dict) else None
            if isinstance(text, str):
                return ((TRACEPARENT, text.encode()),)
    return record.headers

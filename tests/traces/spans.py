"""Spans in memory, and what stages make of records without a model."""

from __future__ import annotations

from dataclasses import dataclass, field

from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanContext

from streams import envelope
from streams.chain import Chain
from streams.records import Emit, Headers, Outcome, Record, joined, onward
from streams.settings import load
from streams.stage import Work
from streams.traces.context import parent_in
from streams.traces.publishing import PublisherTraces
from streams.traces.stages import StageTraces
from tests.stages import STAGES

PARENT = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
TRACE_ID, SPAN_ID = 0x0AF7651916CD43DD8448EB211C80319C, 0xB7AD6B7169203331
TEXT = "Isi berita yang tidak boleh terbaca di mana pun."


@dataclass
class Seen:
    """The traces of a worker and of a publisher, and what they have exported."""

    exporter: InMemorySpanExporter = field(default_factory=InMemorySpanExporter)

    def __post_init__(self) -> None:
        self.stages = StageTraces(load(), processor=SimpleSpanProcessor(self.exporter))
        self.publisher = PublisherTraces("meja", processor=SimpleSpanProcessor(self.exporter))

    @property
    def spans(self) -> dict[str, ReadableSpan]:
        """By the first word of their names, in the order in which they ended."""
        return {span.name.split()[0]: span for span in self.exporter.get_finished_spans()}

    def through(self, work: Work, record: Record, outcome: Outcome) -> Outcome:
        """What is written of a record, all of which the broker takes."""
        call = self.stages.of_call(work, [record], [outcome])
        call.delivered(call.outcomes)
        return call.outcomes[0]


def raw(
    *headers: tuple[str, bytes | None], value: bytes | None = b"{}", key: bytes | None = b"a-1"
) -> Record:
    return Record("news.articles.raw", 3, 17, 1_700_000_000_000, key, value, headers)


def chain() -> Chain:
    return Chain.of(load())


def made_of(record: Record) -> Emit:
    """What the three stages make of a raw record in one call, but for the values."""
    made: Emit | None = None
    current = record
    for number, stage in enumerate(STAGES):
        emit = of_stage(number, current)
        outcome = joined(made, emit, stage=stage.name)
        assert isinstance(outcome, Emit)
        made, current = outcome, onward(current, emit)
    assert made is not None
    return made


def of_stage(number: int, record: Record) -> Emit:
    """What one stage makes of a record, but for the value."""
    stage = STAGES[number]
    origin = envelope.origin_of(record, is_raw=stage.reads.value_is_published)
    headers = envelope.headers_for(stage.emits, origin, subject="a-1", version="1")
    return Emit(
        stage.writes, b"a-1", b"{}", headers, stage.name, worked=(number * 1_000, number * 1_000 + 999)
    )


def written(outcome: Outcome) -> list[Headers]:
    """The headers of each stage's event."""
    assert isinstance(outcome, Emit)
    return [emit.headers for emit in (*outcome.earlier, outcome)]


def span_in(headers: Headers) -> SpanContext:
    return trace.get_current_span(parent_in(headers)).get_span_context()


def context_of(span: ReadableSpan) -> SpanContext:
    context = span.get_span_context()
    assert context is not None
    return context

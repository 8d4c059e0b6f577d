"""The whole path in this process: one trace from whoever publishes to what is written last."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, StatusCode, TraceFlags

from streams.metrics import Metrics
from streams.pool import Pool
from streams.records import Emit, Headers, Outcome, Record, last_header
from streams.runner import Runner
from streams.settings import load
from streams.stage import Work
from streams.traces.publishing import PublisherTraces
from streams.traces.stages import StageTraces
from tests.broker.articles import SUMMIT, article
from tests.traces.spans import PARENT, SPAN_ID, TEXT, TRACE_ID, Seen, chain, context_of, raw, span_in


@dataclass
class Here:
    """A pool whose work is done by this process."""

    processes: int = 1

    async def outcomes(self, work: Work, records: Sequence[Record]) -> list[Outcome]:
        return work.outcomes(records)


@dataclass
class Topics:
    """A producer that delivers everything."""

    written: dict[str, Headers] = field(default_factory=dict)

    async def send(self, topic: str, *, headers: Headers, **_record: Any) -> Awaitable[Any]:
        self.written[topic] = headers
        delivery: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        delivery.set_result(None)
        return delivery


@dataclass
class Stream:
    """Faust's stream of some records."""

    records: Sequence[Record]

    async def events(self) -> AsyncIterator[Any]:
        for record in self.records:
            names = ("topic", "partition", "offset", "key", "value", "headers")
            fields = {name: getattr(record, name) for name in names}
            yield SimpleNamespace(message=SimpleNamespace(**fields, timestamp=record.timestamp_ms / 1000))

    async def ack(self, event: Any) -> None:
        pass


async def worked(record: Record, traces: StageTraces | None) -> dict[str, Headers]:
    """The headers of what an agent writes of a raw record, by topic."""

    async def fail(error: Exception) -> None:
        raise error

    settings, topics = load(), Topics()
    runner = Runner(
        chain(),
        pool=cast("Pool", Here()),
        send=topics.send,
        settings=settings,
        metrics=Metrics(settings),
        fail=fail,
        let_go=lambda _: False,
        traces=traces,
    )
    await runner.run(Stream([record]))
    return topics.written


async def test_one_trace_leads_from_the_publisher_to_enriched() -> None:
    seen = Seen()
    sending = seen.publisher.sending("news.articles.raw", key=b"a-1")
    place: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    sending.follow(place)
    place.set_result(SimpleNamespace(partition=3, offset=17))
    await asyncio.sleep(0)
    topics = await worked(raw(*sending.headers, value=article(SUMMIT, id="a-1")), seen.stages)

    assert list(seen.spans) == ["send", "clean", "tag", "classify"]
    spans = list(seen.spans.values())
    assert len({context_of(span).trace_id for span in spans}) == 1
    assert spans[0].parent is None
    assert [span.parent and span.parent.span_id for span in spans[1:]] == [
        context_of(span).span_id for span in spans[:-1]
    ]
    for stage, topic in (("clean", "clean"), ("tag", "tagged"), ("classify", "enriched")):
        assert span_in(topics[f"news.articles.{topic}"]).span_id == context_of(seen.spans[stage]).span_id
    times = [time for span in spans[1:] for time in (span.start_time or 0, span.end_time or 0)]
    assert times == sorted(times)


async def test_while_traces_are_off_headers_are_written_as_the_stages_made_them() -> None:
    record = raw(("traceparent", PARENT), ("tracestate", b"x=1"), value=article(SUMMIT, id="a-1"))
    [outcome] = chain().outcomes([record])
    assert isinstance(outcome, Emit)

    topics = await worked(record, None)
    assert topics == {topic.name(load()): emit.headers for topic, emit in outcome.writes}
    assert all(last_header(headers, "traceparent") == PARENT.decode() for headers in topics.values())


def test_what_is_published_belongs_to_the_span_that_is_current() -> None:
    seen = Seen()
    current = SpanContext(TRACE_ID, SPAN_ID, is_remote=False, trace_flags=TraceFlags(1))
    with trace.use_span(NonRecordingSpan(current)):
        sending = seen.publisher.sending("news.articles.raw", key=b"a-1", message_id="m-1")
    sending.fail(ValueError(TEXT))

    span = seen.spans["send"]
    assert (span.name, span.kind) == ("send news.articles.raw", SpanKind.PRODUCER)
    assert span.parent is not None
    assert span.parent.span_id == SPAN_ID
    assert span_in(sending.headers).span_id == context_of(span).span_id
    assert (span.status.status_code, span.status.description) == (StatusCode.ERROR, "builtins.ValueError")
    assert TEXT not in span.to_json()


def test_a_service_that_traces_itself_exports_what_it_publishes_and_keeps_its_exporter(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    exporter, theirs = InMemorySpanExporter(), TracerProvider()
    theirs.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "get_tracer_provider", lambda: theirs)
    ours = PublisherTraces("meja")
    for key in (b"a-1", b"a-2"):
        ours.sending("news.articles.raw", key=key).fail(ValueError())
        ours.stop()
    spans = exporter.get_finished_spans()
    assert [span.attributes and span.attributes["messaging.kafka.message.key"] for span in spans] == [
        "a-1",
        "a-2",
    ]
    assert all(span.resource is theirs.resource for span in spans)

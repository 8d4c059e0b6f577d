"""Traces across real processes: what a collector gets, and what a consumer finds in the headers."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from streams import client, topics
from streams.records import CARRIED_ON, Headers, Record, last_header
from streams.snapshot import record_of
from tests.broker.articles import ATTACK, FOOTBALL, SUMMIT, article
from tests.broker.collector import Collector, exporting_to
from tests.broker.pipeline import Outcome, Pipeline, Raw
from tests.broker.test_replay import replay
from tests.cli.command import kabar

pytestmark = pytest.mark.broker

TRACE_ID, SPAN_ID = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


def parent(trace_id: str, *, flags: str = "01") -> tuple[str, bytes]:
    """The header of a publisher that traces."""
    return "traceparent", f"00-{trace_id}-{SPAN_ID}-{flags}".encode()


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    with Collector() as collector:
        yield collector


@pytest.fixture(scope="module")
def traced(
    broker_address: str, collector: Collector, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Pipeline]:
    """A worker that exports its spans."""
    folder = tmp_path_factory.mktemp("traced")
    with Pipeline(broker_address, folder, KABAR_NLP_PROCESSES="1", **collector.environment()) as pipeline:
        yield pipeline


async def test_one_trace_leads_from_the_publisher_to_enriched(
    traced: Pipeline, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in collector.environment().items():
        monkeypatch.setenv(name, value)
    settings = {"brokers": traced.settings.bootstrap, "prefix": traced.prefix}
    async with client.connect(group="meja", **settings) as desk:
        published = await desk.publish(client.Article(id="jejak-1", body=SUMMIT))
    [outcome] = await traced.outcomes([as_published(published)])
    _, trace_id, last, flags = (last_header(outcome.on(topics.ENRICHED).headers, "traceparent") or "").split(
        "-"
    )
    spans = {span.name.split()[0]: span for span in await collector.spans(4, trace_id=trace_id)}

    assert [(span.service, span.is_error) for span in spans.values()].count(("kabar", False)) == 3
    assert spans["send"].service == "meja"
    assert spans["send"].parent_id == ""
    assert [spans[name].parent_id for name in ("clean", "tag", "classify")] == [
        spans[name].span_id for name in ("send", "clean", "tag")
    ]
    assert last == spans["classify"].span_id
    assert int(flags, 16) & 1
    for name in ("send", "clean"):
        assert spans[name].attributes["messaging.kafka.offset"] == published.offset
        assert spans[name].attributes["messaging.message.id"] == published.ce_id
    assert spans["clean"].attributes["messaging.consumer.group.name"] == traced.prefix


def as_published(published: client.Published) -> Record:
    attributes = {"specversion": "1.0", "id": published.ce_id, "source": "/meja", "type": "t"}
    headers = tuple((f"ce_{name}", text.encode()) for name, text in attributes.items())
    return Record(published.topic, published.partition, published.offset, 0, b"", b"", headers)


async def test_what_kabar_publish_sends_begins_a_trace_that_the_worker_continues(
    traced: Pipeline, collector: Collector
) -> None:
    address = {"KABAR_BROKERS": traced.settings.bootstrap, "KABAR_PREFIX": traced.prefix}
    result = kabar("publish", "-", stdin=article(SUMMIT), **address, **collector.environment())
    assert result.returncode == 0, result.stderr
    [sent] = await collector.spans(1, service="kabar-publish")
    [clean] = await collector.spans(1, parent_id=sent.span_id)

    assert clean.name == f"clean {topics.RAW.name(traced.settings)}"
    assert clean.trace_id == sent.trace_id
    assert clean.attributes["messaging.kafka.offset"] == sent.attributes["messaging.kafka.offset"]


async def test_a_dead_letter_is_an_error_in_its_publishers_trace_and_so_is_its_replay(
    traced: Pipeline, collector: Collector
) -> None:
    [failed] = await traced.process([Raw(b"bukan JSON", key=b"rusak", headers=(parent(TRACE_ID),))])
    letter = failed.on(topics.DEAD)
    replay(traced, letter)
    spans = await collector.spans(2, trace_id=TRACE_ID)

    headers = tuple(letter.headers)
    assert [header for header in headers if header[0] == "traceparent"] == [parent(TRACE_ID)]
    assert [(span.parent_id, span.is_error) for span in spans] == [(SPAN_ID, True)] * 2
    assert len({span.span_id for span in spans}) == 2
    assert {span.attributes["error.type"] for span in spans} == {"streams.errors.UndecodableValue"}


ANOTHER_TRACE = "1af7651916cd43dd8448eb211c80319c"
RECORDS = [
    Raw(article(SUMMIT, id="satu"), key=b"satu", headers=(parent(ANOTHER_TRACE), ("tracestate", b"x=1"))),
    Raw(article(ATTACK)),
    Raw(b"bukan JSON", key=b"rusak"),
    Raw(article(FOOTBALL, id="dua"), headers=(("traceparent", b"bukan jejak"),)),
    Raw(None, key=b"satu", headers=(parent(ANOTHER_TRACE, flags="00"),)),
]


@dataclass(frozen=True)
class Twice:
    """Of the same records, worked on by two workers, one after the other."""

    outcomes: list[Outcome]
    log: str
    """The second worker's."""
    exit_code: int | None


@pytest.fixture(scope="module")
def twice(broker_address: str, collector: Collector, tmp_path_factory: pytest.TempPathFactory) -> Twice:
    """The first worker exports its spans only when it ends, the second to an address where nobody is."""
    folder = tmp_path_factory.mktemp("twice")
    variables = {**collector.environment(), "OTEL_BSP_SCHEDULE_DELAY": "600000"}

    async def run(pipeline: Pipeline) -> Twice:
        published = await pipeline.publish(RECORDS)
        await pipeline.outcomes(published)
        await asyncio.to_thread(pipeline.stop)
        another = pipeline.start_another(
            KABAR_GROUP=f"{pipeline.prefix}-apart",
            KABAR_STAGES_APART="true",
            # So that spans are dropped for want of room as well.
            OTEL_BSP_MAX_QUEUE_SIZE="1",
            OTEL_BSP_MAX_EXPORT_BATCH_SIZE="1",
            **exporting_to(nobody()),
        )
        await pipeline.outcomes(published, copies=2)
        await asyncio.to_thread(pipeline.stop)
        log = folder.joinpath("another.log").read_text(encoding="utf-8")
        return Twice(await pipeline.all_written(published), log, another.returncode)

    with Pipeline(broker_address, folder, KABAR_NLP_PROCESSES="1", **variables) as pipeline:
        return asyncio.run(run(pipeline))


def test_written_again_the_headers_are_the_same_although_nobody_takes_the_spans(twice: Twice) -> None:
    for outcome in twice.outcomes:
        assert outcome.by_topic
        for suffix, written in outcome.by_topic.items():
            first, second = (unmarked(record_of(record).headers) for record in written)
            assert first == second
            if suffix != topics.DEAD.suffix:
                assert [name for name, _ in first].count("traceparent") == 1


def test_a_collector_that_is_away_costs_one_line_of_the_log(twice: Twice) -> None:
    assert twice.log.count("Traces cannot be exported") == 1
    assert "Transient error" not in twice.log
    assert "Queue full" not in twice.log
    assert twice.exit_code == 0


async def test_a_worker_that_ends_hands_on_the_last_spans(twice: Twice, collector: Collector) -> None:
    spans = await collector.spans(3, trace_id=ANOTHER_TRACE)
    assert [span.name.split()[0] for span in spans] == ["clean", "tag", "classify"]


def nobody() -> str:
    """An address where nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"http://127.0.0.1:{server.getsockname()[1]}"


def unmarked(headers: Headers) -> Headers:
    return tuple(header for header in headers if header != CARRIED_ON)

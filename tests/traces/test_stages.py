"""The spans of stages: what of them travels on, and what they say."""

from __future__ import annotations

import inspect
from dataclasses import replace
from functools import cache

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.semconv._incubating.attributes import messaging_attributes
from opentelemetry.semconv.attributes import error_attributes
from opentelemetry.trace import SpanContext, SpanKind, StatusCode, TraceFlags

from streams.records import CARRIED_ON, Emit, Headers, Reject, last_header, onward
from streams.traces import attributes
from streams.traces.context import is_continued, parent_in, with_span
from streams.traces.stages import SMALL_BYTES
from tests.stages import STAGES
from tests.traces.spans import (
    PARENT,
    SPAN_ID,
    TEXT,
    TRACE_ID,
    Seen,
    chain,
    context_of,
    made_of,
    of_stage,
    raw,
    span_in,
    written,
)

NOT_SAMPLED = PARENT[:-1] + b"0"


@given(
    headers=st.lists(
        st.tuples(st.sampled_from(["traceparent", "tracestate", "ce_id", "redaksi"]), st.none() | st.binary())
    ).map(tuple),
    trace_id=st.integers(1, 2**128 - 1),
    span_id=st.integers(1, 2**64 - 1),
    flags=st.integers(0, 3),
)
def test_a_span_put_into_headers_is_the_one_that_is_found_there_and_all_else_stays(
    headers: Headers, trace_id: int, span_id: int, flags: int
) -> None:
    span = SpanContext(trace_id, span_id, is_remote=False, trace_flags=TraceFlags(flags))
    after = with_span(headers, span, is_continued=True)

    found = span_in(after)
    assert (found.trace_id, found.span_id, found.trace_flags) == (trace_id, span_id, flags)
    others = tuple(header for header in headers if header[0] != "traceparent")
    assert tuple(header for header in after if header[0] != "traceparent") == others


def test_the_stages_are_a_chain_under_the_publishers_span() -> None:
    seen = Seen()
    record = raw(("traceparent", PARENT), ("tracestate", b"x=1"))
    events = [span_in(headers) for headers in written(seen.through(chain(), record, made_of(record)))]

    spans = [seen.spans[stage] for stage in ("clean", "tag", "classify")]
    assert [context_of(span).span_id for span in spans] == [event.span_id for event in events]
    assert [span.parent and span.parent.span_id for span in spans] == [
        SPAN_ID,
        *(event.span_id for event in events[:-1]),
    ]
    assert {event.trace_id for event in events} == {TRACE_ID}


@pytest.mark.parametrize("header", [b"", b"sampah", b"\xff", PARENT.upper(), PARENT[:-3], b"00" + b"-0" * 50])
def test_without_a_trace_that_can_be_continued_one_begins_and_drops_the_state_of_none(header: bytes) -> None:
    seen = Seen()
    record = raw(("traceparent", header), ("tracestate", b"x=1"), ("redaksi", b"malam"))
    events = written(seen.through(chain(), record, made_of(record)))

    assert seen.spans["clean"].parent is None
    assert len({span_in(headers).trace_id for headers in events}) == 1
    for headers in events:
        names = [name for name, _ in headers]
        assert names.count("traceparent") == 1
        assert "tracestate" not in names
        assert last_header(headers, "redaksi") == "malam"


def test_a_trace_that_its_publisher_does_not_sample_is_carried_on_and_not_exported() -> None:
    seen = Seen()
    record = raw(("traceparent", NOT_SAMPLED))
    events = [span_in(headers) for headers in written(seen.through(chain(), record, made_of(record)))]

    assert not seen.spans
    assert [(event.trace_id, event.trace_flags.sampled) for event in events] == [(TRACE_ID, False)] * 3


@cache
def seen_by_all() -> Seen:
    """For many examples one worker is enough, where nobody looks at the spans."""
    return Seen()


headers_of_anybody = st.lists(
    st.tuples(
        st.sampled_from(
            ["traceparent", "tracestate", "ce_id", "ce_source", "ce_type", "ce_specversion", "x"]
        ),
        st.none() | st.binary(max_size=60) | st.sampled_from([PARENT, NOT_SAMPLED]),
    ),
    max_size=8,
).map(tuple)


@given(headers=headers_of_anybody, key=st.none() | st.binary(), is_rejected=st.booleans())
def test_whatever_is_published_is_written_the_same_a_second_time(
    headers: Headers, key: bytes | None, is_rejected: bool
) -> None:
    record = raw(*headers, key=key)
    outcome = Reject("x.Error", "m", "t", stage="tag") if is_rejected else made_of(record)
    first, second = (seen_by_all().through(chain(), record, outcome) for _ in range(2))

    assert first == second
    if isinstance(outcome, Reject):
        assert first == outcome
    else:
        assert [is_continued(parent_in(headers)) for headers in written(first)] == [True] * 3


@given(headers=headers_of_anybody)
def test_stages_that_read_from_each_other_write_what_those_in_one_call_write(headers: Headers) -> None:
    record = current = raw(*headers)
    apart = []
    for number, stage in enumerate(STAGES):
        emit = seen_by_all().through(stage, current, of_stage(number, current))
        assert isinstance(emit, Emit)
        apart.append(emit.headers)
        current = onward(current, emit)

    together = written(seen_by_all().through(chain(), record, made_of(record)))
    assert [tuple(one for one in headers if one != CARRIED_ON) for headers in together] == apart


@pytest.mark.parametrize("data", [{"body": "Isi."}, {}])
def test_the_trace_of_a_structured_event_is_continued_also_by_a_dead_letter(data: dict[str, str]) -> None:
    event = {"specversion": "1.0", "id": "1", "source": "/a", "type": "t", "data": data}
    value = orjson.dumps({**event, "traceparent": PARENT.decode()})
    record = raw(("content-type", b"application/cloudevents+json"), value=value)
    stage, seen = STAGES[0], Seen()
    seen.through(stage, record, stage.outcomes([record])[0])

    span = seen.spans["clean"]
    assert context_of(span).trace_id == TRACE_ID
    assert span.status.is_ok is bool(data)


def test_of_a_dead_letter_nothing_large_or_deadly_is_looked_into() -> None:
    event = {"specversion": "1.0", "id": "1", "source": "/a", "type": "t", "traceparent": PARENT.decode()}
    structured = ("content-type", b"application/cloudevents+json")
    small = raw(structured, value=orjson.dumps(event))
    large = raw(structured, value=orjson.dumps({**event, "x": "\x7f" * SMALL_BYTES}))
    deadly = Reject("streams.errors.ProcessKilled", "m", "t", is_foreseen=False)
    for record, reject in ((small, deadly), (large, replace(deadly, is_foreseen=True))):
        seen = Seen()
        seen.through(STAGES[0], record, reject)
        assert seen.spans["clean"].parent is None


def test_a_consumers_span_says_what_it_read_and_a_stage_in_the_same_call_what_it_is() -> None:
    seen = Seen()
    record = raw(("ce_specversion", b"1.0"), ("ce_id", b"m-1"), ("ce_source", b"/a"), ("ce_type", b"t"))
    seen.through(chain(), record, made_of(record))

    clean, tag = seen.spans["clean"], seen.spans["tag"]
    assert (clean.name, clean.kind) == ("clean news.articles.raw", SpanKind.CONSUMER)
    assert dict(clean.attributes or {}) == {
        "messaging.system": "kafka",
        "messaging.operation.name": "clean",
        "messaging.operation.type": "process",
        "messaging.destination.name": "news.articles.raw",
        "messaging.destination.partition.id": "3",
        "messaging.kafka.offset": 17,
        "messaging.consumer.group.name": "kabar",
        "messaging.message.id": "m-1",
        "messaging.kafka.message.key": "a-1",
        "kabar.stage": "clean",
        "kabar.call.records": 1,
    }
    assert (tag.name, tag.kind) == ("tag", SpanKind.INTERNAL)
    assert dict(tag.attributes or {}) == {"kabar.stage": "tag", "kabar.call.records": 1}
    assert (clean.start_time, clean.end_time, tag.start_time) == (0, 999, 1_000)


def test_a_deletion_says_that_it_is_one() -> None:
    seen = Seen()
    record = raw(value=None)
    seen.through(chain(), record, made_of(record))
    assert (seen.spans["clean"].attributes or {})["messaging.kafka.message.tombstone"] is True


def test_a_dead_letters_span_is_an_error_that_tells_its_class_and_nothing_of_the_article() -> None:
    seen = Seen()
    record = raw(("traceparent", PARENT), value=TEXT.encode())
    reject = Reject("streams.errors.EmptyText", f"about {TEXT}", f"at {TEXT}", stage="tag")
    seen.through(chain(), record, reject)

    span = seen.spans["tag"]
    assert (span.name, span.kind) == ("tag news.articles.raw", SpanKind.CONSUMER)
    assert span.parent is not None
    assert span.parent.span_id == SPAN_ID
    assert (span.status.status_code, span.status.description) == (
        StatusCode.ERROR,
        "dead letter: streams.errors.EmptyText",
    )
    assert (span.attributes or {})["error.type"] == "streams.errors.EmptyText"
    assert TEXT not in span.to_json()


def test_what_a_topic_refuses_ends_its_stages_span_with_the_error_and_the_stages_after_have_none() -> None:
    seen = Seen()
    record = raw()
    call = seen.stages.of_call(chain(), [record], [made_of(record)])
    call.delivered([Reject("streams.errors.RecordTooLarge", "m", "t", stage="tag")])

    assert list(seen.spans) == ["clean", "tag"]
    assert [span.status.is_ok for span in seen.spans.values()] == [True, False]


def test_the_names_are_those_of_the_semantic_conventions() -> None:
    source = inspect.getsource(messaging_attributes)
    ours = {
        value
        for value in vars(attributes).values()
        if isinstance(value, str) and value.startswith("messaging.")
    }
    assert len(ours) == 10
    for name in ours:
        _, _, after = source.partition(f'"{name}"\n"""\n')
        assert after, name
        assert not after.startswith("Deprecated"), name
    assert error_attributes.ERROR_TYPE == attributes.ERROR_TYPE


def test_a_time_is_no_part_of_what_a_stage_made() -> None:
    made = of_stage(0, raw())
    later = replace(made, worked=(5, 6))
    assert (later, repr(later)) == (made, repr(made))

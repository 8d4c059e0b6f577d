"""CloudEvents headers and ids."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams import envelope
from streams.envelope import EventType, headers_for, origin_of, rfc3339
from streams.errors import UndecodableValue
from streams.records import Headers, Record, last_header

CLEAN = EventType("clean", "news.article.clean.v1", "urn:kabar:schema:clean-article:v1")
PLAIN = Record("news.articles.raw", 0, 7, 1_700_000_000_000, None, b'{"body": "x"}')
HEADERS = st.lists(st.tuples(st.text(), st.none() | st.binary()), max_size=6).map(tuple)


def emitted(record: Record, *, version: str = "1.0") -> Headers:
    origin = origin_of(record, is_raw=True)
    return headers_for(CLEAN, origin, subject="a-1", version=version)


def with_headers(**headers: str) -> Record:
    return replace(PLAIN, headers=tuple((name, value.encode()) for name, value in headers.items()))


def test_the_same_record_and_version_give_the_same_headers() -> None:
    assert emitted(PLAIN) == emitted(PLAIN)


@pytest.mark.parametrize(
    "other",
    [
        replace(PLAIN, offset=8),
        replace(PLAIN, partition=1),
        replace(PLAIN, value=b'{"body": "y"}'),
        replace(PLAIN, timestamp_ms=1_700_000_000_001),
    ],
)
def test_another_record_gives_another_id(other: Record) -> None:
    assert last_header(emitted(other), "ce_id") != last_header(emitted(PLAIN), "ce_id")


def test_another_pipeline_version_gives_another_id() -> None:
    assert last_header(emitted(PLAIN, version="1.1"), "ce_id") != last_header(emitted(PLAIN), "ce_id")


def test_a_cloudevent_sent_twice_keeps_its_id_wherever_it_lies() -> None:
    event = with_headers(ce_specversion="1.0", ce_id="e-1", ce_source="/redaksi", ce_type="terbit")
    again = replace(event, offset=99, partition=2)
    assert last_header(emitted(event), "ce_id") == last_header(emitted(again), "ce_id")


def test_other_content_under_an_id_used_before_is_another_event() -> None:
    event = with_headers(ce_specversion="1.0", ce_id="warta-7", ce_source="/redaksi", ce_type="terbit")
    corrected = replace(event, value=b'{"body": "x, ralat"}')
    assert last_header(emitted(event), "ce_id") != last_header(emitted(corrected), "ce_id")


def test_an_id_without_its_source_does_not_make_two_records_one() -> None:
    one, two = (
        replace(with_headers(ce_id="1"), value=value) for value in (b'{"body": "a"}', b'{"body": "b"}')
    )
    assert last_header(emitted(one), "ce_id") != last_header(emitted(two), "ce_id")


def test_the_time_of_the_raw_record_is_told_by_every_stage() -> None:
    downstream = replace(PLAIN, headers=emitted(PLAIN), timestamp_ms=1_800_000_000_000)
    origin = origin_of(downstream, is_raw=False)
    assert origin.time == "2023-11-14T22:13:20.000Z"


def test_ids_of_two_sources_do_not_clash() -> None:
    one, two = (
        with_headers(ce_specversion="1.0", ce_id="1", ce_source=source, ce_type="t")
        for source in ("/redaksi", "/kantor-berita")
    )
    assert last_header(emitted(one), "ce_id") != last_header(emitted(two), "ce_id")


def test_a_publisher_cannot_set_our_correlation() -> None:
    record = with_headers(
        ce_specversion="1.0", ce_id="e-1", ce_source="/redaksi", ce_type="t", ce_correlationid="palsu"
    )
    assert last_header(emitted(record), "ce_correlationid") == "e-1"


@given(headers=HEADERS)
def test_foreign_headers_are_carried_in_order_and_ours_occur_once(headers: Headers) -> None:
    result = emitted(replace(PLAIN, headers=headers))
    ours = [name for name, _ in result if name.startswith("ce_") or name == "content-type"]
    foreign = [
        header for header in headers if not header[0].startswith("ce_") and header[0] != "content-type"
    ]
    assert len(ours) == len(set(ours)) or any(name.startswith("ce_") for name, _ in headers)
    assert [header for header in result if header in foreign] == foreign


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (1_485_572_400_123, "2017-01-28T03:00:00.123Z"),
        (2**62, "1970-01-01T00:00:00.000Z"),
    ],
)
def test_times_are_rfc_3339_in_utc(milliseconds: int, text: str) -> None:
    assert rfc3339(milliseconds) == text


def structured(**event: Any) -> Record:
    whole = {"specversion": "1.0", "id": "e-1", "source": "/redaksi", "type": "terbit", **event}
    headers = (("content-type", b"application/cloudevents+json"),)
    return replace(
        PLAIN, value=orjson.dumps({k: v for k, v in whole.items() if v is not None}), headers=headers
    )


def test_structured_data_may_be_base64() -> None:
    record = structured(data_base64=base64.b64encode(b'{"body": "x"}').decode())
    assert envelope.decode_structured(record)[1] == {"body": "x"}


def test_the_trace_of_a_structured_event_becomes_a_header() -> None:
    origin, _ = envelope.decode_structured(structured(data={}, traceparent="00-a-b-01", edisi="malam"))
    assert origin.carried == (("traceparent", b"00-a-b-01"), ("ce_edisi", b"malam"))


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (structured(id=None, data={}), "the CloudEvent has no id"),
        (structured(source=7, data={}), "the CloudEvent has no source"),
        (structured(specversion="0.3", data={}), "CloudEvents '0.3' is not supported"),
        (structured(), "the CloudEvent has no data"),
        (structured(data_base64="%%%"), "data_base64 of the CloudEvent is not base64"),
        (structured(data_base64=7), "data_base64 of the CloudEvent is not base64"),
        (replace(structured(), value=b"[]"), "a CloudEvent must be a JSON object, not an array"),
    ],
)
def test_what_is_no_cloudevent_has_a_reason(record: Record, reason: str) -> None:
    with pytest.raises(UndecodableValue, match=reason):
        envelope.decode_structured(record)

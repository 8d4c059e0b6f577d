"""What comes out of the whole path for articles of every kind."""

from __future__ import annotations

import asyncio
import time
import uuid
from contextlib import aclosing

import orjson
import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary_event
from cloudevents.core.formats.json import JSONFormat
from confluent_kafka import Producer

from streams import samples, topics
from streams.chain import Chain
from streams.cli.follow import follow
from streams.records import Emit, Record, last_header
from tests.broker.articles import ATTACK, FOOTBALL, SUMMIT, article
from tests.broker.pipeline import Pipeline, Raw

pytestmark = pytest.mark.broker


async def test_an_article_comes_out_enriched_with_its_key(pipeline: Pipeline) -> None:
    [outcome] = await pipeline.process([Raw(article(SUMMIT, id="pertemuan-1"), key=b"pertemuan-1")])

    assert outcome.on(topics.ENRICHED).key == b"pertemuan-1"
    assert outcome.enriched["id"] == "pertemuan-1"
    assert outcome.enriched["dateline"] == {"publisher": "KOMPAS.com", "place": "JAKARTA"}
    assert {"Rusia", "Indonesia"} <= {entity["name"] for entity in outcome.enriched["entities"]}


async def test_an_article_goes_to_each_topic_it_is_assigned_and_to_no_other(pipeline: Pipeline) -> None:
    outcomes = await pipeline.process([Raw(article(body)) for body in (SUMMIT, ATTACK, FOOTBALL)])

    assigned = [outcome.topics & {"topics.diplomacy", "topics.terrorism"} for outcome in outcomes]
    assert assigned == [{"topics.diplomacy"}, {"topics.terrorism"}, set()]
    for outcome in outcomes:
        for name in outcome.topics & {"topics.diplomacy", "topics.terrorism"}:
            assert outcome.by_topic[name][0].value == outcome.on(topics.ENRICHED).value


async def test_every_bundled_sample_comes_out_enriched_or_as_a_dead_letter(pipeline: Pipeline) -> None:
    good = [value for _, value in samples.articles()]
    broken = [value for _, value in samples.broken()]

    outcomes = await pipeline.process([Raw(value) for value in (*good, *broken)])

    for outcome in outcomes[: len(good)]:
        assert len(outcome.by_topic["articles.enriched"]) == 1
        assert "articles.dead" not in outcome.topics
    for outcome in outcomes[len(good) :]:
        assert len(outcome.by_topic["articles.dead"]) == 1
        assert "articles.enriched" not in outcome.topics


async def test_the_agents_write_the_bytes_that_enrich_writes(pipeline: Pipeline) -> None:
    values = [value for _, value in samples.articles()]
    chain = Chain.of(pipeline.settings)
    local = chain.outcomes([Record("any", 0, 0, 0, None, value) for value in values])

    outcomes = await pipeline.process([Raw(value) for value in values])

    expected = [outcome.value for outcome in local if isinstance(outcome, Emit)]
    assert [outcome.on(topics.ENRICHED).value for outcome in outcomes] == expected


async def test_the_chain_of_events_can_be_followed_by_the_headers(pipeline: Pipeline) -> None:
    headers = (
        ("ce_specversion", b"1.0"),
        ("ce_id", b"terbit-77"),
        ("ce_source", b"/redaksi"),
        ("ce_type", b"terbit"),
    )
    [outcome] = await pipeline.process([Raw(article(id="a-77"), headers=headers)])

    clean, tagged, enriched = (
        outcome.on(topic).headers for topic in (topics.CLEAN, topics.TAGGED, topics.ENRICHED)
    )
    assert [last_header(step, "ce_correlationid") for step in (clean, tagged, enriched)] == ["terbit-77"] * 3
    assert last_header(clean, "ce_causationid") == "terbit-77"
    assert last_header(tagged, "ce_causationid") == last_header(clean, "ce_id")
    assert last_header(enriched, "ce_causationid") == last_header(tagged, "ce_id")
    assert [last_header(step, "ce_type") for step in (clean, tagged, enriched)] == [
        "news.article.clean.v1",
        "news.article.tagged.v1",
        "news.article.enriched.v1",
    ]


async def test_what_comes_out_is_a_cloudevent_to_the_official_sdk(pipeline: Pipeline) -> None:
    [outcome] = await pipeline.process([Raw(article(id="sdk-1"))])

    record = outcome.on(topics.ENRICHED)
    event = from_binary_event(KafkaMessage(dict(record.headers), record.key, record.value), JSONFormat())

    assert event.get_subject() == "sdk-1"
    assert event.get_type() == "news.article.enriched.v1"
    assert event.get_dataschema() == "urn:kabar:schema:enriched-article:v1"
    assert event.get_data()["id"] == "sdk-1"


async def test_the_publishers_headers_and_trace_are_carried_on(pipeline: Pipeline) -> None:
    trace = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    headers = (("traceparent", trace), ("redaksi", b"malam"), ("redaksi", b"\xff\xfe"))
    [outcome] = await pipeline.process([Raw(article(), headers=headers)])

    for topic in (topics.CLEAN, topics.TAGGED, topics.ENRICHED):
        carried = [header for header in outcome.on(topic).headers if header[0] in {"traceparent", "redaksi"}]
        assert tuple(carried) == headers


async def test_a_structured_cloudevent_is_an_article_like_any_other(pipeline: Pipeline) -> None:
    event_id = str(uuid.uuid4())
    event = {
        "specversion": "1.0",
        "id": event_id,
        "source": "/redaksi",
        "type": "terbit",
        "datacontenttype": "application/json",
        "data": {"id": "struktur-1", "body": SUMMIT},
        "edisi": "malam",
    }
    headers = (("content-type", b"application/cloudevents+json; charset=utf-8"),)
    [outcome] = await pipeline.process([Raw(orjson.dumps(event), headers=headers)])

    assert outcome.enriched["id"] == "struktur-1"
    enriched = outcome.on(topics.ENRICHED).headers
    assert last_header(enriched, "ce_correlationid") == event_id
    assert last_header(enriched, "ce_edisi") == "malam"
    assert last_header(enriched, "content-type") == "application/json"


async def test_a_tombstone_is_passed_on_to_every_topic_downstream(pipeline: Pipeline) -> None:
    [outcome] = await pipeline.process([Raw(None, key=b"dihapus-1")])

    aside = {topics.RAW.suffix, topics.DEAD.suffix, topics.REPLAYED.suffix}
    downstream = {topic.suffix for topic in topics.ALL} - aside
    assert outcome.topics == downstream
    for [record] in outcome.by_topic.values():
        assert (record.key, record.value) == (b"dihapus-1", None)


async def test_a_result_tells_the_time_of_the_raw_record_and_is_itself_of_now(pipeline: Pipeline) -> None:
    before = time.time() * 1000
    [outcome] = await pipeline.process([Raw(article(), timestamp_ms=1_700_000_000_123)])

    # Kafka counts retention from a record's timestamp: with an old one, a result could be gone before it is read.
    for [record] in outcome.by_topic.values():
        assert record.timestamp >= before
        assert last_header(record.headers, "ce_time") == "2023-11-14T22:13:20.123Z"


async def test_two_versions_of_an_article_come_out_in_order(pipeline: Pipeline) -> None:
    versions = [Raw(article(f"{FOOTBALL} Versi {n}.", id="versi"), key=b"versi") for n in range(20)]
    outcomes = await pipeline.process(versions)

    records = [outcome.on(topics.ENRICHED) for outcome in outcomes]
    assert len({record.partition for record in records}) == 1
    assert [record.offset for record in records] == sorted(record.offset for record in records)


async def test_the_same_record_twice_gives_the_same_bytes_under_the_same_key(pipeline: Pipeline) -> None:
    first, second = await pipeline.process([Raw(article(SUMMIT)), Raw(article(SUMMIT))])

    one, two = first.on(topics.ENRICHED), second.on(topics.ENRICHED)
    assert (one.key, one.value) == (two.key, two.value)
    assert last_header(one.headers, "ce_id") != last_header(two.headers, "ce_id")


async def test_two_publishers_at_once_lose_nothing(pipeline: Pipeline) -> None:
    groups = await asyncio.gather(
        *(pipeline.process([Raw(article(id=f"{name}-{n}")) for n in range(100)]) for name in ("pagi", "sore"))
    )

    ids = [outcome.enriched["id"] for outcomes in groups for outcome in outcomes]
    assert sorted(ids) == sorted(f"{name}-{n}" for name in ("pagi", "sore") for n in range(100))


@pytest.mark.parametrize("codec", ["gzip", "snappy", "lz4", "zstd"])
async def test_an_article_comes_out_however_its_publisher_compresses(pipeline: Pipeline, codec: str) -> None:
    name = topics.RAW.name(pipeline.settings)
    compressing = Producer({"bootstrap.servers": pipeline.settings.bootstrap, "compression.type": codec})
    keys = {f"{codec}-{number}".encode() for number in range(20)}
    for key in keys:
        compressing.produce(name, key=key, value=article(f"{FOOTBALL} " * 5, id=key.decode()))
    assert await asyncio.to_thread(compressing.flush, 30) == 0
    enriched = topics.ENRICHED.name(pipeline.settings)
    async with (
        asyncio.timeout(60),
        aclosing(follow([enriched], pipeline.settings, from_beginning=True)) as records,
    ):
        async for record in records:
            keys.discard(record.key)
            if not keys:
                break

"""What cannot be processed becomes a dead letter with one plain reason, and disturbs nothing else."""

from __future__ import annotations

import struct

import orjson
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.record.util import calc_crc32c

from streams import __version__, dead_letters, topics
from streams.records import last_header
from tests.broker.articles import FOOTBALL, SUMMIT, article
from tests.broker.pipeline import Pipeline, Raw
from tests.chaos.audit import read

pytestmark = pytest.mark.broker

BAD = {
    "not JSON": (b"Presiden tiba di Jakarta", "the value is not JSON"),
    "cut off JSON": (b'{"body": "Presiden tiba', "the value is not JSON"),
    "not UTF-8": (b'{"body": "caf\xe9 di Jakarta"}', "the value is not UTF-8"),
    "JSON null": (b"null", "an article must be a JSON object, not null"),
    "an array": (b'[{"body": "x"}]', "an article must be a JSON object, not an array"),
    "empty": (b"", "the value is empty"),
    "neither key nor value": (None, "a null value deletes the article of its key, but the key is null too"),
    "no body": (orjson.dumps({"title": "Tanpa isi"}), "body is missing"),
    "empty body": (article(" \n"), "body is empty"),
    "number for body": (article(42), "body must be a string, not a number"),
    "null for body": (article(None), "body must be a string, not null"),
    "array for body": (article([FOOTBALL]), "body must be a string, not an array"),
    "5 MB of body": (
        article("kata " * 1_000_000),
        "body has 5,000,000 characters, more than the 1,000,000 allowed",
    ),
    "100,000 levels": (
        b'{"body": "x", "metadata": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        "the value is not JSON",
    ),
    "object for id": (article(id={"nomor": 7}), "id must be a string, not an object"),
    "date that is no date": (
        article(published_at="kemarin sore"),
        "published_at is not an RFC 3339 date-time",
    ),
    "impossible date": (
        article(published_at="2017-02-30T10:00:00Z"),
        "published_at is not an RFC 3339 date-time",
    ),
    "array for metadata": (article(metadata=[1]), "metadata must be an object, not an array"),
    "only tags": (article("<p><br/></p><div></div>"), "no readable text is left"),
    "only emoji": (article("🔥🔥 👍 🇮🇩"), "no readable text is left"),
    "lone surrogate": (b'{"body": "\\ud800"}', "the value is not JSON"),
    "NaN": (b'{"body": "x", "metadata": {"skor": NaN}}', "the value is not JSON"),
}


@pytest.mark.parametrize("kind", BAD)
async def test_it_becomes_a_dead_letter_with_its_bytes_and_its_neighbours_come_out(
    pipeline: Pipeline, kind: str
) -> None:
    value, reason = BAD[kind]
    headers = (("redaksi", b"\x00\xff"),)
    before, bad, after = await pipeline.process(
        [
            Raw(article(SUMMIT, id="sebelum")),
            Raw(value, headers=headers, timestamp_ms=1_700_000_000_001),
            Raw(article(FOOTBALL, id="sesudah")),
        ]
    )

    dead = bad.on(topics.DEAD)
    assert bad.topics == {topics.DEAD.suffix}
    assert bad.reason is not None
    assert reason in bad.reason
    assert (dead.key, dead.value or None, dead.timestamp) == (None, value or None, 1_700_000_000_001)
    assert dead.headers[0] == headers[0]
    assert before.enriched["id"] == "sebelum"
    assert after.enriched["id"] == "sesudah"


async def test_a_dead_letter_says_where_and_why_in_the_names_of_kafka_streams(pipeline: Pipeline) -> None:
    [outcome] = await pipeline.process([Raw(b"bukan JSON", key=b"kunci")])

    headers = outcome.on(topics.DEAD).headers
    assert last_header(headers, "__streams.errors.exception") == "streams.errors.UndecodableValue"
    assert last_header(headers, "__streams.errors.topic") == outcome.record.topic
    assert last_header(headers, "__streams.errors.partition") == str(outcome.record.partition)
    assert last_header(headers, "__streams.errors.offset") == str(outcome.record.offset)
    assert "Traceback" in (last_header(headers, "__streams.errors.stacktrace") or "")
    assert last_header(headers, dead_letters.STAGE) == "clean"
    assert last_header(headers, dead_letters.ATTEMPTS) == "1"
    assert last_header(headers, dead_letters.VERSION) == __version__


async def test_a_dead_letter_keeps_the_headers_of_an_earlier_failure(pipeline: Pipeline) -> None:
    earlier = (("__streams.errors.message", b"sebab lama"),)
    [outcome] = await pipeline.process([Raw(b"bukan JSON", headers=earlier)])

    messages = [
        value for name, value in outcome.on(topics.DEAD).headers if name == "__streams.errors.message"
    ]
    assert messages[0] == b"sebab lama"
    assert len(messages) == 2


async def test_a_whole_number_as_id_is_taken_as_its_digits(pipeline: Pipeline) -> None:
    [outcome] = await pipeline.process([Raw(article(id=20170128))])

    assert outcome.enriched["id"] == "20170128"


async def test_unknown_fields_are_kept_in_metadata(pipeline: Pipeline) -> None:
    [outcome] = await pipeline.process([Raw(article(rubrik="olahraga", metadata={"kota": "Bandung"}))])

    assert outcome.enriched["metadata"] == {"kota": "Bandung", "rubrik": "olahraga"}


async def test_a_record_on_the_clean_topic_that_is_no_clean_article_dies_in_the_tag_stage(
    pipeline: Pipeline,
) -> None:
    record = await pipeline.publish_to(topics.CLEAN, b'{"id": "tanpa teks"}')
    dead = await pipeline.dead_letter_of(record)

    assert last_header(dead.headers, dead_letters.STAGE) == "tag"
    assert (last_header(dead.headers, dead_letters.MESSAGE) or "").startswith("not a CleanArticle: ")


async def test_a_header_name_that_is_not_utf8_is_carried_on_escaped_and_stops_nobody(
    pipeline: Pipeline,
) -> None:
    raw = topics.RAW.name(pipeline.settings)
    async with AIOKafkaProducer(bootstrap_servers=pipeline.settings.bootstrap) as producer:
        batch = producer.create_batch()
        batch.append(
            key=b"bad-name", value=article(id="bad-name"), timestamp=None, headers=[("NAMA", b"\xff")]
        )
        patched = bytearray(batch._build()).replace(b"NAMA", b"\xff\xfe\xfd\xfc")
        struct.pack_into(">I", patched, 17, calc_crc32c(bytes(patched[21:])))
        batch._buffer = patched
        for partition in range(3):
            await (await producer.send_batch(batch, raw, partition=partition))
        records = [Raw(article(id=f"after-bad-name-{number}")) for number in range(6)]
    assert all(outcome.enriched for outcome in await pipeline.process(records))
    enriched = [
        record for record in await read(topics.ENRICHED, pipeline.settings) if record.key == b"bad-name"
    ]
    assert len(enriched) == 3
    assert all(("\\xff\\xfe\\xfd\\xfc", b"\xff") in record.headers for record in enriched)

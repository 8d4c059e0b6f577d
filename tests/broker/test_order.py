"""The versions of an article stay in order, and what is written again is the same, whatever the records are."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path

import orjson
import pytest

from streams import topics
from streams.cli.follow import follow
from streams.records import Record
from tests.broker.articles import ATTACK, FOOTBALL, SUMMIT, article
from tests.broker.pipeline import TIMEOUT_S, Outcome, Pipeline, Raw

pytestmark = pytest.mark.broker

ARTICLES = 8
IN_FLIGHT = 4 * ARTICLES
WAVES_AFTER = 5
LONG = "\n\n".join([SUMMIT, ATTACK, FOOTBALL] * 8)


@pytest.fixture
def small_batches(broker_address: str, tmp_path: Path) -> Iterator[Pipeline]:
    """A worker that takes so few records at once that the versions of an article are in many batches."""
    with Pipeline(broker_address, tmp_path, KABAR_BATCH_SIZE="4", KABAR_NLP_PROCESSES="2") as pipeline:
        yield pipeline


def version(article_id: str, number: int) -> Raw:
    """The first is long, and so are some of the others: their successors are done sooner."""
    text = LONG if number % 7 == 0 else FOOTBALL
    return Raw(article(f"{text} Versi {number}.", id=article_id, title=str(number)), key=article_id.encode())


async def publish_until_ready(pipeline: Pipeline, names: list[str]) -> list[Record]:
    """Publishes one version of each article after the other until the other worker has taken its part of them.

    There are always some on their way, and never so many that the first worker is all that sees them.
    """
    published: list[Record] = []
    enriched = topics.ENRICHED.name(pipeline.settings)
    seen, number, left = 0, 0, WAVES_AFTER
    async with aclosing(follow([enriched], pipeline.settings, from_beginning=True)) as records:
        while left:
            published += await pipeline.publish([version(name, number) for name in names])
            number += 1
            left -= b"Ready" in pipeline.log.with_name("another.log").read_bytes()
            while len(published) - seen > IN_FLIGHT:
                await anext(records)
                seen += 1
    return published


def order_of(outcomes: list[Outcome], topic: topics.Topic) -> list[int]:
    """The versions in the order in which they were first written; repeats may follow, as after any crash."""
    partitions = {record.partition for outcome in outcomes for record in outcome.by_topic[topic.suffix]}
    assert len(partitions) == 1
    first = [min(outcome.by_topic[topic.suffix], key=lambda record: record.offset) for outcome in outcomes]
    return [int(orjson.loads(record.value)["title"]) for record in sorted(first, key=lambda one: one.offset)]


async def test_versions_stay_in_order_across_batches_and_while_a_worker_joins_and_another_leaves(
    small_batches: Pipeline,
) -> None:
    names = [f"urut-{number}" for number in range(ARTICLES)]
    small_batches.start_another()
    async with asyncio.timeout(TIMEOUT_S * 2):
        published = await publish_until_ready(small_batches, names)
    assert small_batches.worker is not None
    small_batches.worker.terminate()
    last = len(published) // ARTICLES
    published += await small_batches.publish(
        [version(name, number) for number in range(last, last + WAVES_AFTER) for name in names]
    )
    await small_batches.outcomes(published)
    await asyncio.to_thread(small_batches.stop)

    written = await small_batches.all_written(published)
    for index in range(ARTICLES):
        versions = written[index::ARTICLES]
        for topic in (topics.CLEAN, topics.TAGGED, topics.ENRICHED):
            assert order_of(versions, topic) == list(range(len(versions)))


async def test_records_of_every_kind_are_written_the_same_a_second_time(small_batches: Pipeline) -> None:
    event = {"specversion": "1.0", "id": "s-1", "source": "/redaksi", "type": "terbit"}
    records = [
        Raw(article(SUMMIT, id="lagi-1"), key=b"lagi-1", headers=(("redaksi", b"\xff"), ("redaksi", None))),
        Raw(article(ATTACK)),
        Raw(article(FOOTBALL, url="https://warta.example/lagi", metadata={"meja": [1, {"b": 2, "a": 1}]})),
        Raw(
            orjson.dumps({**event, "data": {"body": SUMMIT}}),
            headers=(("content-type", b"application/cloudevents+json"),),
        ),
        Raw(None, key=b"lagi-1"),
        Raw(b"\xff\xfe", key=b"rusak"),
        Raw(article(LONG, id="lagi-2"), key=b"bukan-idnya", timestamp_ms=1_700_000_000_123),
    ]
    published = await small_batches.publish(records)
    await small_batches.outcomes(published)
    await asyncio.to_thread(small_batches.stop)
    # A group of another name has committed nothing, and other batches and processes: it does all once more.
    small_batches.start_another(
        KABAR_GROUP=f"{small_batches.prefix}-again", KABAR_BATCH_SIZE="64", KABAR_NLP_PROCESSES="1"
    )
    await small_batches.outcomes(published, copies=2)
    await asyncio.to_thread(small_batches.stop)

    for outcome in await small_batches.all_written(published):
        for written in outcome.by_topic.values():
            assert len(written) >= 2
            assert len({(record.key, record.value, tuple(record.headers)) for record in written}) == 1

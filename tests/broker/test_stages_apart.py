"""Workers that take an article through all stages at once, and workers whose stages read from each other."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer

from streams import topics
from streams.records import CARRIED_ON, Headers, is_carried_on
from streams.snapshot import record_of
from tests.broker.articles import ATTACK, FOOTBALL, SUMMIT, article
from tests.broker.pipeline import Pipeline, Raw

pytestmark = pytest.mark.broker

RECORDS = [
    Raw(article(SUMMIT, id="satu"), key=b"satu", headers=(("redaksi", b"malam"),)),
    Raw(article(ATTACK)),
    Raw(b"bukan JSON", key=b"rusak"),
    Raw(article(FOOTBALL, id="dua"), headers=(CARRIED_ON,)),
    Raw(None, key=b"satu"),
]


@pytest.fixture
def pipeline(broker_address: str, tmp_path: Path) -> Iterator[Pipeline]:
    with Pipeline(broker_address, tmp_path, KABAR_NLP_PROCESSES="1") as pipeline:
        yield pipeline


async def test_both_write_the_same_but_for_the_mark_of_what_is_no_work(pipeline: Pipeline) -> None:
    published = await pipeline.publish(RECORDS)
    await pipeline.outcomes(published)
    await asyncio.to_thread(pipeline.stop)
    pipeline.start_another(KABAR_GROUP=f"{pipeline.prefix}-apart", KABAR_STAGES_APART="true")
    await pipeline.outcomes(published, copies=2)
    await asyncio.to_thread(pipeline.stop)

    for outcome in await pipeline.all_written(published):
        for suffix, written in outcome.by_topic.items():
            first, second = (record_of(record) for record in written)
            assert (first.key, first.value, unmarked(first.headers)) == (
                second.key,
                second.value,
                second.headers,
            )
            is_between = suffix in {topics.CLEAN.suffix, topics.TAGGED.suffix}
            assert is_carried_on(first.headers) is is_between


async def test_what_lies_between_the_stages_without_the_mark_is_taken_on(pipeline: Pipeline) -> None:
    [outcome] = await pipeline.process(RECORDS[:1])
    left = record_of(outcome.on(topics.CLEAN))
    async with AIOKafkaProducer(bootstrap_servers=pipeline.settings.bootstrap) as producer:
        name = topics.CLEAN.name(pipeline.settings)
        await producer.send_and_wait(name, left.value, key=left.key, headers=list(unmarked(left.headers)))
    # Of the clean event there are two now, and so of all that comes after it.
    published = [replace(outcome.record)]
    await pipeline.outcomes(published, copies=2)
    await asyncio.to_thread(pipeline.stop)

    [outcome] = await pipeline.all_written(published)
    assert len({record.value for record in outcome.by_topic[topics.ENRICHED.suffix]}) == 1


def unmarked(headers: Headers) -> Headers:
    return tuple(header for header in headers if header != CARRIED_ON)

"""Hostile records through a broker and a worker: each comes out once, enriched or as a dead letter, and intact."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer, ConsumerRecord

from streams import dead_letters, topics
from streams.cli.follow import follow
from streams.records import last_header
from tests.broker.pipeline import Pipeline, Raw
from tests.hostile import corpus

pytestmark = pytest.mark.broker

SILENCE_SECONDS = 90.0
"""Nothing comes out for so long: the worker is stuck."""


@dataclass
class Came:
    """What came out of one record."""

    enriched: list[ConsumerRecord[bytes, bytes]] = field(default_factory=list)
    dead: list[ConsumerRecord[bytes, bytes]] = field(default_factory=list)


@pytest.fixture
def apart(broker_address: str, tmp_path: Path) -> Iterator[Pipeline]:
    """A worker of its own: the other tests read all that lies on the topics of theirs."""
    with Pipeline(broker_address, tmp_path) as pipeline:
        yield pipeline


@pytest.mark.parametrize("count", [1_500, pytest.param(20_000, marks=pytest.mark.full)])
async def test_every_hostile_record_comes_out_once_and_intact(apart: Pipeline, count: int) -> None:
    # Other numbers than those of the test without a broker.
    numbers = range(1_000_000, 1_000_000 + count)
    came = await through(apart, numbers)

    wrong = {number: problem for number in numbers if (problem := problem_of(number, came[number]))}
    assert wrong == {}, "\n".join(corpus.describe(corpus.SEED, number) for number in list(wrong)[:3])


async def through(pipeline: Pipeline, numbers: Sequence[int]) -> dict[int, Came]:
    """Publishes the records with these numbers, and waits until each has come out; what came of each."""
    publishing = asyncio.create_task(publish(pipeline, numbers))
    came: dict[int, Came] = defaultdict(Came)
    waiting = set(numbers)
    names = [topic.name(pipeline.settings) for topic in (topics.ENRICHED, topics.DEAD)]
    try:
        async with aclosing(follow(names, pipeline.settings, from_beginning=True)) as written:
            while waiting:
                record = await asyncio.wait_for(anext(written), SILENCE_SECONDS)
                number = int(last_header(tuple(record.headers), corpus.NUMBER) or -1)
                if number not in numbers:
                    continue
                outcome = came[number]
                (outcome.dead if record.topic == names[1] else outcome.enriched).append(record)
                waiting.discard(number)
    except TimeoutError:
        lost = [corpus.describe(corpus.SEED, number) for number in sorted(waiting)[:3]]
        raise AssertionError(
            "\n".join([f"nothing came of {len(waiting)} records", *lost, pipeline.log.read_text()[-3_000:]])
        ) from None
    await publishing
    return came


async def publish(pipeline: Pipeline, numbers: Sequence[int]) -> None:
    """Publishes the records as fast as the broker takes them."""
    name = topics.RAW.name(pipeline.settings)
    async with AIOKafkaProducer(
        bootstrap_servers=pipeline.settings.bootstrap,
        max_request_size=pipeline.settings.max_record_bytes,
        linger_ms=5,
    ) as producer:
        for start in range(0, len(numbers), 200):
            sent = []
            for number in numbers[start : start + 200]:
                raw = corpus.record(corpus.SEED, number)
                delivery = await producer.send(
                    name, raw.value, key=raw.key, headers=list(raw.headers), timestamp_ms=raw.timestamp_ms
                )
                sent.append(delivery)
            await asyncio.gather(*sent)


def problem_of(number: int, came: Came) -> str | None:
    """What is wrong with what came of a record, if anything is."""
    raw = corpus.record(corpus.SEED, number)
    if came.enriched and came.dead:
        return "both enriched and dead"
    if came.enriched:
        ids = {last_header(tuple(record.headers), "ce_id") for record in came.enriched}
        values = {record.value for record in came.enriched}
        return None if len(ids) == len(values) == 1 else f"{len(ids)} ids, {len(values)} values"
    # A copy of a dead letter, after a fault, tells of the same place.
    names = (dead_letters.TOPIC, dead_letters.PARTITION, dead_letters.OFFSET)
    places = {tuple(last_header(tuple(dead.headers), name) for name in names) for dead in came.dead}
    if len(places) != 1:
        return f"dead letters of {places}"
    return next((problem for dead in came.dead if (problem := _difference(raw, dead))), None)


def _difference(raw: Raw, dead: ConsumerRecord[bytes, bytes]) -> str | None:
    """What of a record its dead letter does not have as it was."""
    if last_header(tuple(dead.headers), dead_letters.STAGE) != "clean":
        return f"rejected by {last_header(tuple(dead.headers), dead_letters.STAGE)}"
    if dead.value != raw.value or dead.key != raw.key:
        return "another key or value"
    if tuple(dead.headers)[: len(raw.headers)] != raw.headers:
        return f"other headers: {dead.headers}"
    if dead.timestamp != raw.timestamp_ms:
        return f"another time: {dead.timestamp}, not {raw.timestamp_ms}"
    reason = last_header(tuple(dead.headers), dead_letters.MESSAGE) or ""
    return None if reason and reason.isprintable() else f"no readable reason: {reason!r}"

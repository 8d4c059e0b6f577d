"""Each rival does the same work: what it writes is what Kabar's functions make of the same articles."""

from __future__ import annotations

import asyncio
import uuid
from contextlib import aclosing
from pathlib import Path

import orjson
import pytest

from bench.contestants import Contestant, Running, rivals
from streams import admin, samples, topics
from streams.broker import SESSION_TIMEOUT_SECONDS
from streams.chain import Chain
from streams.cli.follow import follow
from streams.records import Emit, Record
from streams.settings import Settings, load
from tests.broker.pipeline import Raw
from tests.chaos import corpus

# They are the same on any broker.
pytestmark = pytest.mark.kafka

TIMEOUT_S = 120.0
Written = set[tuple[str, bytes | None, bytes | None]]
"""Topic, key and value."""


def ten_samples() -> list[Raw]:
    values = [value for _, value in samples.articles()][:10]
    return [Raw(value, orjson.loads(value)["id"].encode()) for value in values]


def expected(articles: list[Raw], settings: Settings) -> Written:
    raw = topics.RAW.name(settings)
    records = [Record(raw, 0, at, 0, article.key, article.value) for at, article in enumerate(articles)]
    emits = [outcome for outcome in Chain.of(settings).outcomes(records) if isinstance(outcome, Emit)]
    return {(topic.name(settings), emit.key, emit.value) for emit in emits for topic in emit.topics}


async def written(settings: Settings, number: int, running: Running) -> Written:
    names = [topic.name(settings) for topic in (topics.ENRICHED, *topics.BY_TOPIC_ID.values())]
    found: Written = set()
    async with (
        asyncio.timeout(TIMEOUT_S),
        aclosing(follow(names, settings, from_beginning=True)) as records,
    ):
        async for record in records:
            running.check()
            found.add((record.topic, record.key, record.value))
            if len(found) == number:
                break
    return found


@pytest.mark.parametrize("rival", rivals(cores=1), ids=lambda rival: rival.name)
async def test_a_rival_writes_what_kabars_functions_make_of_the_articles(
    rival: Contestant, broker_address: str, tmp_path: Path
) -> None:
    name = f"rival-{uuid.uuid4().hex[:8]}"
    settings = load(
        brokers=broker_address,
        prefix=name,
        group=name,
        partitions=2,
        nlp_processes=2,
        session_timeout_seconds=SESSION_TIMEOUT_SECONDS,
    )
    await admin.create_topics(settings)
    articles = ten_samples()
    await corpus.publish(articles, settings)
    wanted = expected(articles, settings)
    assert len({topic for topic, _, _ in wanted}) == 3
    with Running.of(rival, settings, tmp_path) as running:
        assert await written(settings, len(wanted), running) == wanted
        while not running.says_all_at_work():  # noqa: ASYNC110 - it says so in a file
            await asyncio.sleep(0.05)


def test_those_that_work_in_one_process_also_run_once_for_each_core() -> None:
    several = [one for one in rivals(cores=4) if one.processes > 1]
    assert {one.processes for one in several} == {4}
    assert {one.name for one in several} == {f"{one.name} x4" for one in rivals(cores=1) if one.is_naive}
    assert not any(one.is_naive for one in several)

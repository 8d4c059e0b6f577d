"""A worker that dies takes nothing with it: every record is on `enriched` or on `dead` all the same."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path

import psutil
import pytest

from streams import topics
from streams.cli.follow import follow
from tests.broker.articles import ATTACK, FOOTBALL, SUMMIT, article
from tests.broker.pipeline import Pipeline, Raw

pytestmark = pytest.mark.broker

BODIES = (SUMMIT, ATTACK, FOOTBALL)
RECORDS = [
    Raw(b"bukan JSON")
    if number % 50 == 49
    else Raw(article(f"{BODIES[number % 3]} {number}.", id=f"k-{number}"))
    for number in range(600)
]


# The stages apart are no default: that they keep to the same rules is shown on Apache Kafka alone.
@pytest.fixture(params=["false", pytest.param("true", marks=pytest.mark.kafka)], ids=["at-once", "apart"])
def two_workers(request: pytest.FixtureRequest, broker_address: str, tmp_path: Path) -> Iterator[Pipeline]:
    environment = {"KABAR_NLP_PROCESSES": "1", "KABAR_STAGES_APART": request.param}
    with Pipeline(broker_address, tmp_path, **environment) as pipeline:
        pipeline.start_another()
        yield pipeline


async def some_have_come(pipeline: Pipeline, count: int) -> None:
    """Waits until the work is in full swing."""
    seen = 0
    enriched = topics.ENRICHED.name(pipeline.settings)
    async with aclosing(follow([enriched], pipeline.settings, from_beginning=True)) as records:
        async for _ in records:
            seen += 1
            if seen == count:
                return


async def test_a_worker_killed_in_the_middle_loses_nothing_and_leaves_no_process(
    two_workers: Pipeline,
) -> None:
    published = await two_workers.publish(RECORDS)
    await some_have_come(two_workers, 50)
    assert two_workers.worker is not None
    children = psutil.Process(two_workers.worker.pid).children(recursive=True)
    two_workers.worker.kill()
    await two_workers.outcomes(published)
    await asyncio.to_thread(two_workers.stop)

    for record, outcome in zip(RECORDS, await two_workers.all_written(published), strict=True):
        ended_on = {name for name in outcome.topics if name in {"articles.enriched", "articles.dead"}}
        assert ended_on == ({"articles.dead"} if record.value == b"bukan JSON" else {"articles.enriched"})
    _, alive = await asyncio.to_thread(psutil.wait_procs, children, timeout=10)
    assert alive == []


async def test_what_is_processed_a_second_time_is_written_the_same_to_the_byte(two_workers: Pipeline) -> None:
    published = await two_workers.publish(RECORDS[:100])
    await two_workers.outcomes(published)
    await asyncio.to_thread(two_workers.stop)
    # A group of another name has committed nothing: it reads all topics from their beginning once more.
    two_workers.start_another(KABAR_GROUP=f"{two_workers.prefix}-again")
    await two_workers.outcomes(published, copies=2)

    for outcome in await two_workers.all_written(published):
        for written in outcome.by_topic.values():
            assert len(written) >= 2
            assert len({(record.key, record.value, tuple(record.headers)) for record in written}) == 1

"""Workers killed with -9 again and again take nothing with them."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.broker.pipeline import Pipeline
from tests.chaos import corpus
from tests.chaos.audit import audit
from tests.chaos.tally import Tally

pytestmark = [pytest.mark.broker, pytest.mark.chaos]


@pytest.fixture
def pipeline(broker_address: str, tmp_path: Path) -> Iterator[Pipeline]:
    with Pipeline(broker_address, tmp_path, KABAR_NLP_PROCESSES="1") as pipeline:
        yield pipeline


async def test_workers_killed_at_random_moments_lose_nothing(
    pipeline: Pipeline, is_full: bool, chance: random.Random
) -> None:
    number, kills = (10_000, 10) if is_full else (400, 2)
    workers = [pipeline.worker, pipeline.start_another()]
    await corpus.publish(corpus.articles(number), pipeline.settings)
    async with Tally(pipeline) as tally:
        for moment in sorted(chance.sample(range(number // 20, number * 9 // 10), kills)):
            await tally.reach(moment)
            victim = chance.randrange(len(workers))
            workers[victim].kill()
            workers[victim] = pipeline.start_another()
        await tally.reach(number)
    await asyncio.to_thread(pipeline.stop)

    found = await audit(pipeline.settings)
    found.assert_conserved()
    assert found.raw == number
    assert found.dead == number // corpus.EVERY_NTH_BROKEN

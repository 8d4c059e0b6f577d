"""Partitions that change hands again and again, because workers come and go."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from tests.broker.pipeline import Pipeline
from tests.chaos import corpus
from tests.chaos.audit import audit
from tests.chaos.said import said
from tests.chaos.tally import Tally

pytestmark = [pytest.mark.broker, pytest.mark.chaos]

EVERY_NTH_KILLED = 3
LEAVE_S = 20.0


@pytest.fixture
def pipeline(broker_address: str, tmp_path: Path) -> Iterator[Pipeline]:
    with Pipeline(broker_address, tmp_path, KABAR_NLP_PROCESSES="1") as pipeline:
        yield pipeline


async def test_workers_that_join_and_leave_in_mid_run_lose_nothing_and_stop_nobody(
    pipeline: Pipeline, is_full: bool
) -> None:
    number, turns = (5_000, 12) if is_full else (300, 2)
    staying = [pipeline.worker, pipeline.start_another()]
    log = pipeline.log.with_name("another.log")
    source, published = corpus.short_articles(number), 0
    async with Tally(pipeline) as tally:
        for turn in range(turns):
            guest = pipeline.start_another()
            # Some of the last turn's articles are still on their way when it joins.
            await said(log, "Ready:", times=turn + 2)
            published += await corpus.publish(islice(source, number // turns), pipeline.settings)
            await tally.reach(published - number // turns // 2)
            guest.send_signal(signal.SIGKILL if turn % EVERY_NTH_KILLED == 1 else signal.SIGTERM)
            await asyncio.to_thread(guest.wait, LEAVE_S)
        published += await corpus.publish(source, pipeline.settings)
        await tally.reach(number)
    assert all(worker is not None and worker.poll() is None for worker in staying)
    await asyncio.to_thread(pipeline.stop)

    found = await audit(pipeline.settings)
    found.assert_conserved()
    assert found.raw == published == number
    assert found.dead == number // corpus.EVERY_NTH_BROKEN
    print(f"{found.repeats} of {number} written again")  # noqa: T201 - allowed, and worth knowing

"""Workers asked to stop: what they have begun they finish, once."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from streams import topics
from tests.broker.articles import FOOTBALL, article
from tests.broker.pipeline import Pipeline, Raw
from tests.chaos import corpus
from tests.chaos.audit import audit, read
from tests.chaos.faults.sitecustomize import BEGUN, IS_SLOW, SLOW_SECONDS
from tests.chaos.tally import Tally
from tests.chaos.test_poison import FAULTS

pytestmark = [pytest.mark.broker, pytest.mark.chaos]

DRAIN_S = 10.0
AT_ONCE_S = 2.0


@pytest.fixture
def pipeline(broker_address: str, tmp_path: Path, is_full: bool) -> Iterator[Pipeline]:
    path = os.pathsep.join([FAULTS, str(Path(__file__).parents[2])])
    os.mkfifo(tmp_path / "begun")
    # On a machine busy with other tests, fewer articles are begun, so that they can be finished in time.
    batch = "64" if is_full else "16"
    environment = {"PYTHONPATH": path, BEGUN: str(tmp_path / "begun"), "KABAR_BATCH_SIZE": batch}
    with Pipeline(broker_address, tmp_path, **environment) as pipeline:
        yield pipeline


async def test_a_worker_asked_to_stop_in_mid_batch_drains_without_loss_or_repeat(
    pipeline: Pipeline, is_full: bool
) -> None:
    number, stops = (4_000, 10) if is_full else (300, 1)
    worker = pipeline.worker
    assert worker is not None
    await corpus.publish(corpus.articles(number), pipeline.settings)
    async with Tally(pipeline) as tally:
        for _ in range(stops):
            # More than there was: the worker of this round is at work.
            await tally.reach(tally.count + number // (4 * stops))
            assert await asyncio.to_thread(_stopped, worker, signal.SIGTERM) == 0
            worker = pipeline.start_another()
        await tally.reach(number)
    await asyncio.to_thread(pipeline.stop)

    found = await audit(pipeline.settings)
    found.assert_conserved()
    assert found.repeats == 0
    for topic in (topics.CLEAN, topics.TAGGED):
        ids = [dict(record.headers)["ce_id"] for record in await read(topic, pipeline.settings)]
        assert len(ids) == len(set(ids))


@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT])
async def test_a_second_signal_ends_a_draining_worker_at_once_and_its_work_is_done_by_the_next(
    pipeline: Pipeline, second: signal.Signals, tmp_path: Path
) -> None:
    worker = pipeline.worker
    assert worker is not None
    async with Tally(pipeline) as tally:
        await pipeline.publish([Raw(article(id="awake"))])
        await tally.reach(1)
        slow = article(f"{IS_SLOW} {FOOTBALL}", id="slow")
        await pipeline.publish([Raw(slow)])
        await asyncio.to_thread((tmp_path / "begun").read_text)
        worker.send_signal(signal.SIGTERM)
        began = time.monotonic()
        with pytest.raises(subprocess.TimeoutExpired):
            await asyncio.to_thread(worker.wait, 1.0)
        worker.send_signal(second)
        assert await asyncio.to_thread(worker.wait, AT_ONCE_S) != 0
        assert time.monotonic() - began < SLOW_SECONDS
        pipeline.start_another()
        await asyncio.to_thread((tmp_path / "begun").read_text)
        await tally.reach(2)
    await asyncio.to_thread(pipeline.stop)
    (await audit(pipeline.settings)).assert_conserved()


def _stopped(worker: subprocess.Popen[bytes], by: signal.Signals) -> int:
    """The exit code of a worker asked to stop, which it must do in time."""
    worker.send_signal(by)
    return worker.wait(DRAIN_S)

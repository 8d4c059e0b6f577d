"""A broker that can write no more: every write to a file fails, as on a full disk, and it ends itself."""

from __future__ import annotations

import asyncio

import psutil
import pytest

from tests.broker.pipeline import Pipeline
from tests.chaos import corpus
from tests.chaos.audit import audit
from tests.chaos.idle import idles
from tests.chaos.tally import Tally
from tests.kafka.node import KafkaNode

pytestmark = [pytest.mark.kafka, pytest.mark.chaos]


async def test_a_worker_goes_on_when_its_broker_has_room_again(
    on_node: Pipeline, node: KafkaNode, is_full: bool
) -> None:
    number, seconds = (3_000, 30.0) if is_full else (300, 2.0)
    worker = on_node.worker
    assert worker is not None
    await corpus.publish(corpus.short_articles(number), on_node.settings)
    async with Tally(on_node) as tally:
        await tally.reach(number // 5)
        take_all_room(node)
        with idles(worker.pid, on_node.log):
            # Kafka ends when the only folder it may write to fails it.
            assert await asyncio.to_thread(node.wait, 60.0) != 0
            await asyncio.sleep(seconds)  # that there is no room for so long is the fault
        assert tally.count < number
        assert worker.poll() is None
        await asyncio.to_thread(node.start)
        await tally.reach(number)
    assert worker.poll() is None
    await asyncio.to_thread(on_node.stop)

    found = await audit(on_node.settings)
    found.assert_conserved()
    assert found.raw == number
    print(f"{found.repeats} of {number} written again")  # noqa: T201 - allowed, and worth knowing


def take_all_room(node: KafkaNode) -> None:
    """From now on every write of the node to a file fails; the next start lifts it."""
    psutil.Process(node.pid).rlimit(psutil.RLIMIT_FSIZE, (0, psutil.RLIM_INFINITY))

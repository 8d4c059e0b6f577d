"""A broker that goes away while articles pass, and comes back later than any timeout."""

from __future__ import annotations

import asyncio
import random

import pytest

from tests.broker.pipeline import Pipeline
from tests.chaos import corpus
from tests.chaos.audit import audit
from tests.chaos.idle import idles
from tests.chaos.tally import Tally
from tests.kafka.node import KafkaNode

pytestmark = [pytest.mark.kafka, pytest.mark.chaos]


async def test_a_worker_outlives_its_broker_and_goes_on_when_it_is_back(
    on_node: Pipeline, node: KafkaNode, is_full: bool, chance: random.Random
) -> None:
    ends = [KafkaNode.stop, KafkaNode.kill] if is_full else [chance.choice([KafkaNode.stop, KafkaNode.kill])]
    number, seconds = (6_000, 30.0) if is_full else (300, 8.0)
    worker = on_node.worker
    assert worker is not None
    await corpus.publish(corpus.short_articles(number), on_node.settings)
    async with Tally(on_node) as tally:
        for end in ends:
            await tally.reach(tally.count + number // (3 * len(ends)))
            await asyncio.to_thread(end, node)
            assert tally.count < number
            with idles(worker.pid, on_node.log):
                await asyncio.sleep(seconds)  # that it is gone for so long is the fault
            assert worker.poll() is None
            await asyncio.to_thread(node.start)
        await tally.reach(number)
    assert worker.poll() is None
    await asyncio.to_thread(on_node.stop)

    found = await audit(on_node.settings)
    found.assert_conserved()
    assert found.raw == number
    print(f"{found.repeats} of {number} written again")  # noqa: T201 - allowed, and worth knowing

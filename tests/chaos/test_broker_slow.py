"""A broker that keeps its connections and does not answer: its process stopped for a while, again and again."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.broker.pipeline import Pipeline
from tests.chaos import corpus
from tests.chaos.audit import audit
from tests.chaos.idle import idles
from tests.chaos.tally import Tally
from tests.kafka.node import KafkaNode

pytestmark = [pytest.mark.kafka, pytest.mark.chaos]

LONGER_THAN_A_SESSION_S = 8.0
LONGER_THAN_A_REQUEST_S = 45.0


async def test_a_worker_waits_for_a_broker_that_does_not_answer_and_goes_on(
    on_node: Pipeline, node: KafkaNode, is_full: bool, chance: random.Random
) -> None:
    pauses = [LONGER_THAN_A_SESSION_S]
    if is_full:
        pauses = [*(chance.uniform(2.0, 8.0) for _ in range(10)), LONGER_THAN_A_REQUEST_S]
    number = 3_000 if is_full else 300
    worker = on_node.worker
    assert worker is not None
    await corpus.publish(corpus.short_articles(number), on_node.settings)
    async with Tally(on_node) as tally:
        for pause in pauses:
            await tally.reach(tally.count + number // (2 * len(pauses)))
            with frozen(node), idles(worker.pid, on_node.log):
                await asyncio.sleep(pause)
        await tally.reach(number)
    assert worker.poll() is None
    await asyncio.to_thread(on_node.stop)

    found = await audit(on_node.settings)
    found.assert_conserved()
    assert found.raw == number
    print(f"{found.repeats} of {number} written again")  # noqa: T201 - allowed, and worth knowing


@contextmanager
def frozen(node: KafkaNode) -> Iterator[None]:
    os.kill(node.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(node.pid, signal.SIGCONT)

"""Articles that hang or kill the process working on them, and a process killed from outside."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from streams import dead_letters
from streams.records import last_header
from streams.topics import DEAD
from tests.broker.articles import FOOTBALL, article
from tests.broker.pipeline import Pipeline, Raw
from tests.chaos import corpus
from tests.chaos.audit import audit
from tests.chaos.faults.sitecustomize import HANGS, KILLS
from tests.chaos.tally import Tally

pytestmark = [pytest.mark.broker, pytest.mark.chaos]

FAULTS = str(Path(__file__).with_name("faults"))


@pytest.fixture
def pipeline(broker_address: str, tmp_path: Path) -> Iterator[Pipeline]:
    path = os.pathsep.join([FAULTS, str(Path(__file__).parents[2])])
    with Pipeline(broker_address, tmp_path, PYTHONPATH=path, KABAR_RECORD_SECONDS="2") as pipeline:
        yield pipeline


async def test_poison_becomes_a_dead_letter_with_its_reason_and_its_neighbours_come_out(
    pipeline: Pipeline,
) -> None:
    records = [Raw(article(f"{FOOTBALL} {number}.", id=f"p-{number}")) for number in range(100)]
    records[30] = Raw(article(f"{HANGS} {FOOTBALL}", id="hangs"))
    records[60] = Raw(article(f"{KILLS} {FOOTBALL}", id="kills"))
    outcomes = await pipeline.process(records)
    await asyncio.to_thread(pipeline.stop)

    (await audit(pipeline.settings)).assert_conserved()
    dead = {place: outcome for place, outcome in enumerate(outcomes) if DEAD.suffix in outcome.topics}
    assert {place: outcome.reason for place, outcome in dead.items()} == {
        30: "working on this record alone took more than 2 s",
        60: "the process working on this record alone died",
    }
    for outcome in dead.values():
        assert last_header(tuple(outcome.on(DEAD).headers), dead_letters.ATTEMPTS) == "2"


async def test_a_language_process_killed_from_outside_costs_nothing(
    pipeline: Pipeline, is_full: bool, chance: random.Random
) -> None:
    number, kills = (3_000, 10) if is_full else (200, 2)
    await corpus.publish(corpus.articles(number), pipeline.settings)
    assert pipeline.worker is not None
    async with Tally(pipeline) as tally:
        for moment in sorted(chance.sample(range(number // 20, number * 9 // 10), kills)):
            await tally.reach(moment)
            chance.choice(_language_processes(pipeline.worker.pid)).kill()
        await tally.reach(number)
    assert pipeline.worker.poll() is None
    await asyncio.to_thread(pipeline.stop)

    found = await audit(pipeline.settings)
    found.assert_conserved()
    # A process killed while it had one record to itself takes that record for poison: rare, and accounted for.
    assert found.dead - number // corpus.EVERY_NTH_BROKEN <= kills


def _language_processes(worker: int) -> list[psutil.Process]:
    """The children of the fork server."""
    children = psutil.Process(worker).children(recursive=True)
    return [child for child in children if child.ppid() != worker]

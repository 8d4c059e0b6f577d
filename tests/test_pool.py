"""The processes that do the language work, and their deaths."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest

from streams.chain import Chain
from streams.pool import Pool
from streams.records import Emit, Outcome, Record, Reject
from streams.settings import load
from tests.broker.articles import article

RECORDS = [Record("raw", 0, n, 0, None, article(id=f"a-{n}")) for n in range(7)]
POISON = Record("raw", 0, 99, 0, None, b"poison")


@dataclass(frozen=True)
class DiesOfPoison:
    """A stage that a certain record kills with its process, as a fault in a C library would."""

    def outcomes(self, records: Sequence[Record]) -> list[Outcome]:
        for record in records:
            if record.value == POISON.value:
                os.kill(os.getpid(), signal.SIGKILL)
        return [Emit((), None, str(os.getpid()).encode(), ()) for record in records]


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    pool = Pool(2)
    pool.start()
    yield pool
    pool.stop()


async def test_the_outcomes_are_those_of_this_process_in_order(pool: Pool) -> None:
    chain = Chain.of(load())
    assert await pool.outcomes(chain, RECORDS) == chain.outcomes(RECORDS)


async def test_the_work_is_shared_by_all_processes(pool: Pool) -> None:
    outcomes = await pool.outcomes(DiesOfPoison(), RECORDS * 20)
    assert len({outcome.value for outcome in outcomes if isinstance(outcome, Emit)}) == 2


async def test_a_record_that_kills_its_process_is_rejected_and_its_neighbours_come_out(pool: Pool) -> None:
    records = [*RECORDS[:2], POISON, *RECORDS[2:]]
    outcomes = await pool.outcomes(DiesOfPoison(), records)

    assert [isinstance(outcome, Reject) for outcome in outcomes] == [record is POISON for record in records]
    [rejected] = [outcome for outcome in outcomes if isinstance(outcome, Reject)]
    assert rejected.message == "the process working on this record died"


async def test_the_pool_works_on_after_a_death(pool: Pool) -> None:
    await pool.outcomes(DiesOfPoison(), [POISON])
    outcomes = await pool.outcomes(DiesOfPoison(), RECORDS)
    assert all(isinstance(outcome, Emit) for outcome in outcomes)

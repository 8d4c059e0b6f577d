"""The processes that do the language work, and their deaths."""

from __future__ import annotations

import asyncio
import os
import re
import select
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import psutil
import pytest

from streams.agents import clean
from streams.chain import Chain
from streams.pool import TRIES, WAITING, Pool
from streams.records import Emit, Outcome, Record, Reject
from streams.settings import load
from streams.topics import RAW
from tests.broker.articles import article

RECORDS = [Record("raw", 0, n, 0, None, article(id=f"a-{n}")) for n in range(7)]
POISON = Record("raw", 0, 99, 0, None, b"poison")


HANGING = """
import asyncio, signal, sys
from streams.pool import Pool
from tests.test_pool import POISON, HangsOnPoison

# A service manager may start us so.
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGIO})
pool = Pool(1, seconds=1000)
pool.start()
asyncio.run(pool.outcomes(HangsOnPoison(sys.argv[1]), [POISON]))
"""


class Alone:
    """Work of one stage."""

    name = "poisoned"
    reads = RAW

    @property
    def parts(self) -> tuple[Any]:
        return (self,)


@dataclass(frozen=True)
class DiesOfPoison(Alone):
    """A stage that a certain record kills with its process, as a fault in a C library would."""

    poison: bytes = b"poison"

    def outcomes(self, records: Sequence[Record]) -> list[Outcome]:
        for record in records:
            if self.poison in (record.value or b""):
                os.kill(os.getpid(), signal.SIGKILL)
        return [Emit((), None, str(os.getpid()).encode(), ()) for record in records]


@dataclass(frozen=True)
class DiesTheFirstTime(Alone):
    """A stage whose process is killed once, for no reason of the record's."""

    tried: str
    """File that is there from the first try on."""

    def outcomes(self, records: Sequence[Record]) -> list[Outcome]:
        if not Path(self.tried).exists():
            Path(self.tried).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return [Emit((), None, b"done", ()) for _ in records]


@dataclass(frozen=True)
class HangsOnPoison(Alone):
    """A stage that never comes back from a certain record, and holds the interpreter's lock meanwhile."""

    tried: str
    """File that gets a line for each try of the poison."""

    def outcomes(self, records: Sequence[Record]) -> list[Outcome]:
        for record in records:
            if record.value == POISON.value:
                with Path(self.tried).open("a") as file:
                    file.write(f"{len(records)}\n")
                # Exponential backtracking, in C: no other thread of the process runs any more.
                re.match(r"(a+)+b", "a" * 60)
        return [Emit((), None, b"done", ()) for _ in records]


@dataclass(frozen=True)
class Waits(Alone):
    """A stage that does nothing for so long."""

    seconds: float

    def outcomes(self, records: Sequence[Record]) -> list[Outcome]:
        time.sleep(self.seconds)
        return [Emit((), None, b"done", ()) for _ in records]


class CountsThreads(Alone):
    """A stage that tells how many threads its process has."""

    def outcomes(self, records: Sequence[Record]) -> list[Outcome]:
        return [
            Emit((), None, str(len(list(Path("/proc/self/task").iterdir()))).encode(), ()) for _ in records
        ]


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    pool = Pool(2)
    pool.start()
    yield pool
    pool.stop()


@pytest.fixture(scope="module")
def impatient_pool() -> Iterator[Pool]:
    pool = Pool(2, seconds=0.5)
    pool.start()
    yield pool
    pool.stop()


async def test_the_outcomes_are_those_of_this_process_in_order(pool: Pool) -> None:
    chain = Chain.of(load())
    assert await pool.outcomes(chain, RECORDS) == chain.outcomes(RECORDS)


async def test_the_work_is_shared_by_all_processes(pool: Pool) -> None:
    calls = await asyncio.gather(*(pool.outcomes(DiesOfPoison(), RECORDS) for _ in range(20)))
    assert len({outcome.value for call in calls for outcome in call if isinstance(outcome, Emit)}) == 2


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a thread watches the parent")
async def test_nothing_runs_beside_the_language_work_of_a_process(pool: Pool) -> None:
    [outcome] = await pool.outcomes(CountsThreads(), RECORDS[:1])
    assert isinstance(outcome, Emit)
    assert outcome.value == b"1"


@pytest.mark.skipif(sys.platform != "linux", reason="needs a named pipe")
def test_a_language_process_that_hangs_ends_with_its_killed_parent(tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    os.mkfifo(begun)
    pipe = os.open(begun, os.O_RDONLY | os.O_NONBLOCK)
    parent = psutil.Popen([sys.executable, "-c", HANGING, str(begun)])
    is_hanging = bool(select.select([pipe], [], [], 60)[0])
    os.close(pipe)
    children = parent.children(recursive=True)
    parent.kill()
    parent.wait()
    _, alive = psutil.wait_procs(children, timeout=10)
    for child in alive:
        child.kill()
    assert is_hanging
    assert alive == []


async def test_a_record_that_kills_its_process_is_rejected_and_its_neighbours_come_out(pool: Pool) -> None:
    records = [*RECORDS[:2], POISON, *RECORDS[2:]]
    outcomes = await pool.outcomes(DiesOfPoison(), records)

    assert [isinstance(outcome, Reject) for outcome in outcomes] == [record is POISON for record in records]
    [rejected] = [outcome for outcome in outcomes if isinstance(outcome, Reject)]
    assert rejected.message == "the process working on this record alone died"
    assert rejected.attempts == 2


async def test_a_record_that_hangs_is_tried_once_more_alone_then_rejected_and_its_neighbours_come_out(
    impatient_pool: Pool, tmp_path: Path
) -> None:
    records = [*RECORDS[:2], POISON, *RECORDS[2:]]
    outcomes = await impatient_pool.outcomes(HangsOnPoison(str(tmp_path / "tried")), records)

    assert [isinstance(outcome, Reject) for outcome in outcomes] == [record is POISON for record in records]
    [rejected] = [outcome for outcome in outcomes if isinstance(outcome, Reject)]
    assert rejected.exception == "streams.errors.TookTooLong"
    assert rejected.message == "working on this record alone took more than 0.5 s"
    assert not rejected.is_foreseen
    assert (tmp_path / "tried").read_text().splitlines() == [str(len(records)), "1"]


async def test_the_pool_works_on_after_a_hanging_record(impatient_pool: Pool, tmp_path: Path) -> None:
    await impatient_pool.outcomes(HangsOnPoison(str(tmp_path / "tried")), [POISON])
    outcomes = await impatient_pool.outcomes(HangsOnPoison(str(tmp_path / "tried")), RECORDS)
    assert all(isinstance(outcome, Emit) for outcome in outcomes)


async def test_a_record_may_take_longer_by_the_clock_than_its_processor_time(impatient_pool: Pool) -> None:
    [outcome] = await impatient_pool.outcomes(Waits(1.0), RECORDS[:1])
    assert isinstance(outcome, Emit)


async def test_a_record_that_waits_for_ever_is_rejected_too(impatient_pool: Pool) -> None:
    [outcome] = await impatient_pool.outcomes(Waits(60), RECORDS[:1])
    assert isinstance(outcome, Reject)
    assert outcome.exception == "streams.errors.TookTooLong"


async def test_the_time_spent_waiting_for_a_free_process_does_not_count(impatient_pool: Pool) -> None:
    calls = [impatient_pool.outcomes(Waits(WAITING * 0.3), RECORDS[:2]) for _ in range(2)]
    done = await asyncio.gather(*calls)
    assert all(isinstance(outcome, Emit) for outcomes in done for outcome in outcomes)


def test_larger_records_have_more_time_in_proportion() -> None:
    pool = Pool(1, seconds=2.0)
    small, large = Record("raw", 0, 0, 0, None, b"x"), Record("raw", 0, 0, 0, None, b"x" * 300_000)
    assert pool.limit_seconds([small]) == 2.0
    assert pool.limit_seconds([small, large]) == 8.0


async def test_the_pool_works_on_after_a_death(pool: Pool) -> None:
    await pool.outcomes(DiesOfPoison(), [POISON])
    outcomes = await pool.outcomes(DiesOfPoison(), RECORDS)
    assert all(isinstance(outcome, Emit) for outcome in outcomes)


async def test_a_process_set_apart_that_was_killed_while_idle_is_no_records_doing(
    pool: Pool, tmp_path: Path
) -> None:
    await pool.outcomes(DiesOfPoison(), [POISON, *RECORDS[:1]])
    assert pool._apart is not None
    for process in pool._apart._processes.values():
        process.kill()
    outcomes = await pool.outcomes(DiesTheFirstTime(str(tmp_path / "tried")), RECORDS)
    assert all(isinstance(outcome, Emit) for outcome in outcomes)


async def test_of_several_stages_in_a_row_the_one_that_a_record_kills_is_named(pool: Pool) -> None:
    chain = Chain((clean.stage(load()), cast("Any", DiesOfPoison(b"racun"))))
    poison = Record("raw", 0, 8, 0, None, article("Berita ini racun bagi tahap kedua.", id="racun"))
    outcomes = await pool.outcomes(chain, [*RECORDS[:2], poison, *RECORDS[2:4]])

    assert [outcome.stage for outcome in outcomes if isinstance(outcome, Reject)] == ["poisoned"]
    assert isinstance(outcomes[2], Reject)
    assert outcomes[2].attempts == TRIES

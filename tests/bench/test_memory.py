"""What is called flat, and which processes are found below a worker."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.memory import Quarters, Watched

RUN_S = 400.0


def quarters_of(memory: Callable[[float], float]) -> Quarters:
    measured = [(float(second), memory(second)) for second in range(0, int(RUN_S) + 1, 10)]
    return Quarters.of(measured, start=0.0, end=RUN_S)


@pytest.mark.parametrize(
    ("memory", "is_flat"),
    [
        (lambda _: 200.0, True),
        (lambda second: 100.0 if second < RUN_S / 4 else 200.0, True),  # it may grow at the beginning
        (lambda second: 200.0 + second / 30, True),
        (lambda second: 200.0 + second / 5, False),
        (lambda second: 200.0 if second < RUN_S * 3 / 4 else 230.0, False),
        (lambda second: 300.0 - second / 5, True),
        (lambda second: 5.0 + second / 200, True),  # a tenth of little is noise
        (lambda second: 5.0 + second / 50, False),
    ],
)
def test_memory_is_flat_unless_its_last_quarter_is_well_above_its_second(
    memory: Callable[[float], float], is_flat: bool
) -> None:
    assert quarters_of(memory).is_flat is is_flat


@given(st.floats(20, 10_000), st.floats(0.0, 1.0))
def test_ten_per_cent_are_the_limit_whatever_the_size(size: float, growth: float) -> None:
    found = quarters_of(lambda second: size * (1 + growth * (second > RUN_S * 3 / 4)))
    assert found.growth is not None
    if abs(found.growth - 0.10) > 1e-6:
        assert found.is_flat is (found.growth < 0.10)


def test_a_process_that_was_not_there_to_the_end_is_not_flat() -> None:
    measured = [(float(second), 100.0) for second in range(0, 250, 10)]
    found = Quarters.of(measured, start=0.0, end=RUN_S)
    assert found.means[3] is None
    assert found.growth is None
    assert not found.is_flat


def test_processes_are_found_by_their_place_below_a_worker() -> None:
    grandparent = (
        "import subprocess, sys; child = subprocess.Popen([sys.executable, '-c', 'print(0, flush=True); input()']);"
        "child.wait()"
    )
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {grandparent!r}])"
    with subprocess.Popen(
        [sys.executable, "-c", parent], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as worker:
        assert worker.stdout is not None
        worker.stdout.readline()
        watched = Watched({"worker 1": worker.pid}, {"driver": os.getpid()})
        first, again = watched.measure(), watched.measure()
        worker.communicate(b"\n")
    assert set(first) == {"worker 1", "worker 1 fork server", "worker 1 child 1", "driver"}
    assert set(again) == set(first)
    assert all(0 < memory.uss <= memory.pss <= memory.rss for memory in first.values())
    assert set(watched.measure()) == {"driver"}

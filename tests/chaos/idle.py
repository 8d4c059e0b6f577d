"""What a worker does while there is nothing it can do: little, and it says little about it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

MOST_CPU = 0.3
"""Share of one core; a loop without a pause takes all of it."""

MOST_LINES_PER_S = 5.0
LINES_AT_ONCE = 60
"""What may be said when the fault begins, each kind of message once."""


@contextmanager
def idles(pid: int, log: Path) -> Iterator[None]:
    """Fails if the process used the CPU, or wrote to its log, as one in a loop would."""
    process = psutil.Process(pid)
    began, cpu, lines = time.monotonic(), _cpu_seconds(process), _lines(log)
    yield
    seconds = time.monotonic() - began
    assert _cpu_seconds(process) - cpu < MOST_CPU * seconds
    assert _lines(log) - lines < LINES_AT_ONCE + MOST_LINES_PER_S * seconds


def _cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def _lines(log: Path) -> int:
    return log.read_bytes().count(b"\n")

"""The memory of processes over time, and whether it stayed flat."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

import psutil

MB = 1_000_000
ALLOWED_GROWTH = 0.10
"""The last quarter may be above the second by so much of it."""
NOISE_MB = 2.0
"""Or by so much: of a process of a few megabytes, a single buffer is more than a tenth."""
FEWEST_SAMPLES = 3
"""In a quarter that is to be judged."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What a process holds at one moment, in MB (10^6 bytes)."""

    rss: float
    """Resident, pages shared with others included."""
    pss: float
    """Resident, each shared page divided by the number of those who share it."""
    uss: float
    """Its own alone: what would be free if it ended."""


def memory_of(process: psutil.Process) -> Memory | None:
    """What the process holds; None if it is gone."""
    try:
        found = process.memory_full_info()
    except psutil.Error:
        return None
    return Memory(rss=found.rss / MB, pss=found.pss / MB, uss=found.uss / MB)


class Watched:
    """The processes that are measured, each under a name that it keeps.

    Args:
        workers: process ids by name; the processes below a worker are found by what they do.
        others: further process ids by name, each by itself.
    """

    def __init__(self, workers: Mapping[str, int], others: Mapping[str, int]) -> None:
        self._workers = {name: psutil.Process(pid) for name, pid in workers.items()}
        self._others = {name: psutil.Process(pid) for name, pid in others.items()}
        self._names: dict[psutil.Process, str] = {}

    def measure(self) -> dict[str, Memory]:
        """What each of them holds now, by name; those that are gone are left out."""
        found = {name: memory_of(process) for name, process in self._processes()}
        return {name: memory for name, memory in found.items() if memory is not None}

    def _processes(self) -> Iterable[tuple[str, psutil.Process]]:
        for worker, process in self._workers.items():
            yield worker, process
            with contextlib.suppress(psutil.Error):
                for child in process.children(recursive=True):
                    yield self._name(worker, process.pid, child), child
        yield from self._others.items()

    def _name(self, worker: str, pid: int, child: psutil.Process) -> str:
        if child not in self._names:
            role = _role(pid, child)
            number = sum(name.startswith(f"{worker} {role}") for name in self._names.values())
            self._names[child] = f"{worker} {role} {number + 1}" if role == "child" else f"{worker} {role}"
        return self._names[child]


def _role(worker: int, child: psutil.Process) -> str:
    if child.ppid() != worker:
        return "child"
    return "resource tracker" if "resource_tracker" in " ".join(child.cmdline()) else "fork server"


@dataclass(frozen=True, slots=True)
class Quarters:
    """The means of one figure over the quarters of a run, in MB; None where it was measured too rarely."""

    means: tuple[float | None, ...]

    @classmethod
    def of(cls, measured: Sequence[tuple[float, float]], *, start: float, end: float) -> Quarters:
        """From (seconds, MB) between two times."""
        length = (end - start) / 4
        parts = [
            [value for at, value in measured if start + part * length <= at <= start + (part + 1) * length]
            for part in range(4)
        ]
        return cls(tuple(fmean(part) if len(part) >= FEWEST_SAMPLES else None for part in parts))

    @property
    def growth(self) -> float | None:
        """From the second quarter to the last, as a share of the second; None if one of them is not known."""
        _, second, _, last = self.means
        return None if second is None or last is None else last / second - 1

    @property
    def is_flat(self) -> bool:
        """Whether the last quarter is known, and not above the second by more than is allowed."""
        _, second, _, last = self.means
        if second is None or last is None:
            return False
        return last - second <= max(ALLOWED_GROWTH * second, NOISE_MB)

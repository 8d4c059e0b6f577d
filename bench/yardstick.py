"""How fast the machine is while something else is measured: one article, worked on again and again beside it.

    python -m bench.yardstick ARTICLE

A virtual machine is faster or slower by half from one minute to the next, processor time included: who shares the
processor decides how much of its caches is left. What is measured minutes apart can be compared only in the work that
the machine did in the same time. ARTICLE is a record as `bench.bare` reads it; prints, every half second, when
(`time.perf_counter`, which all processes of a machine share) and how many seconds of processor time it took.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import mean

from bench import bare, contestants, material
from bench.arrivals import StandstillError
from streams.settings import load

PAUSE_S = 0.5
FEWEST = 5
"""Measures that a mean is taken of."""
_START_S = 60.0
_WORDS = 300


class Yardstick:
    """What it printed up to now."""

    def __init__(self, log: Path) -> None:
        self._log = log

    def cpu_seconds(self, began: float, ended: float) -> float | None:
        """The mean time that the article took between two points of `time.perf_counter`; None of too few."""
        found = [cost for when, cost in self._printed() if began <= when <= ended]
        return mean(found) if len(found) >= FEWEST else None

    def _printed(self) -> Iterator[tuple[float, float]]:
        for line in self._log.read_text(encoding="utf-8").split("\n")[:-1]:
            when, cost = line.split()
            yield float(when), float(cost)

    def is_ready(self) -> bool:
        """Whether it has printed anything."""
        return any(self._printed())


@contextmanager
def at_work(folder: Path) -> Iterator[Yardstick]:
    """A process of its own, for as long as the block lasts.

    Raises:
        StandstillError: it does not get to work.
    """
    own = folder / "yardstick"
    own.mkdir()
    [article] = material.articles_of(_WORDS, 1)
    (own / "article").write_bytes(bare.line(article))
    with contestants.child(
        "bench.yardstick",
        str(own / "article"),
        environment=contestants.environment(load(), own),
        log=own / "log",
    ) as process:
        yardstick, deadline = Yardstick(own / "log"), time.monotonic() + _START_S
        while not yardstick.is_ready():
            if process.poll() is not None or time.monotonic() > deadline:
                raise StandstillError(f"the yardstick: {contestants.last_words(own / 'log')}")
            time.sleep(PAUSE_S)
        yield yardstick


def main(path: Path) -> None:
    """Works until it is killed."""
    [record] = bare.read(path)
    bare.outcomes([record])
    while True:
        began = time.process_time()
        bare.outcomes([record])
        print(time.perf_counter(), time.process_time() - began, flush=True)
        time.sleep(PAUSE_S)


if __name__ == "__main__":
    main(Path(sys.argv[1]))

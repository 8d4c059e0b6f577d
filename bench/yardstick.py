"""How fast the machine is while something else is measured: one article, worked on again and again beside it.

    python -m bench.yardstick ARTICLE MEASURES

A virtual machine is faster or slower by half from one minute to the next, processor time included: who else is on the
processor decides how fast it is and how much of its caches is left. What is measured minutes apart can be compared only
in work of the same time. What is measured is part of that time too: where it spoils the caches, this article is slower
as well, so its own milliseconds are shown beside what is compared in it.

ARTICLE is a record as `bench.bare` reads it. MEASURES gets a line for each time it was worked on, half a second after
the last: when (`time.perf_counter`, which all processes of a machine share) and how many seconds of processor time.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import mean

from bench import contestants, material
from streams.errors import KabarError
from streams.settings import load

PAUSE_S = 0.5
FEWEST = 5
"""Measures that a mean is taken of."""
_START_S = 60.0
_WORDS = 300


class Yardstick:
    """What it measured up to now.

    Args:
        measures: the file of its measures.
        process: that writes them.
    """

    def __init__(self, measures: Path, process: subprocess.Popen[bytes]) -> None:
        self._measures = measures
        self._process = process

    def cpu_seconds(self, began: float, ended: float) -> float | None:
        """The mean time that the article took between two points of `time.perf_counter`.

        Where these lie so near each other that there are few measures in between, the nearest ones before and after
        count as well.

        Returns:
            None if it is no longer at work, or has hardly begun.
        """
        measures = list(self._written())
        within = [cost for when, cost in measures if began <= when <= ended]
        if len(within) < FEWEST:
            middle = (began + ended) / 2
            within = [cost for _, cost in sorted(measures, key=lambda one: abs(one[0] - middle))[:FEWEST]]
        is_at_work = self._process.poll() is None
        return mean(within) if is_at_work and len(within) >= FEWEST else None

    def is_ready(self) -> bool:
        """Whether it has measured anything."""
        return any(self._written())

    def _written(self) -> Iterator[tuple[float, float]]:
        text = self._measures.read_text(encoding="utf-8") if self._measures.exists() else ""
        for line in text.split("\n")[:-1]:
            when, cost = line.split()
            yield float(when), float(cost)


@contextmanager
def at_work(folder: Path) -> Iterator[Yardstick]:
    """A process of its own, for as long as the block lasts.

    Args:
        folder: for its files.

    Raises:
        KabarError: it does not get to work.
    """
    own = folder / "yardstick"
    own.mkdir()
    article, measures, log = own / "article", own / "measures", own / "log"
    article.write_bytes(material.line(*material.articles_of(_WORDS, 1)))
    environment = contestants.environment(load(), own)
    with contestants.child(
        "bench.yardstick", str(article), str(measures), environment=environment, log=log
    ) as process:
        yardstick, deadline = Yardstick(measures, process), time.monotonic() + _START_S
        while process.poll() is None and not yardstick.is_ready() and time.monotonic() < deadline:
            time.sleep(PAUSE_S)
        if process.poll() is not None or not yardstick.is_ready():
            raise KabarError(
                f"The article beside the measurements is not worked on: {contestants.last_words(log)}"
            )
        yield yardstick


def main(article: Path, measures: Path) -> None:
    """Works until it is killed."""
    from bench import bare  # noqa: PLC0415 - the model, which the process that measures has no room for
    from streams.records import Emit  # noqa: PLC0415

    [record] = bare.read(article)
    [outcome] = bare.outcomes([record])
    if not isinstance(outcome, Emit):
        raise SystemExit(f"It is a dead letter: {outcome.message}")
    with measures.open("w", encoding="utf-8", buffering=1) as file:
        while True:
            began = time.process_time()
            bare.outcomes([record])
            file.write(f"{time.perf_counter()} {time.process_time() - began}\n")
            time.sleep(PAUSE_S)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))

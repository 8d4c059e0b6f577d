"""What an article, or a word, costs as there is more: of articles, words in each, workers and partitions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from bench import material, yardstick
from bench.brokers import Broker
from bench.contestants import KABAR, language_processes
from bench.telling import Step, Tell
from bench.throughput import Measured, measure
from bench.yardstick import Yardstick
from streams.settings import usable_cores
from tests.broker.pipeline import Raw

ARTICLES, WORDS, WORKERS, PARTITIONS = "articles", "words per article", "workers", "partitions"
SIZES = {
    ARTICLES: (1_000, 10_000, 50_000),
    WORDS: (300, 1_000, 5_000),
    WORKERS: (1, 2, 4),
    PARTITIONS: (1, 4, 16),
}
"""What grows, and to what."""
ROUNDS = 4
"""But great numbers of articles are measured once: it takes long, and is a mean of many."""
_WORDS_IN_ALL = 300_000
_ARTICLES = 1_000


@dataclass(frozen=True, slots=True)
class Case:
    """One point of one series."""

    series: str
    size: int
    round: int

    @property
    def name(self) -> str:
        """For people."""
        return f"{self.size:,} {self.series}"


def cases(scale: float) -> list[Case]:
    """All that is measured, in order: each series in turn, again and again, so that what else runs hits all alike."""
    few, *many = SIZES[ARTICLES]
    once = [Case(ARTICLES, size, 0) for size in many]
    again = [
        Case(series, size, round_)
        for round_ in range(ROUNDS if scale >= 1 else 1)
        for series, sizes in ((ARTICLES, (few,)), *list(SIZES.items())[1:])
        for size in sizes
    ]
    return [*again, *once]


def run(broker: Broker, *, scale: float, folder: Path, step: Step) -> Iterator[dict[str, Any]]:
    """Measures all cases on a broker that is awake.

    Args:
        broker: where.
        scale: 1 for all articles, less for fewer of them.
        folder: for the workers' files.
        step: told what comes next; its result is told how far that is.
    """
    with yardstick.at_work(folder) as beside:
        for case in cases(scale):
            found = _measured(case, broker, scale, folder, step(case.name), beside)
            yield {**asdict(case), "has_more_workers_than_cores": _crowded(case), **_figures(case, found)}


def _crowded(case: Case) -> bool:
    return case.series == WORKERS and case.size > usable_cores()


def _figures(case: Case, found: Measured) -> dict[str, Any]:
    figures: dict[str, Any] = {
        **asdict(found),
        "series": case.series,
        "round": case.round,
        "cpu_per_unit": None,
        "of_yardstick": None,
        "per_second": None,
    }
    if found.fault is None:
        per_word = case.size if case.series == WORDS else 1
        figures["cpu_per_unit"] = found.cpu_per_article / per_word
        figures["per_second"] = found.per_second
    if found.fault is None and found.yardstick_seconds:
        figures["of_yardstick"] = figures["cpu_per_unit"] / found.yardstick_seconds
    return figures


def _measured(
    case: Case, broker: Broker, scale: float, folder: Path, tell: Tell, beside: Yardstick
) -> Measured:
    workers = case.size if case.series == WORKERS else 1
    number = _number(case, scale)
    warm_up = material.warm_up(number)
    return measure(
        replace(KABAR, processes=workers),
        broker,
        _articles(case, number + warm_up),
        warm_up=warm_up,
        folder=folder,
        tell=tell,
        yardstick=beside,
        nlp_processes=language_processes(workers),
        # It is held while all of them are published, which for the most takes longer than the usual.
        session_timeout_seconds=60.0,
        **({"partitions": case.size} if case.series == PARTITIONS else {}),
    )


def _number(case: Case, scale: float) -> int:
    full = {ARTICLES: case.size, WORDS: _WORDS_IN_ALL // case.size}.get(case.series, _ARTICLES)
    return max(material.FEWEST_WARM_UP, round(full * scale))


def _articles(case: Case, number: int) -> Sequence[Raw]:
    if case.series == ARTICLES:
        return material.short_articles(number)
    if case.series == WORDS:
        return material.articles_of(case.size, number)
    return material.articles(case.round * number, number)

"""From raw figures to verdicts: medians of ratios, each beside its bar and its aim."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median, quantiles
from typing import Any

from bench.brokers import TITLES
from bench.contestants import KABAR
from bench.throughput import BARE

FLAT = 0.10
"""So much may the cost of an article differ from the middle size's, and that of a word more from the first step's."""

CPU = "cpu_per_unit"
OF_YARDSTICK = "of_yardstick"
"""The same in articles of the yardstick's, which was worked on in the same time."""

Figures = Mapping[str, Any]
"""One run of one contestant, as in results.json."""


@dataclass(frozen=True, slots=True)
class Spread:
    """A figure over the rounds."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread | None:
        """Of the values; None without any."""
        return cls(median(values), min(values), max(values)) if values else None


@dataclass(frozen=True, slots=True)
class Goal:
    """A bar or an aim."""

    limit: float
    is_most: bool = False
    """Whether the figure may be that at most, where it else has to be that at least."""
    is_strict: bool = False
    """Whether the limit itself will not do."""

    def holds(self, value: float) -> bool:
        """Whether the value is on the right side."""
        if value == self.limit:
            return not self.is_strict
        return value < self.limit if self.is_most else value > self.limit

    def text(self, unit: str) -> str:
        """For people, as in `at most 300 ms`."""
        words = {(True, False): "at most", (True, True): "under", (False, False): "at least"}
        return f"{words.get((self.is_most, self.is_strict), 'over')} {shown(self.limit, unit)}"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table."""

    name: str
    measured: Spread | None
    """None if every run of it failed."""
    unit: str
    bar: Goal
    aim: Goal | None = None
    is_excused: bool = False
    """Whether that it was not measured is no miss of ours: a rival that failed."""

    @property
    def is_missed(self) -> bool:
        """Whether the bar is."""
        if self.measured is None:
            return not self.is_excused
        return not self.bar.holds(self.measured.median)

    @property
    def verdict(self) -> str:
        """In words."""
        if self.measured is None:
            return "not measured" if self.is_excused else "**missed**, not measured"
        if self.is_missed:
            return "**missed**"
        if self.aim is None:
            return "met"
        return "met, and the aim" if self.aim.holds(self.measured.median) else "met, not the aim"


def shown(value: float, unit: str) -> str:
    """A figure with its unit, no more precise than it can be."""
    digits = 0 if value >= 100 else 1 if value >= 20 else 2 if value >= 1 or unit == "x" else 3
    return f"{value:,.{digits}f}{unit if unit in ('x', '') else ' ' + unit}"


def rows(parts: Mapping[str, Any]) -> list[Row]:
    """Every line of the table, of the parts that were run."""
    made: dict[str, Callable[[Any], list[Row]]] = {
        "throughput": _throughput,
        "latency": _latency,
        "growth": _growth,
        "start": _start,
    }
    return [row for name, make in made.items() if name in parts for row in make(parts[name])]


def per_second(run: Figures) -> float:
    """Articles a second of a run."""
    return float(run["articles"] / run["seconds"])


def cpu_per_article(run: Figures) -> float:
    """Seconds of processor time that an article took the contestant."""
    return float(run["cpu_seconds"] / run["articles"])


def good(runs: Sequence[Figures]) -> list[Figures]:
    """Those that have figures."""
    return [run for run in runs if run["fault"] is None and run["articles"]]


def values(
    runs: Sequence[Figures], contestant: str, broker: str | None, figure: Callable[[Figures], float]
) -> dict[int, float]:
    """By round, a figure of a contestant on a broker; the mean where it ran more than once."""
    found: dict[int, list[float]] = {}
    for run in good(runs):
        if (run["contestant"], run["broker"]) == (contestant, broker):
            found.setdefault(run["round"], []).append(figure(run))
    return {round_: sum(several) / len(several) for round_, several in found.items()}


def ratio(over: Mapping[int, float], under: Mapping[int, float]) -> Spread | None:
    """The spread of the ratios of the rounds that have both."""
    return Spread.of([over[round_] / under[round_] for round_ in over if round_ in under])


def percentile(values: Sequence[float], percent: int) -> float | None:
    """So many of a hundred values are not above it; None of fewer than two."""
    return quantiles(values, n=100, method="inclusive")[percent - 1] if len(values) > 1 else None


def brokers(runs: Sequence[Figures]) -> list[str]:
    """Those that something ran on, in order."""
    return [name for name in TITLES if any(run["broker"] == name for run in runs)]


def kabars_rate(parts: Mapping[str, Any], broker: str) -> float | None:
    """Its articles a second on a broker in the first round: latency is measured on the same articles."""
    runs = parts.get("throughput", {}).get("runs", [])
    return values(runs, KABAR.name, broker, per_second).get(0)


def _throughput(part: Figures) -> list[Row]:
    runs, found = part["runs"], []
    for broker in brokers(runs):
        ours, on = values(runs, KABAR.name, broker, per_second), f"on {TITLES[broker]}"
        if not _ran(runs, KABAR.name, broker):
            continue
        bare, bare_cpu = values(runs, BARE, None, per_second), values(runs, BARE, None, cpu_per_article)
        cpu = values(runs, KABAR.name, broker, cpu_per_article)
        if _ran(runs, BARE, None):
            found += [
                Row(f"articles a second, of bare, {on}", ratio(ours, bare), "x", Goal(0.85), Goal(0.95)),
                Row(
                    f"CPU for an article, of bare, {on}",
                    ratio(cpu, bare_cpu),
                    "x",
                    Goal(1.15, is_most=True),
                    Goal(1.05, is_most=True),
                ),
            ]
        for rival in dict.fromkeys(run["contestant"] for run in runs if run["broker"] == broker):
            if rival == KABAR.name:
                continue
            theirs = values(runs, rival, broker, per_second)
            found.append(
                Row(
                    f"articles a second, of {rival}, {on}",
                    ratio(ours, theirs),
                    "x",
                    Goal(1.0, is_strict=True),
                    Goal(1.5) if rival in part["naive"] else None,
                    is_excused=bool(ours) and not theirs,
                )
            )
        memory = values(runs, KABAR.name, broker, lambda run: float(run["pss_mb"]))
        found.append(
            Row(
                f"memory of a worker {on}",
                Spread.of(list(memory.values())),
                "MB",
                Goal(700, is_most=True),
                Goal(400, is_most=True),
            )
        )
    return found


def _ran(runs: Sequence[Figures], contestant: str, broker: str | None) -> bool:
    return any((run["contestant"], run["broker"]) == (contestant, broker) for run in runs)


def _latency(part: Figures) -> list[Row]:
    found = []
    for run in part["runs"]:
        on = f"on {TITLES[run['broker']]}"
        many, alone = run["half_load_ms"], run["alone_ms"]
        for percent, bar, aim in ((50, 300, 100), (99, 1_000, 300)):
            found.append(
                Row(
                    f"latency at half load, p{percent}, {on}",
                    _at(many, percent),
                    "ms",
                    Goal(bar, is_most=True),
                    Goal(aim, is_most=True),
                )
            )
        found.append(
            Row(
                f"latency of one article on an idle system, median, {on}",
                _at(alone, 50),
                "ms",
                Goal(250, is_most=True),
                Goal(60, is_most=True),
            )
        )
    return found


def _at(values: Sequence[float], percent: int) -> Spread | None:
    value = percentile(values, percent)
    return None if value is None else Spread(value, min(values), max(values))


def compared(part: Figures) -> str:
    """In which figure costs are compared: `CPU` where nothing was worked on beside them."""
    return OF_YARDSTICK if all(OF_YARDSTICK in run for run in part["runs"]) else CPU


def by_size(part: Figures, figure: str) -> dict[str, dict[int, Spread | None]]:
    """By series and size, a figure of growth; of costs, that of an article, or of a word where these grow."""
    found: dict[str, dict[int, list[float]]] = {}
    for run in part["runs"]:
        costs = found.setdefault(run["series"], {}).setdefault(run["size"], [])
        if run.get(figure) is not None:
            costs.append(run[figure])
    return {
        series: {size: Spread.of(costs) for size, costs in sizes.items()} for series, sizes in found.items()
    }


def _growth(part: Figures) -> list[Row]:
    figure = compared(part)
    by_series: dict[str, dict[int, dict[int, float]]] = {}
    for run in part["runs"]:
        of_size = by_series.setdefault(run["series"], {}).setdefault(run["size"], {})
        if run[figure] is not None:
            of_size[run["round"]] = run[figure]
    found = []
    for series, sizes in by_series.items():
        found += _is_linear(series, sizes) if series.startswith("words") else _is_flat(series, sizes)
    return found


def _is_flat(series: str, sizes: Mapping[int, Mapping[int, float]]) -> list[Row]:
    """A row for each size but the middle one; a round's costs are compared with each other, if there are several."""
    ordered = sorted(sizes)
    middle = ordered[len(ordered) // 2]
    if len(sizes[middle]) == 1:
        sizes = {size: {0: median(costs.values())} for size, costs in sizes.items() if costs}
    return [
        _away(
            f"cost of an article with {size:,} {series}: difference from the middle size",
            ratio(sizes.get(size, {}), sizes.get(middle, {})),
        )
        for size in ordered
        if size != middle
    ]


def _is_linear(series: str, sizes: Mapping[int, Mapping[int, float]]) -> list[Row]:
    """A row for each size but the first two: what a word more costs from the one before on, beside the first step."""
    steps = list(pairwise(sorted(sizes)))
    base = f"{steps[0][0]:,} to {steps[0][1]:,}"
    first, *others = [
        {
            round_: (sizes[more][round_] * more - sizes[few][round_] * few) / (more - few)
            for round_ in sizes[few]
            if round_ in sizes[more]
        }
        for few, more in steps
    ]
    return [
        _away(
            f"cost of each word more, from {few:,} to {more:,} {series}: difference from {base}",
            ratio(cost, first),
        )
        for (few, more), cost in zip(steps[1:], others, strict=True)
    ]


def _away(name: str, found: Spread | None) -> Row:
    away = None if found is None else abs(found.median - 1) * 100
    return Row(
        name,
        None if away is None else Spread(away, away, away),
        "%",
        Goal(FLAT * 100, is_most=True),
    )


def _start(part: Figures) -> list[Row]:
    return [
        Row(
            f"start of a worker to its first event on {TITLES[broker]}",
            Spread.of(
                [
                    run["seconds"]
                    for run in part["runs"]
                    if run["broker"] == broker and run["seconds"] is not None
                ]
            ),
            "s",
            Goal(8, is_most=True),
            Goal(4, is_most=True),
        )
        for broker in brokers(part["runs"])
    ]

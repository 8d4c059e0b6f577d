"""The four parts of the benchmark of speed: what each needs, and what it keeps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.metadata import distributions, version
from pathlib import Path
from typing import Any

from bench import growth, latency, material, results, start, throughput
from bench.brokers import EMBEDDED, KAFKA, Brokers
from bench.contestants import KABAR, OVERLAY, Contestant, rivals
from bench.telling import Step
from streams.settings import load, usable_cores

Run = dict[str, Any]


@dataclass(frozen=True)
class Plan:
    """What is asked for."""

    rounds: int
    articles: int
    """Of each round."""
    brokers: tuple[str, ...]
    only: tuple[str, ...] = ()
    """Parts of the names of contestants; all of them without."""
    scale: float = 1.0
    """Of the other parts than throughput: less than 1 is for trying them."""

    def contestants(self) -> list[Contestant | None]:
        """Those that take part; None is `bare`."""
        everybody = (None, KABAR, *rivals(usable_cores()))
        return [
            one
            for one in everybody
            if not self.only or any(part.lower() in _name(one).lower() for part in self.only)
        ]

    def times(self, full: int, least: int) -> int:
        """So often, scaled."""
        return max(least, round(full * min(1.0, self.scale)))


def _name(one: Contestant | None) -> str:
    return one.name if one else throughput.BARE


@dataclass
class Session:
    """What the parts share."""

    plan: Plan
    brokers: Brokers
    folder: Path
    step: Step
    known: dict[str, Any] = field(default_factory=dict)
    """All parts, those that were run before too."""


@dataclass(frozen=True)
class Part:
    """One of them."""

    steps: Callable[[Plan], int]
    """How many runs it has."""
    about: Callable[[Plan], dict[str, Any]]
    """What else is kept beside the runs."""
    runs: Callable[[Session], Iterator[Run]]


def _throughput(session: Session) -> Iterator[Run]:
    plan = session.plan
    return throughput.rounds(
        session.brokers,
        plan.brokers,
        plan.contestants(),
        number=plan.rounds,
        size=plan.articles,
        folder=session.folder,
        step=session.step,
    )


def _about_throughput(plan: Plan) -> dict[str, Any]:
    found = {one.metadata["Name"]: one.version for one in distributions(path=[str(OVERLAY)])}
    return {
        "rounds": plan.rounds,
        "articles": plan.articles,
        "warm_up": material.warm_up(plan.articles),
        "cores": usable_cores(),
        "partitions": load().partitions,
        "naive": [one.name for one in plan.contestants() if one and one.is_naive],
        "versions_of_rivals": {
            "faststream": version("faststream"),
            "quixstreams": found.get("quixstreams", "?"),
        },
    }


def _latency(session: Session) -> Iterator[Run]:
    plan = session.plan
    for name in plan.brokers:
        tell = session.step(f"latency on {name}")
        with session.brokers.awake(name) as broker:
            rate = results.kabars_rate(session.known, name)
            if rate is None:
                warm_up = material.warm_up(plan.articles)
                articles = material.articles(0, plan.articles + warm_up)
                calibration = throughput.measure(
                    KABAR, broker, articles, warm_up=warm_up, folder=session.folder, tell=tell
                )
                if calibration.fault is not None:
                    yield latency.failed(name, calibration.fault)
                    continue
                rate = calibration.per_second
            half = latency.Plan(rate / 2, seconds=_latency_seconds(plan), alone=plan.times(30, 5))
            yield latency.measure(broker, half, folder=session.folder, tell=tell)


def _latency_seconds(plan: Plan) -> float:
    return float(plan.times(30, 8))


def _growth_broker(plan: Plan) -> str:
    return KAFKA if KAFKA in plan.brokers else EMBEDDED


def _growth(session: Session) -> Iterator[Run]:
    with session.brokers.awake(_growth_broker(session.plan)) as broker:
        yield from growth.run(broker, scale=session.plan.scale, folder=session.folder, step=session.step)


def _start(session: Session) -> Iterator[Run]:
    for number in range(session.plan.times(start.TIMES, 1)):
        for name in session.plan.brokers:
            session.step(f"start {number + 1} on {name}")
            with session.brokers.awake(name) as broker:
                yield start.measure(broker, folder=session.folder)


PARTS = {
    "throughput": Part(
        lambda plan: plan.rounds * len(plan.brokers) * len(plan.contestants()),
        _about_throughput,
        _throughput,
    ),
    "latency": Part(
        lambda plan: len(plan.brokers), lambda plan: {"seconds": _latency_seconds(plan)}, _latency
    ),
    "growth": Part(
        lambda plan: len(growth.cases(plan.scale)),
        lambda plan: {"broker": _growth_broker(plan), "cores": usable_cores(), "scale": plan.scale},
        _growth,
    ),
    "start": Part(lambda plan: plan.times(start.TIMES, 1) * len(plan.brokers), lambda _plan: {}, _start),
}

"""Memory and lag over time, drawn."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

from bench.soaking import Sample

# The same bytes for the same figures.
mpl.rcParams["svg.hashsalt"] = "kabar"
_METADATA = {"Date": None}


def draw_memory(samples: Sequence[Sample], path: Path) -> None:
    """RSS and USS of each process over minutes."""
    figure = Figure(figsize=(10, 8), layout="constrained")
    upper, lower = figure.subplots(2, sharex=True)
    for axes, kind in ((upper, "rss"), (lower, "uss")):
        for name in dict.fromkeys(name for sample in samples for name in sample.memory):
            points = [(s.at / 60, getattr(s.memory[name], kind)) for s in samples if name in s.memory]
            axes.plot(*zip(*points, strict=True), label=name, linewidth=1.2)
        axes.set_ylabel(f"{kind.upper()}, MB")
        axes.set_ylim(bottom=0)
        axes.grid(alpha=0.3)
    lower.set_xlabel("minutes")
    figure.legend(*upper.get_legend_handles_labels(), loc="outside right upper", fontsize="small")
    figure.savefig(path, metadata=_METADATA)


def draw_lag(samples: Sequence[Sample], path: Path) -> None:
    """Records not committed yet, by topic, and articles a second, over minutes."""
    figure = Figure(figsize=(10, 6), layout="constrained")
    upper, lower = figure.subplots(2, sharex=True)
    minutes = [sample.at / 60 for sample in samples]
    for topic in samples[-1].progress.lag:
        upper.plot(minutes, [sample.progress.lag[topic] for sample in samples], label=topic, linewidth=1.2)
    upper.set_ylabel("records not committed")
    upper.legend(fontsize="small")
    rates = [(b.progress.out - a.progress.out) / (b.at - a.at) for a, b in pairwise(samples)]
    lower.plot(minutes[1:], rates, linewidth=1.2)
    lower.set_ylabel("articles a second")
    lower.set_xlabel("minutes")
    for axes in (upper, lower):
        axes.set_ylim(bottom=0)
        axes.grid(alpha=0.3)
    figure.savefig(path, metadata=_METADATA)

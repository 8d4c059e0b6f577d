"""What the benchmark of speed measured, drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench import results
from bench.brokers import TITLES
from bench.contestants import KABAR
from bench.results import Figures

# The same bytes for the same figures.
mpl.rcParams["svg.hashsalt"] = "kabar"
_METADATA = {"Date": None}
_OURS, _OTHERS, _BARE = "tab:orange", "tab:blue", "tab:gray"


def draw(parts: Mapping[str, Any], folder: Path) -> None:
    """A plot of each part that has one."""
    for name, plot in (("throughput", draw_throughput), ("latency", draw_latency), ("growth", draw_growth)):
        if name in parts and parts[name]["runs"]:
            plot(parts[name], folder / f"{name}.svg")


def draw_throughput(part: Figures, path: Path) -> None:
    """A bar for each contestant, with the least and the most of the rounds; a row for each broker."""
    runs = results.good(part["runs"])
    brokers = results.brokers(runs) or [None]
    figure = Figure(figsize=(10, 4.5 * len(brokers)), layout="constrained")
    for axes, broker in zip(figure.subplots(len(brokers), squeeze=False)[:, 0], brokers, strict=True):
        _bars(axes, [run for run in runs if run["broker"] in {None, broker}])
        axes.set_title(f"articles a second, {TITLES.get(broker, 'no broker')}")
    figure.savefig(path, metadata=_METADATA)


def _bars(axes: Axes, runs: Sequence[Figures]) -> None:
    names = list(dict.fromkeys(run["contestant"] for run in runs))
    spreads = {
        name: results.Spread.of([results.per_second(run) for run in runs if run["contestant"] == name])
        for name in names
    }
    for name, found in sorted(spreads.items(), key=lambda item: item[1].median if item[1] else 0.0):
        if found is not None:
            colour = {KABAR.name: _OURS, "bare": _BARE}.get(name, _OTHERS)
            reach = [[found.median - found.least], [found.most - found.median]]
            axes.barh(name, found.median, xerr=reach, color=colour, capsize=3)
    axes.grid(alpha=0.3, axis="x")


def draw_latency(part: Figures, path: Path) -> None:
    """The share of articles that were out within a time."""
    figure = Figure(figsize=(10, 4), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    for axes, kind, title in ((left, "half_load_ms", "at half load"), (right, "alone_ms", "alone")):
        for run in part["runs"]:
            latencies = sorted(run[kind])
            shares = [(place + 1) / len(latencies) for place in range(len(latencies))]
            axes.step(latencies, shares, where="post", label=TITLES[run["broker"]])
        axes.set_title(title)
        axes.set_xlabel("ms from raw to enriched")
        axes.set_xlim(left=0)
        axes.grid(alpha=0.3)
    left.set_ylabel("share of articles")
    left.legend(fontsize="small")
    figure.savefig(path, metadata=_METADATA)


def draw_growth(part: Figures, path: Path) -> None:
    """The cost of an article, or a word, beside that of the middle size, with the limits of flat."""
    series = results.by_size(part, results.compared(part))
    figure = Figure(figsize=(10, 3.5), layout="constrained")
    all_axes = figure.subplots(1, len(series), sharey=True, squeeze=False)[0]
    for axes, (name, sizes) in zip(all_axes, series.items(), strict=True):
        known = {size: cost for size, cost in sorted(sizes.items()) if cost is not None}
        ordered = sorted(sizes)
        middle = known.get(ordered[len(ordered) // 2])
        if middle is not None:
            places = [f"{size:,}" for size in known]
            medians = [cost.median / middle.median for cost in known.values()]
            reach = [
                [(cost.median - cost.least) / middle.median for cost in known.values()],
                [(cost.most - cost.median) / middle.median for cost in known.values()],
            ]
            axes.errorbar(places, medians, yerr=reach, marker="o", color=_OURS, capsize=3)
        axes.axhspan(1 - results.FLAT, 1 + results.FLAT, color=_OTHERS, alpha=0.15)
        axes.set_title(name)
    # They share it, and the first to set it would fix it for the others.
    all_axes[0].set_ylim(bottom=0)
    figure.supylabel("cost, of the middle size")
    figure.savefig(path, metadata=_METADATA)

"""What came out of a long run: figures, the verdict, and the page that shows them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from statistics import fmean
from typing import Any

from bench.machine import machine, versions
from bench.memory import ALLOWED_GROWTH, NOISE_MB, Quarters
from bench.soaking import Run, Sample
from tests.chaos.corpus import EVERY_NTH_BROKEN

NOT_JUDGED = ("broker",)
"""Not ours, and bounded by its heap (-Xmx512m), which it fills as it likes."""
LAWS = ("lost", "on_both", "wrong_ids", "changed", "unlike", "of_nothing")
"""What the audit counts and none of which may be."""
_KINDS = ("rss", "pss", "uss")
_JUDGED_KINDS = ("rss", "uss")
_SHARES_ALL = " fork server"
"""Of what it holds more is its own when a process forked from it ends: its USS says nothing of growth."""


def results(run: Run, *, command: str) -> dict[str, Any]:
    """All figures of a run, and whether it met the bar, as JSON takes them."""
    memory, counts = _memory(run.samples), _counts(run)
    return {
        "command": command,
        "asked_articles": run.plan.articles,
        "workers": run.plan.workers,
        "processes_per_worker": run.plan.processes,
        "ahead": run.plan.ahead,
        "is_cut_short": run.is_cut_short,
        "machine": {**machine(), "load_average": _mean_and_max(run.load_average)},
        "versions": versions(),
        "counts": counts,
        "notes": [],
        "minutes": round(run.samples[-1].at / 60, 1) if run.samples else 0.0,
        "articles_per_second": _throughput(run.samples),
        "lag": _lag(run.samples),
        "memory_mb": memory,
        "misses": [*run.faults, *_conservation(counts), *_growth(memory)],
    }


def _counts(run: Run) -> dict[str, int] | None:
    found = run.audit
    if found is None:
        return None
    return {
        "published": found.raw,
        "enriched": found.enriched,
        "dead": found.dead,
        "no_articles": found.raw // EVERY_NTH_BROKEN,
        "repeats": found.repeats,
        **{law: len(getattr(found, law)) for law in LAWS},
    }


def _conservation(counts: dict[str, int] | None) -> list[str]:
    if counts is None:
        return ["ended before the topics could be audited"]
    misses = [f"{law.replace('_', ' ')}: {counts[law]:,}" for law in LAWS if counts[law]]
    if good := counts["dead"] - counts["no_articles"]:
        misses.append(f"dead letters that were good articles: {good:,}")
    return misses


def _memory(samples: Sequence[Sample]) -> dict[str, dict[str, Any]]:
    """By process: means of its quarters, and growth from the second to the last."""
    names = dict.fromkeys(name for sample in samples for name in sample.memory)
    end = samples[-1].at if samples else 0.0
    found: dict[str, dict[str, Any]] = {}
    for name in names:
        found[name] = {"is_judged": name not in NOT_JUDGED}
        for kind in _KINDS:
            measured = [(s.at, getattr(s.memory[name], kind)) for s in samples if name in s.memory]
            quarters = Quarters.of(measured, start=0.0, end=end)
            found[name][kind] = {
                "quarters": [None if mean is None else round(mean, 1) for mean in quarters.means],
                "growth": None if quarters.growth is None else round(quarters.growth, 4),
                "is_flat": quarters.is_flat,
            }
    return found


def _growth(memory: dict[str, dict[str, Any]]) -> list[str]:
    judged = {name: kinds for name, kinds in memory.items() if kinds["is_judged"]}
    passing = _passing(memory)
    misses = [
        f"{kind.upper()} of {name} grew by {growth:.1%} from the second quarter to the last"
        for name, kinds in judged.items()
        for kind in _JUDGED_KINDS
        if not (kind == "uss" and name.endswith(_SHARES_ALL))
        if (growth := kinds[kind]["growth"]) is not None and not kinds[kind]["is_flat"]
    ]
    workers = [name for name in judged if re.fullmatch(r"worker \d+", name)] or ["any worker"]
    lasting = [name for name in judged if name not in passing]
    misses += [
        f"no language process of {worker} was measured in the second quarter and in the last"
        for worker in workers
        if not any(name.startswith(f"{worker} child") for name in lasting)
    ]
    return misses + [
        f"{name} was measured too rarely to be judged"
        for name in judged
        if name in passing and " child " not in name
    ]


def _passing(memory: dict[str, dict[str, Any]]) -> list[str]:
    """Those that were not there, or measured too rarely, in the second quarter or in the last."""
    return [name for name, kinds in memory.items() if kinds["uss"]["growth"] is None]


def _throughput(samples: Sequence[Sample]) -> dict[str, Any]:
    if len(samples) < 5:
        return {"mean": None, "quarters": []}
    cuts = [samples[(len(samples) - 1) * part // 4] for part in range(5)]

    def rate(start: Sample, end: Sample) -> float:
        return round((end.progress.out - start.progress.out) / (end.at - start.at), 1)

    return {"mean": rate(cuts[0], cuts[-1]), "quarters": [rate(*pair) for pair in pairwise(cuts)]}


def _lag(samples: Sequence[Sample]) -> dict[str, dict[str, float]]:
    if not samples:
        return {}
    last = samples[-1].progress.lag
    return {
        topic: {**_mean_and_max([sample.progress.lag[topic] for sample in samples]), "end": last[topic]}
        for topic in last
    }


def _mean_and_max(values: Sequence[float]) -> dict[str, float]:
    return {"mean": round(fmean(values), 1), "max": round(max(values), 1)} if values else {}


def page(found: dict[str, Any]) -> str:
    """The README of a run's folder."""
    return "\n".join([*_head(found), *_memory_table(found), *_lag_table(found)]) + "\n"


def _head(found: dict[str, Any]) -> list[str]:
    counts, ran_on = found["counts"], found["machine"]
    verdict = "The bar is met." if not found["misses"] else "The bar is missed:"
    size = f"{counts['published']:,} of {found['asked_articles']:,}" if counts else "not counted, of"
    short = " It was ended before all articles were published." if found["is_cut_short"] else ""
    came = (
        f"{counts['enriched']:,} came out enriched and {counts['dead']:,} as dead letters ({counts['no_articles']:,}"
        f" records were no articles); **{counts['lost']:,} lost**, {counts['repeats']:,} written twice."
        if counts
        else "It was ended before the topics were audited."
    )
    ran = (
        f"{found['workers']} workers with {found['processes_per_worker']} language process each on {ran_on['cores']}"
        f" cores ({ran_on['cpu']}), {ran_on['memory_gb']} GB, {ran_on['system']}. The load average was"
        f" {ran_on['load_average'].get('mean')}, at most {ran_on['load_average'].get('max')}; it counts whatever"
        " else ran there, so throughput measures that too."
    )
    bar = (
        f" 0 lost, and the memory of every process of ours is flat: the mean of its last quarter is at most"
        f" {ALLOWED_GROWTH:.0%} (or {NOISE_MB:g} MB) above that of the second."
    )
    return [
        "# Soak",
        "",
        "Articles through workers for as long as it takes, with the memory of every process measured on the way.",
        "This page is written by `bench/soak.py` from `results.json`.",
        "",
        f"    {found['command']}",
        "",
        f"**{verdict}**{'' if found['misses'] else bar}",
        *(f"- {miss}" for miss in found["misses"]),
        "",
        f"Articles: {size} in {found['minutes']:g} minutes, {found['articles_per_second']['mean']} a second.{short}",
        came,
        "",
        *(line for note in found["notes"] for line in (note, "")),
        ran,
        "",
        ", ".join(f"{name} {number}" for name, number in found["versions"].items()) + ".",
        "",
    ]


def _memory_table(found: dict[str, Any]) -> list[str]:
    rows = [
        f"| {name} | {kind.upper()} | {' | '.join(_shown(mean) for mean in of[kind]['quarters'])} |"
        f" {'' if of[kind]['growth'] is None else format(of[kind]['growth'], '+.1%')} |"
        for name, of in found["memory_mb"].items()
        for kind in _KINDS
    ]
    passing = _passing(found["memory_mb"])
    meaning = (
        "Means of the quarters of the run in MB, and growth from the second quarter to the last. USS is what a process"
        " has for itself, PSS adds its share of what it shares, RSS all of what it shares. RSS and USS are judged, but"
        " for the USS of fork servers, which changes with the number of processes forked, and for the broker, which"
        " fills its heap as it likes, up to 512 MB."
    )
    return [
        "## Memory",
        "",
        meaning,
        "",
        "![Memory of each process over time](memory.svg)",
        "",
        "| process | | 1st | 2nd | 3rd | 4th | growth |",
        "|---|---|---:|---:|---:|---:|---:|",
        *rows,
        "",
        *([f"Came or went on the way, and so not judged: {', '.join(passing)}.", ""] if passing else []),
    ]


def _shown(mean: float | None) -> str:
    return "" if mean is None else f"{mean:,.1f}"


def _lag_table(found: dict[str, Any]) -> list[str]:
    ahead = found["ahead"]
    pace = (
        "All were published at once."
        if ahead is None
        else f"At most some {ahead:,} articles were on their way."
    )
    return [
        "## Lag",
        "",
        f"Records that the group has not committed yet. {pace}",
        "",
        "![Lag and throughput over time](lag.svg)",
        "",
        "| topic | mean | most | at the end |",
        "|---|---:|---:|---:|",
        *(
            f"| {topic} | {lag['mean']:,.0f} | {lag['max']:,.0f} | {lag['end']:,.0f} |"
            for topic, lag in found["lag"].items()
        ),
    ]

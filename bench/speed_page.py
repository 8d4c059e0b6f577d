"""The page that shows what the benchmark of speed measured, written from results.json."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bench import results
from bench.brokers import TITLES
from bench.results import Figures, Row, Spread, shown

_THROUGHPUT = """\
Every contestant turns the same articles into the same enriched ones with Kabar's own functions, on the same topics of
{partitions} partitions. In each of the {rounds} rounds each runs once, in another order, with other articles:
{articles:,} are measured, after {warm_up:,} to warm up. When these are out, and each of its processes has its share of
the partitions, it is held (SIGSTOP) while the {articles:,} are published, and measured from when it goes on until all
of them are out: none is begun before, not even its first stage.

**bare** are these functions alone, on articles in memory, in batches of 32, in a pool of {cores} processes: no Kafka,
and no broker awake. **xN** is one process for each core in one consumer group. CPU is user and system time of all
processes of a contestant, and beside it that of the broker. Ratios are taken within a round; below are the median
and, in brackets, the least and the most."""
_RIVALS = """\
The rivals are the scripts in `bench/rivals`: faststream {faststream}, quixstreams {quixstreams}, Faust and aiokafka as
below. Quix Streams runs with the older pydantic and confluent-kafka that it allows."""
_LATENCY = """\
One process publishes to `raw` without linger and reads `enriched`; each latency is from just before the article is
sent until it is read. At half load the articles come at random (Poisson) at half of what Kabar took on that broker in
the first round above, whose articles these are, for {seconds:g} s, of which the first 5 s are not counted. On the idle
system each article comes 0.3 to 0.7 s after the one before it is out."""
_GROWTH = """\
What an article costs as there is more of everything, on {broker}; for articles of growing length what a word costs.
{compared}The table shows medians; the verdicts above compare within a round where there are several, and of words what
each more costs: an article has a price of its own, whatever its length. {note}"""
_BESIDE = """\
The machine is not always as fast, so one article of 300 words is worked on beside all of this, again and again with
half a second between, in a process of its own that takes some 3 % of two cores; costs are compared in it. Its own time
is in the table: what is measured slows it down as well, and where sizes do so unequally, that is not seen in what is
compared. """
_CROWDED = (
    "Where there are more workers than the {cores} cores, CPU for an article counts, not articles a second."
)
_START = "From the start of the process of `kabar worker` until the one article that waits for it is on `enriched`."


def page(found: Mapping[str, Any], *, findings: str = "") -> str:
    """The README of the benchmark's folder.

    Args:
        found: what results.json holds.
        findings: a text that is put in as it is.
    """
    parts = found["parts"]
    rows = results.rows(parts)
    lines = [
        "# Speed",
        "",
        "Written by `bench/speed.py` (`make bench`) from `results.json`.",
        "",
        *_table(rows),
        "",
    ]
    if findings:
        lines += [findings.strip(), ""]
    shows: dict[str, Callable[[Any], list[str]]] = {
        "throughput": _throughput,
        "latency": _latency,
        "growth": _growth,
        "start": _start,
    }
    for name, show in shows.items():
        if name in parts:
            lines += [*show(parts[name]), *_ran(parts[name]), ""]
    return "\n".join(lines).rstrip() + "\n"


def spread(found: Spread | None, unit: str) -> str:
    """A median with the least and the most."""
    if found is None:
        return "–"
    text = shown(found.median, unit)
    if found.least == found.most:
        return text
    return f"{text} ({shown(found.least, '')}–{shown(found.most, '')})"


def _table(rows: Sequence[Row]) -> list[str]:
    missed = sum(row.is_missed for row in rows)
    verdict = (
        f"**{missed} of {len(rows)} bars are missed.**" if missed else f"**All {len(rows)} bars are met.**"
    )
    return [
        verdict,
        "",
        "| | measured | bar | aim | |",
        "|---|---:|---:|---:|---|",
        *(
            f"| {row.name} | {spread(row.measured, row.unit)} | {row.bar.text(row.unit)} |"
            f" {row.aim.text(row.unit) if row.aim else ''} | {row.verdict} |"
            for row in rows
        ),
    ]


def _throughput(part: Figures) -> list[str]:
    lines = [
        "## Throughput",
        "",
        _THROUGHPUT.format(**part),
        "",
        _RIVALS.format(**part["versions_of_rivals"]),
        "",
    ]
    lines += ["![Articles a second](throughput.svg)", ""]
    lines += [
        "| | articles a second | CPU ms an article | of the broker | memory MB | repeats |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    runs = part["runs"]
    for broker, name in dict.fromkeys((run["broker"], run["contestant"]) for run in _sorted(runs)):
        mine = [run for run in results.good(runs) if (run["broker"], run["contestant"]) == (broker, name)]
        where = f", {TITLES[broker]}" if broker else ""
        lines.append(
            f"| {name}{where} | {spread(Spread.of([results.per_second(run) for run in mine]), '')} |"
            f" {spread(Spread.of([1000 * results.cpu_per_article(run) for run in mine]), '')} |"
            f" {_broker_cpu(mine) if broker else ''} |"
            f" {spread(Spread.of([run['pss_mb'] for run in mine if run['pss_mb']]), '') if broker else ''} |"
            f" {sum(run['repeats'] for run in mine) or ''} |"
        )
    return [*lines, "", *_notes(runs)]


def _sorted(runs: Sequence[Figures]) -> list[Figures]:
    order = [None, *TITLES]
    return sorted(runs, key=lambda run: order.index(run["broker"]))


def _broker_cpu(runs: Sequence[Figures]) -> str:
    return spread(Spread.of([1000 * run["broker_cpu_seconds"] / run["articles"] for run in runs]), "")


def _notes(runs: Sequence[Figures]) -> list[str]:
    lines = [
        f"- Round {run['round'] + 1}, {run['contestant']} on {TITLES.get(run['broker'], 'no broker')}: {run['fault']}"
        for run in runs
        if run["fault"]
    ]
    lines += [
        f"- Round {run['round'] + 1}, {run['contestant']} on {TITLES[run['broker']]}: half of the articles were out"
        " before each of its processes took part, so they are measured from then on."
        for run in runs
        if not run["all_took_part"]
    ]
    return ["Not as planned:", "", *lines, ""] if lines else []


def _latency(part: Figures) -> list[str]:
    lines = ["## Latency", "", _LATENCY.format(**part), "", "![Latency](latency.svg)", ""]
    lines += [
        "| | articles a second | counted | p50 ms | p99 ms | alone: median ms | p90 ms |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for run in part["runs"]:
        many, alone = run["half_load_ms"], run["alone_ms"]
        figures = [results.percentile(many, 50), results.percentile(many, 99)]
        figures += [results.percentile(alone, 50), results.percentile(alone, 90)]
        told = " | ".join("–" if figure is None else shown(figure, "") for figure in figures)
        lines.append(f"| {TITLES[run['broker']]} | {shown(run['rate'], '')} | {len(many)} | {told} |")
    late = max((run["behind_ms"] for run in part["runs"]), default=0.0)
    lines += ["", f"The publisher was at most {late:.0f} ms behind its times.", ""]
    return [*lines, *(f"- {TITLES[run['broker']]}: {run['fault']}" for run in part["runs"] if run["fault"])]


def _growth(part: Figures) -> list[str]:
    crowded = any(run["has_more_workers_than_cores"] for run in part["runs"])
    note = _CROWDED.format(cores=part["cores"]) if crowded else ""
    if part["scale"] < 1:
        note += f" **A trial, with {part['scale']:.1%} of the articles.**"
    figure = results.compared(part)
    told = _BESIDE if figure == results.OF_YARDSTICK else ""
    text = _GROWTH.format(broker=TITLES[part["broker"]], note=note, compared=told).strip()
    lines = ["## As work grows", "", text, "", "![Cost as work grows](growth.svg)", ""]
    lines += ["| | CPU ms | the article beside it | compared, from the middle | articles a second |"]
    lines += ["|---|---:|---:|---:|---:|"]
    costs, compared = results.by_size(part, results.CPU), results.by_size(part, figure)
    beside, rates = results.by_size(part, "yardstick_seconds"), results.by_size(part, "per_second")
    for series, sizes in costs.items():
        ordered = sorted(sizes)
        middle = compared[series][ordered[len(ordered) // 2]]
        unit = " a word" if series.startswith("words") else " an article"
        for size in ordered:
            cost, other = _in_ms(sizes[size]), _in_ms(beside[series][size])
            away = _away(compared[series][size], middle)
            rate = spread(rates[series][size], "")
            lines.append(
                f"| {size:,} {series} | {spread(cost, '')}{unit} | {spread(other, '')} | {away} | {rate} |"
            )
    faults = [f"- {run['size']:,} {run['series']}: {run['fault']}" for run in part["runs"] if run["fault"]]
    return [*lines, "", *faults]


def _in_ms(seconds: Spread | None) -> Spread | None:
    return seconds and Spread(seconds.median * 1e3, seconds.least * 1e3, seconds.most * 1e3)


def _away(cost: Spread | None, middle: Spread | None) -> str:
    if cost is None or middle is None:
        return "–"
    away = [f"{each / middle.median - 1:+.1%}" for each in (cost.median, cost.least, cost.most)]
    return away[0] if cost.least == cost.most else f"{away[0]} ({away[1]} to {away[2]})"


def _start(part: Figures) -> list[str]:
    lines = ["## Start", "", _START, "", "| | seconds |", "|---|---|"]
    for broker in results.brokers(part["runs"]):
        mine = [run for run in part["runs"] if run["broker"] == broker]
        told = ", ".join("–" if run["seconds"] is None else f"{run['seconds']:.2f}" for run in mine)
        lines.append(f"| {TITLES[broker]} | {told} |")
    return [*lines, "", *(f"- {run['fault']}" for run in part["runs"] if run["fault"])]


def _ran(part: Figures) -> list[str]:
    """When and on what: each part may be of another run."""
    on, loads = part["machine"], [run["load_average"] for run in part["runs"]]
    load = f" Load average {min(loads):.1f} to {max(loads):.1f}." if loads else ""
    short = " **It was ended before all was measured.**" if part["is_cut_short"] else ""
    return [
        f"    {part['command']}",
        "",
        f"{part['when']}, commit {part['commit']}, in {part['minutes']:g} minutes.{load}{short}",
        f"{on['cores']} cores ({on['cpu']}), {on['memory_gb']} GB, {on['system']}.",
        ", ".join(f"{name} {number}" for name, number in part["versions"].items()) + ".",
    ]

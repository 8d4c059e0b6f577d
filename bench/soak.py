"""Lets articles run through workers on Apache Kafka for a long time; is anything lost, does memory grow?

    python bench/soak.py --articles 100000 --workers 2 --out bench/soak

The articles are the corpus beside the checkout (the bundled samples where it is absent), again and again with new
ids. Exit codes: 0 the bar is met, 1 it is missed, 2 it cannot be run here, 130 ended by Ctrl-C (bar met so far).
"""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated, Any

sys.path.insert(0, str(Path(__file__).parents[1]))
# The workers run this folder's code, wherever they are started.
os.environ["PYTHONPATH"] = str(Path(__file__).parents[1])

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bench import report
from bench.soaking import Plan, Run, Sample, Soak
from streams.cli.console import err, out, say
from streams.errors import KabarError
from tests.kafka.installation import NoKafkaError

HERE = Path(__file__).with_suffix("")
LINE_SECONDS = 30.0
INTERRUPTED = 130
EPILOG = "Example: python bench/soak.py --articles 2000 --every 2 --out /tmp/soak"


def main(
    articles: Annotated[int, typer.Option(min=1, help="How many to publish.")] = 100_000,
    workers: Annotated[int, typer.Option(min=1, help="Workers of one group.")] = 2,
    processes: Annotated[int, typer.Option(min=1, help="Language processes of each worker.")] = 1,
    ahead: Annotated[
        int, typer.Option(min=1, help="How far publishing may be ahead of what came out.")
    ] = 2_000,
    at_once: Annotated[
        bool, typer.Option("--at-once", help="Publish without waiting for the workers.")
    ] = False,
    every: Annotated[float, typer.Option(min=0.1, help="Seconds between samples of memory.")] = 5.0,
    record_seconds: Annotated[
        float | None,
        typer.Option(
            min=0.1, help="How long workers let one record take; on a busy machine the usual is short."
        ),
    ] = None,
    folder: Annotated[
        Path, typer.Option("--out", file_okay=False, help="Where results.json, README.md and the plots go.")
    ] = HERE,
) -> None:
    """Articles through workers on Apache Kafka until all are out: lost, repeated, memory and lag over time.

    Ctrl-C publishes no more and ends when all that is in has come out; a second one ends at once. Either way what was
    measured is written.
    """
    plan = Plan(articles, workers, processes, None if at_once else ahead, every, record_seconds)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        run = asyncio.run(_measured(plan))
    except (NoKafkaError, KabarError) as error:
        say(str(error))
        raise typer.Exit(2) from error
    found = report.results(run, command=shlex.join(["python", "bench/soak.py", *sys.argv[1:]]))
    _write(found, run, folder)
    _tell_verdict(found, folder)
    if found["misses"]:
        raise typer.Exit(1)
    if run.is_cut_short:
        raise typer.Exit(INTERRUPTED)


async def _measured(plan: Plan) -> Run:
    with tempfile.TemporaryDirectory(prefix="kabar-soak-") as folder, _progress(plan) as tell:
        soak = Soak(plan, Path(folder), tell=tell)
        working = asyncio.create_task(soak.work())

        def on_signal() -> None:
            if soak.is_stopping:
                working.cancel()
                return
            say(
                "No more articles are published; the run ends when all have come out. Ctrl-C again ends at once."
            )
            soak.stop_publishing()

        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, on_signal)
        with suppress(asyncio.CancelledError):
            await working
        return soak.run


@contextmanager
def _progress(plan: Plan) -> Iterator[Callable[[Sample], None]]:
    """A bar on a terminal; elsewhere a line now and then."""
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.fields[told]}"))
    next_line = 0.0
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        task = bar.add_task("", total=plan.articles, told="starting")

        def tell(sample: Sample) -> None:
            nonlocal next_line
            bar.update(task, completed=sample.progress.out, told=_told(sample))
            if not err.is_terminal and sample.at >= next_line:
                next_line = sample.at + LINE_SECONDS
                say(f"{sample.at:6.0f} s  {sample.progress.out:,} of {plan.articles:,} out, {_told(sample)}")

        yield tell


def _told(sample: Sample) -> str:
    rate = sample.progress.out / sample.at if sample.at else 0.0
    lag = ", ".join(
        f"{topic.rpartition('.')[2]} {records:,}" for topic, records in sample.progress.lag.items()
    )
    largest = max(sample.memory, key=lambda name: sample.memory[name].uss, default="")
    memory = f"; most memory: {largest} {sample.memory[largest].uss:.0f} MB" if largest else ""
    return f"{rate:.1f}/s; lag: {lag}{memory}"


def _write(found: dict[str, Any], run: Run, folder: Path) -> None:
    (folder / "results.json").write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    (folder / "README.md").write_text(report.page(found), encoding="utf-8")
    if run.samples:
        # Large, and of no use before the end: the measuring process stays small.
        from bench import plots  # noqa: PLC0415

        plots.draw_memory(run.samples, folder / "memory.svg")
        plots.draw_lag(run.samples, folder / "lag.svg")


def _tell_verdict(found: dict[str, Any], folder: Path) -> None:
    counts = found["counts"] or {}
    for name, number in counts.items():
        out.print(f"{name.replace('_', ' ')}: {number:,}", markup=False)
    for miss in found["misses"]:
        out.print(f"missed: {miss}", markup=False, soft_wrap=True)
    out.print(
        f"{'The bar is missed' if found['misses'] else 'The bar is met'}: {folder / 'README.md'}",
        soft_wrap=True,
    )


if __name__ == "__main__":
    application = typer.Typer(add_completion=False)
    application.command(epilog=EPILOG)(main)
    application()

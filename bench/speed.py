"""How fast is Kabar: of what its functions can do without Kafka, of other ways to write it, and as work grows.

    python bench/speed.py --rounds 5 --articles 1000 --out bench

The articles are the corpus beside the checkout (the bundled samples where it is absent). Exit codes: 0 all bars are
met, 1 some are missed, 2 it cannot be run here, 130 ended by Ctrl-C (what was measured is written).
"""

from __future__ import annotations

import json
import os
import shlex
import signal
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Annotated, Any, NoReturn

sys.path.insert(0, str(Path(__file__).parents[1]))
# The contestants run this folder's code, wherever they are started.
os.environ["PYTHONPATH"] = str(Path(__file__).parents[1])

import typer

from bench import machine, results, speed_page
from bench.brokers import KAFKA, NAMES, Brokers
from bench.contestants import OVERLAY
from bench.parts import PARTS, Plan, Session
from bench.telling import telling
from streams.cli.console import out, say
from streams.errors import KabarError
from tests.kafka.installation import NoKafkaError

HERE = Path(__file__).parent
FINDINGS = HERE / "findings.txt"
INTERRUPTED = 130
EPILOG = "Example: python bench/speed.py --part throughput --brokers kafka --rounds 2 --articles 200 --out /tmp/speed"


def main(
    rounds: Annotated[int, typer.Option(min=1, help="How often each contestant runs.")] = 5,
    articles: Annotated[int, typer.Option(min=10, help="How many in each round.")] = 1_000,
    brokers: Annotated[str, typer.Option(help=f"Of {','.join(NAMES)}.")] = ",".join(NAMES),
    only: Annotated[
        list[str] | None, typer.Option(help="Contestants whose name has this in it; may be repeated.")
    ] = None,
    part: Annotated[
        str, typer.Option(help=f"Of {','.join(PARTS)}; of others, what is there is kept.")
    ] = ",".join(PARTS),
    scale: Annotated[
        float,
        typer.Option(min=0.001, max=1.0, help="Of the parts after throughput; small ones only try them."),
    ] = 1.0,
    folder: Annotated[
        Path, typer.Option("--out", file_okay=False, help="Where results.json, README.md and the plots go.")
    ] = HERE,
) -> None:
    """Throughput, latency, cost as work grows and time to start, on Apache Kafka and on the embedded broker.

    Ctrl-C ends it, and what was measured is written.
    """
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, _end_as_by_ctrl_c)
    plan = Plan(rounds, articles, _among(brokers, NAMES), tuple(only or ()), scale)
    parts = _among(part, tuple(PARTS))
    found = _before(folder)
    is_interrupted = False
    try:
        _require_rivals(plan)
        _measure(plan, parts, found, folder)
    except KeyboardInterrupt:
        is_interrupted = True
    except (NoKafkaError, KabarError) as error:
        say(str(error))
        raise typer.Exit(2) from error
    if not found["parts"]:
        raise typer.Exit(INTERRUPTED)
    _write(found, folder)
    missed = _tell_verdict(found, folder)
    if is_interrupted:
        raise typer.Exit(INTERRUPTED)
    if missed:
        raise typer.Exit(1)


def _end_as_by_ctrl_c(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _among(given: str, known: tuple[str, ...]) -> tuple[str, ...]:
    names = tuple(name.strip() for name in given.split(","))
    for name in names:
        if name not in known:
            raise typer.BadParameter(f"{name!r} is none of {', '.join(known)}")
    # In their own order: latency is measured at half of what throughput has found.
    return tuple(name for name in known if name in names)


def _require_rivals(plan: Plan) -> None:
    for one in plan.contestants():
        if one is not None and one.needs_overlay and not OVERLAY.exists():
            raise KabarError(f"There is no {OVERLAY}, which {one.name} needs: run `make .venv/.rivals`.")


def _before(folder: Path) -> dict[str, Any]:
    file = folder / "results.json"
    found: dict[str, Any] = {"parts": {}}
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else found


def _measure(plan: Plan, parts: tuple[str, ...], found: dict[str, Any], folder: Path) -> None:
    """Each part in turn, and what it finds into `found` and the folder, run by run."""
    folder.mkdir(parents=True, exist_ok=True)
    steps = sum(PARTS[name].steps(plan) for name in parts)
    with (
        tempfile.TemporaryDirectory(prefix="kabar-speed-", ignore_cleanup_errors=True) as temporary,
        telling(steps) as step,
        Brokers() as brokers,
    ):
        session = Session(plan, brokers, Path(temporary), step, found["parts"])
        for name in parts:
            began = time.monotonic()
            about = {**_circumstances(plan), **PARTS[name].about(plan)}
            runs: list[dict[str, Any]] = []
            for run in PARTS[name].runs(session):
                runs.append(run)
                minutes = round((time.monotonic() - began) / 60, 1)
                found["parts"][name] = {**about, "minutes": minutes, "is_cut_short": True, "runs": runs}
                _keep(found, folder)
            found["parts"][name]["is_cut_short"] = False


def _circumstances(plan: Plan) -> dict[str, Any]:
    return {
        "when": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "commit": machine.commit(),
        "command": shlex.join(["python", "bench/speed.py", *sys.argv[1:]]),
        "machine": machine.machine(),
        "versions": machine.versions(with_kafka=KAFKA in plan.brokers),
    }


def _keep(found: dict[str, Any], folder: Path) -> None:
    (folder / "results.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def _write(found: dict[str, Any], folder: Path) -> None:
    # Large, and of no use before the end: the measuring process stays small.
    from bench import speed_plots  # noqa: PLC0415

    _keep(found, folder)
    findings = FINDINGS.read_text(encoding="utf-8") if FINDINGS.exists() else ""
    (folder / "README.md").write_text(speed_page.page(found, findings=findings), encoding="utf-8")
    speed_plots.draw(found["parts"], folder)


def _tell_verdict(found: dict[str, Any], folder: Path) -> bool:
    """Whether a bar is missed."""
    rows = results.rows(found["parts"])
    for row in rows:
        told = f"{row.name}: {speed_page.spread(row.measured, row.unit)}, bar {row.bar.text(row.unit)}: {row.verdict}"
        out.print(told.replace("*", ""), markup=False, soft_wrap=True)
    missed = any(row.is_missed for row in rows)
    out.print(
        f"{'A bar is missed' if missed else 'All bars are met'}: {folder / 'README.md'}", soft_wrap=True
    )
    return missed


if __name__ == "__main__":
    application = typer.Typer(add_completion=False)
    application.command(epilog=EPILOG)(main)
    application()

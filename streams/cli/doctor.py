"""`kabar doctor`: one line for each thing that a worker needs, and what to do where it is not well."""

from __future__ import annotations

import asyncio
import os
import platform
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import orjson
import typer
from aiokafka.errors import KafkaError
from rich.text import Text

import streams
from streams import admin, connecting, own_topics
from streams.cli.console import out, printable
from streams.errors import KabarError
from streams.lag import lag
from streams.settings import Settings, usable_cores

LEAST_PYTHON = (3, 11)
LIBRARIES = ("faust-streaming", "aiokafka", "spacy", "orjson")
CONTAINER_LIMIT = Path("/sys/fs/cgroup/memory.max")
PROCESS_MB = 250
"""Of memory, with some room, that a language process needs beside what it shares with the others."""
_MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found about one thing."""

    about: str
    found: str
    do: str = ""
    """What to do about it; nothing where all is well."""


def run(settings: Settings, *, as_json: bool) -> int:
    """Prints a line for each thing looked at, as soon as it is known; the exit code, 1 if something is not well."""
    is_well = True
    for finding in findings(settings):
        is_well = is_well and not finding.do
        if as_json or not out.is_terminal:
            typer.echo(orjson.dumps(_json(finding)))
        else:
            out.print(_line(finding), soft_wrap=True)
    return 0 if is_well else 1


def findings(settings: Settings) -> Iterator[Finding]:
    """Everything, in the order in which a worker needs it. Nothing is created or changed."""
    for look in (_python, _versions, _model, _memory, _data_dir):
        yield from _guarded(look, settings)
    broker = list(_guarded(_broker, settings))
    yield from broker
    if not any(finding.do for finding in broker):
        yield from _guarded(_topics, settings)


def _guarded(look: Callable[[Settings], Iterator[Finding]], settings: Settings) -> Iterator[Finding]:
    """What goes wrong while looking is a finding too; Kabar's own errors say what to do."""
    try:
        yield from look(settings)
    except KabarError as error:
        yield Finding(look.__name__.strip("_"), "not well", str(error))
    except (KafkaError, OSError) as error:
        yield Finding(
            look.__name__.strip("_"), "not well", f"The broker did not answer: {error!r}. Try again."
        )


def _python(_: Settings) -> Iterator[Finding]:
    found = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    do = "" if sys.version_info >= LEAST_PYTHON else "Kabar needs Python 3.11 or newer."
    yield Finding("python", found, do)


def _versions(_: Settings) -> Iterator[Finding]:
    others = ", ".join(f"{library} {version(library)}" for library in LIBRARIES)
    yield Finding("kabar", f"{streams.__version__} ({others})")


def _model(settings: Settings) -> Iterator[Finding]:
    from streams.nlp import model

    yield Finding("model", model.load().name_version)
    for topic in own_topics.of(settings):
        model.load_own(topic)
        yield Finding("model", f"{topic.name_version}, a topic of your own, from {topic.folder}")


def _memory(settings: Settings) -> Iterator[Finding]:
    processes = settings.nlp_processes
    needed = processes * PROCESS_MB
    there = _memory_mb()
    found = f"{processes} language processes on {usable_cores()} cores and {there:,} MB of memory"
    do = "" if needed < there else f"They need some {needed:,} MB: set KABAR_NLP_PROCESSES lower."
    yield Finding("machine", found, do)


def _memory_mb() -> int:
    """Of the machine, or what the container may use of it."""
    there = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        limit = int(CONTAINER_LIMIT.read_text(encoding="ascii"))
    except (OSError, ValueError):
        limit = there
    return min(there, limit) // _MB


def _data_dir(settings: Settings) -> Iterator[Finding]:
    there = next(folder for folder in (settings.data_dir, *settings.data_dir.parents) if folder.exists())
    is_writable = there.is_dir() and os.access(there, os.W_OK)
    do = "" if is_writable else "It cannot be written to: set KABAR_DATA_DIR to a folder that can."
    yield Finding("data", str(settings.data_dir), do)


def _broker(settings: Settings) -> Iterator[Finding]:
    asyncio.run(connecting.reach(settings))
    yield Finding("broker", f"answers at {settings.bootstrap}")


def _topics(settings: Settings) -> Iterator[Finding]:
    states = asyncio.run(admin.describe_topics(settings))
    for state in states:
        if state.partitions is None:
            yield Finding("topic", state.name, f"{state.differences[0]}.")
        else:
            # Not as Kabar would create it, but it works: somebody may have meant it.
            others = f" ({'; '.join(state.differences)})" if state.differences else ""
            yield Finding("topic", f"{state.name}, {state.partitions} partitions{others}")
    if all(state.partitions for state in states):
        raw = asyncio.run(lag(settings))[0]
        yield Finding("group", f"{settings.group}: {raw.waiting:,} articles wait for it")


def _line(finding: Finding) -> Text:
    mark = ("! ", "bold red") if finding.do else ("ok ", "green")
    line = Text.assemble(
        (f"{mark[0]:<3}", mark[1]), (f"{finding.about:<8}", "bold"), printable(finding.found)
    )
    if finding.do:
        line.append(f"\n   {'':<8}{printable(finding.do)}", style="yellow")
    return line


def _json(finding: Finding) -> dict[str, Any]:
    return {"about": finding.about, "ok": not finding.do, "found": finding.found, "do": finding.do or None}

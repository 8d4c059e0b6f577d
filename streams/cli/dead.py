"""`kabar dead list`, and what the three commands on dead letters share."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import Any

import orjson
from rich.table import Column, Table
from rich.text import Text

from streams import admin, dead_letter_json
from streams.cli.console import escaped, out, progress, say, until_reader_has_enough, visible
from streams.dead_letters import DeadLetter
from streams.errors import BadConfiguration, SetupError
from streams.records import Place
from streams.replay import Selection
from streams.replayer import replays
from streams.settings import Settings
from streams.snapshot import Snapshot, snapshot
from streams.topics import DEAD

_PLACE = re.compile(r"(?:([0-9]{1,9})@)?([0-9]{1,18})", re.ASCII)


def run_list(settings: Settings, selection: Selection, *, as_json: bool, limit: int | None) -> int:
    """Prints the dead letters that are meant; the exit code, 1 if some could not be read."""
    with until_reader_has_enough():
        return asyncio.run(_list(settings, selection, as_json=as_json, limit=limit))
    return 0


async def _list(settings: Settings, selection: Selection, *, as_json: bool, limit: int | None) -> int:
    rows = []
    async with opened(settings) as letters:
        done = await replays(settings)
        with progress("Reading", total=letters.offsets) as advance:
            async with aclosing(meant(letters, selection, advance)) as found:
                async for letter in found:
                    note = done.get(letter.failure) if letter.failure else None
                    line = dead_letter_json.summary(letter) | dead_letter_json.replayed(note)
                    # On a terminal the progress bar has to go first.
                    if out.is_terminal:
                        rows.append(line)
                    else:
                        print_json(line)
                    limit = None if limit is None else limit - 1
                    if limit == 0:
                        break
    if out.is_terminal and not as_json:
        out.print(_table(rows, letters.topic))
    for row in rows if as_json else ():
        print_json(row)
    return 1 if say_unreadable(letters) else 0


def print_json(line: dict[str, Any]) -> None:
    """One JSON object on a line of its own."""
    encoded = orjson.dumps(line)
    sys.stdout.buffer.write((escaped(encoded) if out.is_terminal else encoded) + b"\n")


def _table(rows: Sequence[dict[str, Any]], topic: str) -> Table:
    table = Table(
        Column("letter", no_wrap=True),
        "when",
        "stage",
        Column("reason", ratio=3),
        Column("key", ratio=1),
        Column("bytes", justify="right"),
        Column("begins with", ratio=2),
        "replayed",
        title=f"{len(rows)} dead letter{'' if len(rows) == 1 else 's'} on {topic}",
        title_justify="left",
        expand=True,
    )
    for row in rows:
        replayed = "no" if row["replayed"] is None else row["replayed"]["when"]
        cells = (row[name] for name in ("letter", "when", "stage", "reason", "key"))
        table.add_row(
            *(Text(visible(cell or "")) for cell in cells),
            f"{row['size']:,}",
            Text(visible(row["begins"] or "")),
            Text(visible(replayed)),
        )
    return table


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Snapshot]:
    """The dead letters as they are now.

    Raises:
        SetupError: there is no broker, or no such topic.
    """
    await admin.wait_for_broker(settings, say=say)
    await admin.require_topic(DEAD, settings)
    async with snapshot(DEAD, settings) as letters:
        yield letters


async def meant(
    letters: Snapshot, selection: Selection, advance: Any = lambda _: None
) -> AsyncGenerator[DeadLetter, None]:
    """The letters that the selection holds for; `advance` is told of each that was looked at."""
    async with aclosing(letters.records()) as records:
        async for record in records:
            advance(1)
            letter = DeadLetter.of(record)
            if selection.holds(letter):
                yield letter


async def named(letters: Snapshot, name: str) -> DeadLetter:
    """The letter that a person calls `partition@offset`, or by its offset alone where only one partition has it.

    Raises:
        SetupError: there is none, or several; the message says which.
    """
    match = _PLACE.fullmatch(name)
    if match is None:
        raise BadConfiguration(f"{name!r} is not PARTITION@OFFSET, as in 0@17.")
    partitions = sorted(letters.bounds) if match[1] is None else [int(match[1])]
    found = []
    for partition in partitions:
        record = await letters.at(Place(partition, int(match[2])))
        if record is not None:
            found.append(DeadLetter.of(record))
    if len(found) > 1:
        places = ", ".join(str(letter.place) for letter in found)
        raise SetupError(f"{len(found)} partitions of {letters.topic} have an offset {name}: say {places}.")
    if not found:
        raise SetupError(
            f"There is no dead letter {name} on {letters.topic}: `kabar dead list` has them all."
        )
    return found[0]


def say_unreadable(letters: Snapshot) -> bool:
    """Says what could not be read, if anything."""
    if not letters.unreadable:
        return False
    some = ", ".join(str(place) for place in letters.unreadable[:5])
    more = ", ..." if len(letters.unreadable) > 5 else ""
    say(f"{len(letters.unreadable)} could not be read ({some}{more}): they are damaged.")
    return True

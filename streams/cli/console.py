"""What the commands share on a terminal: consoles, progress bars, and text made safe to print."""

from __future__ import annotations

import asyncio
import json
import os
import re
import select
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
)

_LOOK_FOR_ROOM_SECONDS = 0.05

# Tables in a log file are read by people too, and 80 columns would cut the names of topics.
_WIDTH_OF_FILES = 140

out = Console(highlight=False, width=None if sys.stdout.isatty() else _WIDTH_OF_FILES)
err = Console(stderr=True, highlight=False)

# Whatever has no shape of its own: control characters, escape sequences, what turns the direction of writing, and
# zero-width, private and unassigned characters. Printable ASCII is passed over quickly.
_ODD = re.compile(r"[^ -~]+")


def printable(text: str) -> str:
    """`text` on one line without invisible characters, so that no article can steer the terminal."""
    return _ODD.sub(lambda run: "".join(char if char.isprintable() else " " for char in run[0]), text)


def visible(text: str) -> str:
    """`text` on one line, with each character that cannot be seen or could steer a terminal written as its escape."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def escaped(line: bytes) -> bytes:
    """A line of JSON in which invisible characters are escaped, as JSON itself leaves those beyond ASCII.

    What is no UTF-8 becomes the replacement character.
    """
    return _ODD.sub(_escaped_run, line.decode(errors="replace")).encode()


def _escaped_run(run: re.Match[str]) -> str:
    return "".join(char if char.isprintable() else json.dumps(char)[1:-1] for char in run[0])


@contextmanager
def until_reader_has_enough() -> Iterator[None]:
    """Ends quietly when whoever reads our output closes it, as in `kabar watch --json | head -1`."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        # What is still buffered would raise again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


async def write_line(line: bytes) -> None:
    """Writes to stdout, and waits for whoever reads it slowly without keeping the event loop waiting.

    Nothing happens once nobody reads any more.
    """
    poll = select.poll()
    poll.register(sys.stdout.fileno(), select.POLLOUT)
    with until_reader_has_enough():
        rest = line + b"\n"
        while rest:
            while not poll.poll(0):  # noqa: ASYNC110 - a file descriptor of any kind wakes no event loop
                await asyncio.sleep(_LOOK_FOR_ROOM_SECONDS)
            # A pipe that can be written to has room for as much as this.
            rest = rest[os.write(sys.stdout.fileno(), rest[: select.PIPE_BUF]) :]


def say(sentence: str) -> None:
    """A sentence to whoever waits, beside the command's own output."""
    err.print(sentence, markup=False, soft_wrap=True)


@contextmanager
def progress(
    label: str, *, total: int | None, unit_is_bytes: bool = False, is_shown: bool = True
) -> Iterator[Callable[[int], None]]:
    """A progress bar on stderr that goes when done; nothing at all where stderr is not a terminal.

    Yields:
        What to call with each further amount.
    """
    amount = DownloadColumn() if unit_is_bytes else MofNCompleteColumn()
    columns = (TextColumn(label), BarColumn(), amount, TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True, disable=not (is_shown and err.is_terminal)) as bar:
        task = bar.add_task(label, total=total)
        yield lambda more: bar.advance(task, more)

"""What the commands share on a terminal: consoles, progress bars, and text made safe to print."""

from __future__ import annotations

import re
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

# Tables in a log file are read by people too, and 80 columns would cut the names of topics.
_WIDTH_OF_FILES = 140

out = Console(highlight=False, width=None if sys.stdout.isatty() else _WIDTH_OF_FILES)
err = Console(stderr=True, highlight=False)

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]+")


def printable(text: str) -> str:
    """`text` on one line without control characters, so that no article can steer the terminal."""
    return _CONTROL.sub(" ", text)


@contextmanager
def progress(
    label: str, *, total: int | None, unit_is_bytes: bool = False
) -> Iterator[Callable[[int], None]]:
    """A progress bar on stderr that goes when done; nothing at all where stderr is not a terminal.

    Yields:
        What to call with each further amount.
    """
    amount = DownloadColumn() if unit_is_bytes else MofNCompleteColumn()
    columns = (TextColumn(label), BarColumn(), amount, TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        task = bar.add_task(label, total=total)
        yield lambda more: bar.advance(task, more)

"""How far a long measurement is: a bar on a terminal, elsewhere a line now and then."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from streams.cli.console import err, say

LINE_SECONDS = 30.0

Tell = Callable[[int, int], None]
Step = Callable[[str], Tell]
"""Told what comes next; its result is told how far that is."""


@contextmanager
def telling(steps: int) -> Iterator[Step]:
    """What to call before each of so many steps."""
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.fields[told]}"))
    began, done, next_line = time.monotonic(), 0, 0.0
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        task = bar.add_task("", total=steps, told="starting")

        def show(text: str, completed: int) -> None:
            nonlocal next_line
            bar.update(task, completed=completed, told=text)
            passed = time.monotonic() - began
            if not err.is_terminal and passed >= next_line:
                next_line = passed + LINE_SECONDS
                say(f"{passed:6.0f} s  {completed} of {steps} done; {text}")

        def step(name: str) -> Tell:
            nonlocal done
            number, done = done, done + 1
            show(name, number)
            return lambda out, of: show(f"{name}: {out:,} of {of:,}", number)

        yield step

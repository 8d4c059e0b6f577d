"""Waiting for what a worker says."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

POLL_S = 0.1
PATIENCE_S = 120.0


async def said(log: Path, words: str, *, times: int = 1) -> None:
    """Returns when the words stand in the log so many times."""
    await asyncio.to_thread(_wait, log, words, times)


def _wait(log: Path, words: str, times: int) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while (text := log.read_text(errors="replace")).count(words) < times:
        assert time.monotonic() < deadline, f"{words!r} was not said:\n{text[-2000:]}"
        time.sleep(POLL_S)  # a file wakes nobody

"""Which events were acknowledged lately, so that one that is written again can be dropped."""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from streams.errors import BadConfiguration

DEFAULT_SIZE = 100_000

_LOCK_SECONDS = 30.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS seen (
    scope TEXT NOT NULL, ce_id TEXT NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (scope, ce_id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS seen_in_order ON seen (scope, number);
"""


class Window(Protocol):
    """Remembers the `ce_id`s acknowledged last. It is called on the event loop, so each call has to be quick.

    A scope is a consumer group and a topic; scopes know nothing of each other.
    """

    def has(self, scope: str, ce_id: str) -> bool:
        """Whether the id was added and is not forgotten yet."""
        ...

    def add(self, scope: str, ce_ids: Sequence[str]) -> None:
        """Remembers ids in order, and may forget the oldest. They must be safe when it returns: offsets are next."""
        ...

    def close(self) -> None:
        """Is called once, when the connection ends."""
        ...


class MemoryWindow:
    """A window that ends with the process.

    Args:
        size: how many ids of a scope are remembered, about 200 bytes each.
    """

    def __init__(self, size: int = DEFAULT_SIZE) -> None:
        self._size = _checked(size)
        self._seen: dict[str, OrderedDict[str, None]] = {}

    def has(self, scope: str, ce_id: str) -> bool:
        """Whether the id is among the last `size` added."""
        return ce_id in self._seen.get(scope, ())

    def add(self, scope: str, ce_ids: Sequence[str]) -> None:
        """Remembers the ids; one that is known keeps its place."""
        seen = self._seen.setdefault(scope, OrderedDict())
        for ce_id in ce_ids:
            seen.setdefault(ce_id)
            if len(seen) > self._size:
                seen.popitem(last=False)

    def close(self) -> None:
        """Nothing to do."""


class SqliteWindow:
    """A window in a file, which survives restarts; processes on one host may share it.

    Args:
        path: the SQLite file, made if it is missing. It must be on a local disk.
        size: how many ids of a scope are remembered, about 150 bytes of the file each.

    Raises:
        BadConfiguration: the file cannot be used.
    """

    def __init__(self, path: Path | str, size: int = DEFAULT_SIZE) -> None:
        self._size = _checked(size)
        try:
            self._database = sqlite3.connect(path, timeout=_LOCK_SECONDS, isolation_level=None)
            # With it, readers do not wait for the one that writes.
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.executescript(_SCHEMA)
        except sqlite3.Error as error:
            raise BadConfiguration(
                f"The window cannot be kept in {str(path)!r}: {error}. Name a file on a local disk that may be written."
            ) from error

    def has(self, scope: str, ce_id: str) -> bool:
        """Whether the id is among the last `size` added."""
        found = self._database.execute("SELECT 1 FROM seen WHERE scope = ? AND ce_id = ?", (scope, ce_id))
        return found.fetchone() is not None

    def add(self, scope: str, ce_ids: Sequence[str]) -> None:
        """Remembers the ids, in one transaction; one that is known keeps its place."""
        with self._database:
            # At once for writing: two processes that both read first could not both go on.
            self._database.execute("BEGIN IMMEDIATE")
            [last] = self._database.execute(
                "SELECT coalesce(max(number), 0) FROM seen WHERE scope = ?", (scope,)
            ).fetchone()
            for ce_id in ce_ids:
                row = (scope, ce_id, last + 1)
                last += self._database.execute("INSERT OR IGNORE INTO seen VALUES (?, ?, ?)", row).rowcount
                self._database.execute(
                    "DELETE FROM seen WHERE scope = ? AND number <= ?", (scope, last - self._size)
                )

    def close(self) -> None:
        """Closes the file."""
        self._database.close()


def _checked(size: int) -> int:
    if size < 1:
        raise BadConfiguration(f"A window of {size} ids holds nothing: window_size must be at least 1.")
    return size

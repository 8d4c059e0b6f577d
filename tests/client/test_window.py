"""A window forgets the oldest id first, keeps scopes apart, and in a file survives its process."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.client import MemoryWindow, SqliteWindow, Window
from streams.errors import BadConfiguration

KINDS = ("memory", "sqlite")
scopes = st.sampled_from(["a", "b"])
ids = st.sampled_from([f"id-{number}" for number in range(8)])


@contextmanager
def window_of(kind: str, size: int) -> Iterator[Window]:
    with tempfile.TemporaryDirectory() as folder:
        window: Window = (
            MemoryWindow(size) if kind == "memory" else SqliteWindow(Path(folder, "window.db"), size)
        )
        yield window
        window.close()


class Model:
    """A plain list for each scope."""

    def __init__(self, size: int) -> None:
        self._size = size
        self.seen: dict[str, list[str]] = {"a": [], "b": []}

    def add(self, scope: str, ce_ids: Sequence[str]) -> None:
        for ce_id in ce_ids:
            if ce_id not in self.seen[scope]:
                self.seen[scope] = [*self.seen[scope], ce_id][-self._size :]


@pytest.mark.parametrize("kind", KINDS)
@given(size=st.integers(1, 5), added=st.lists(st.tuples(scopes, st.lists(ids, max_size=6)), max_size=12))
def test_a_window_holds_what_a_list_cut_to_its_size_would_hold(
    kind: str, size: int, added: list[tuple[str, list[str]]]
) -> None:
    model = Model(size)
    with window_of(kind, size) as window:
        for scope, ce_ids in added:
            window.add(scope, ce_ids)
            model.add(scope, ce_ids)
            for name, held in model.seen.items():
                known = {f"id-{number}" for number in range(8) if window.has(name, f"id-{number}")}
                assert known == set(held)


def test_memory_is_bounded_by_the_size(tmp_path: Path) -> None:
    path = tmp_path / "window.db"
    memory, file = MemoryWindow(100), SqliteWindow(path, 100)
    for window in (memory, file):
        for start in range(0, 5_000, 250):
            window.add("a", [f"id-{number}" for number in range(start, start + 250)])
    file.close()

    assert len(memory._seen["a"]) == 100
    assert sqlite3.connect(path).execute("SELECT count(*) FROM seen").fetchone() == (100,)


def test_a_file_knows_after_a_restart_what_it_knew_before(tmp_path: Path) -> None:
    before = SqliteWindow(tmp_path / "window.db", 2)
    before.add("a", ["1", "2", "3"])
    before.close()

    after = SqliteWindow(tmp_path / "window.db", 2)
    assert [after.has("a", ce_id) for ce_id in "123"] == [False, True, True]
    after.add("a", ["4"])
    assert [after.has("a", ce_id) for ce_id in "1234"] == [False, False, True, True]
    after.close()


def test_what_one_process_adds_to_a_file_another_knows_at_once(tmp_path: Path) -> None:
    one, two = SqliteWindow(tmp_path / "window.db"), SqliteWindow(tmp_path / "window.db")
    one.add("a", ["1"])
    two.add("a", ["2"])

    assert [window.has("a", ce_id) for window in (one, two) for ce_id in "12"] == [True] * 4
    one.close()
    two.close()


def test_a_file_that_cannot_be_used_is_told_in_a_sentence(tmp_path: Path) -> None:
    other = tmp_path / "notes.txt"
    other.write_text("bukan basis data\n" * 100)

    with pytest.raises(BadConfiguration, match=r"notes\.txt.*not a database"):
        SqliteWindow(other)
    with pytest.raises(BadConfiguration, match="unable to open"):
        SqliteWindow(tmp_path / "missing" / "window.db")


@pytest.mark.parametrize("size", [0, -1])
def test_a_window_of_nothing_is_refused(size: int) -> None:
    with pytest.raises(BadConfiguration, match="at least 1"):
        MemoryWindow(size)

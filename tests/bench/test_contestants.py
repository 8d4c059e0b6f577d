"""What is told of a contestant that ended by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.contestants import last_words


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            'File "/usr/lib/python3.11/pathlib.py", line 1116, in mkdir',
            'File "pathlib.py", line 1116, in mkdir',
        ),
        ("FileExistsError: '/tmp/a b/state' and /tmp/c", "FileExistsError: 'a b/state' and c"),
        ("no answer from http://localhost:9092/x", "no answer from http://localhost:9092/x"),
        ("11/23/2026 and/or nothing", "11/23/2026 and/or nothing"),
        ("one\n\ntwo\nthree\nfour\n", "two | three | four"),
        ("", "it said nothing"),
    ],
)
def test_its_last_words_name_files_but_not_where_they_lie(tmp_path: Path, said: str, told: str) -> None:
    (tmp_path / "log").write_text(said, encoding="utf-8")
    assert last_words(tmp_path / "log") == told

"""`kabar schemas`."""

from __future__ import annotations

from pathlib import Path

from streams.contract import documents
from tests.cli.command import kabar


def test_the_documents_are_written_and_then_the_check_passes(tmp_path: Path) -> None:
    written = kabar("schemas", "--directory", str(tmp_path))
    checked = kabar("schemas", "--directory", str(tmp_path), "--check")
    assert (written.returncode, checked.returncode) == (0, 0)
    assert {path.name for path in tmp_path.iterdir()} == set(documents())


def test_the_check_names_a_file_that_differs(tmp_path: Path) -> None:
    kabar("schemas", "--directory", str(tmp_path))
    (tmp_path / "article.json").write_text("{}")
    result = kabar("schemas", "--directory", str(tmp_path), "--check")
    assert result.returncode == 1
    assert (
        result.stderr.decode().replace("\n", "")
        == f"{tmp_path}/article.json differs from the code: run `kabar schemas`"
    )

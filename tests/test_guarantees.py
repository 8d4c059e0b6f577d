"""docs/guarantees.md promises nothing that no test shows."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
GUIDE = (REPOSITORY / "docs" / "guarantees.md").read_text(encoding="utf-8")
SHOWN_BY = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", GUIDE)


@pytest.mark.parametrize(("path", "name"), SHOWN_BY)
def test_a_test_that_is_named_as_proof_exists(path: str, name: str) -> None:
    tree = ast.parse((REPOSITORY / path).read_text(encoding="utf-8"))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    assert name in {node.name for node in ast.walk(tree) if isinstance(node, functions)}


def test_every_promise_names_the_test_that_shows_it() -> None:
    rows = [
        line
        for line in GUIDE.splitlines()
        if line.startswith("| ") and not line.startswith(("| promise", "|---"))
    ]
    assert rows
    assert [row for row in rows if not re.search(r"`tests/[\w/]+\.py::test_\w+`", row)] == []

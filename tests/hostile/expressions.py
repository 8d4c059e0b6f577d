"""Every regular expression of the package, and texts made from each to be slow for it."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import streams

PACKAGE = Path(streams.__file__).parent
_FUNCTIONS = {"compile", "search", "match", "fullmatch", "split", "findall", "finditer", "sub", "subn"}


@dataclass(frozen=True, slots=True)
class Expression:
    """A regular expression, and the call in the package that compiles it."""

    file: str
    line: int
    pattern: str
    flags: int

    @property
    def compiled(self) -> re.Pattern[str]:
        return re.compile(self.pattern, self.flags)


# Runs in a process of its own, where nothing is compiled yet, and notes what is compiled from where.
_RECORDER = """
import importlib, json, pkgutil, re, sys, warnings
from pathlib import Path
package, found, original = Path(sys.argv[1]), set(), re._compile
def noting(pattern, flags):
    compiled = original(pattern, flags)
    frame = sys._getframe(2)
    path = Path(frame.f_code.co_filename)
    if path.is_relative_to(package) and isinstance(compiled.pattern, str):
        place = str(path.relative_to(package)), frame.f_lineno
        found.add((*place, compiled.pattern, compiled.flags & ~re.UNICODE))
    return compiled
re._compile = noting
import streams
warnings.simplefilter("ignore")
for module in pkgutil.walk_packages(streams.__path__, "streams."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
from streams import contract, samples
from tests.broker.articles import article
from tests.stages import run_all
contract.documents()
run_all([value for _, value in samples.articles()])
bodies = [
    "<p>Kata.</p><p " + "a b " * 500 + ">Ya.",
    "Jakarta , Kompas . com - Ya.\\nPenulis: A Editor: B",
    "Laporan Wartawan Tribunnews.com, Budi\\nKata. Baca juga: Menlu Rusia Tiba Di Jakarta Menurut dia, ya. Lalu.",
]
run_all([article(body) for body in bodies])
print(json.dumps(sorted(found)))
"""


@cache
def compiled_by_the_package() -> tuple[Expression, ...]:
    """What the package compiles when it is imported and has worked on some articles."""
    run = subprocess.run(
        [sys.executable, "-c", _RECORDER, str(PACKAGE)],
        capture_output=True,
        check=True,
        cwd=PACKAGE.parent,
    )
    return tuple(Expression(*found) for found in json.loads(run.stdout))


def calls() -> Iterator[tuple[str, range]]:
    """The file and lines of every call of a function of `re` in the package."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module in {"re", "regex"}:
                raise AssertionError(f"{path}: import re as a whole, so that its calls are found")
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in _FUNCTIONS
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id == "re"
            ):
                lines = range(node.lineno, (node.end_lineno or node.lineno) + 1)
                yield str(path.relative_to(PACKAGE)), lines


# What classes are sampled by, so that neighbours which both take a character are given that character.
_ALPHABET = "aAé0 \n.,:-_'\"<>&;()[]/=*\\\u0301"
_MOST_UNITS = 60


def attacks(expression: Expression, length: int) -> Iterator[str]:
    """Texts of about that length: each repeated part of the expression again and again, and what cannot follow it."""
    tree = re._parser.parse(expression.pattern, expression.flags)  # type: ignore[attr-defined]
    units: dict[tuple[str, str], None] = {}
    for prefer in _ALPHABET:
        for prefix, unit in _repeated(tree, prefer, ""):
            units[prefix, unit] = None
            units["", prefix + unit] = None
            units["", prefix + unit * 40] = None
        units["", _sample(tree, prefer)] = None
        units["", prefer] = None
    for prefix, unit in list(units)[: _MOST_UNITS * 4]:
        if unit:
            text = prefix + unit * (length // len(unit))
            yield text
            yield text + "\x00"


def _repeated(tree: Any, prefer: str, before: str) -> Iterator[tuple[str, str]]:
    """Each repeated part in the tree with what has to stand before it."""
    for operation, argument in tree:
        name = str(operation)
        if "REPEAT" in name:
            unit = _sample(argument[2], prefer)
            yield before, unit
            yield from _repeated(argument[2], prefer, before)
        elif name == "BRANCH":
            for branch in argument[1]:
                yield from _repeated(branch, prefer, before)
        elif name == "SUBPATTERN":
            yield from _repeated(argument[-1], prefer, before)
        elif name in {"ASSERT", "ASSERT_NOT"}:
            yield from _repeated(argument[1], prefer, before)
        elif name == "ATOMIC_GROUP":
            yield from _repeated(argument, prefer, before)
        before += _sample([(operation, argument)], prefer)


def _sample(tree: Any, prefer: str) -> str:
    """A short text that the tree takes, of `prefer` where it can."""
    return "".join(_sample_of(str(operation), argument, prefer) for operation, argument in tree)


def _sample_of(name: str, argument: Any, prefer: str) -> str:  # noqa: PLR0911 - one for each kind of node
    match name:
        case "LITERAL":
            return chr(argument)
        case "NOT_LITERAL":
            return prefer if ord(prefer) != argument else "b"
        case "ANY":
            return prefer if prefer != "\n" else "a"
        case "IN":
            return next(
                (char for char in prefer + _ALPHABET if _takes(tuple(argument), char)), _first(argument)
            )
        case "SUBPATTERN":
            return _sample(argument[-1], prefer)
        case "ATOMIC_GROUP":
            return _sample(argument, prefer)
        case "BRANCH":
            return _sample(argument[1][0], prefer)
        case _ if "REPEAT" in name:
            return _sample(argument[2], prefer) * argument[0]
        case _:
            return ""


@cache
def _takes(members: tuple[Any, ...], char: str) -> bool:
    source = re._compiler.compile(  # type: ignore[attr-defined]
        re._parser.SubPattern(re._parser.State(), [(re._constants.IN, list(members))])  # type: ignore[attr-defined]
    )
    return source.match(char) is not None


def _first(members: Any) -> str:
    for operation, argument in members:
        if str(operation) == "LITERAL":
            return chr(argument)
        if str(operation) == "RANGE":
            return chr(argument[0])
    return "b"

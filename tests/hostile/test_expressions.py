"""Every regular expression takes linear time: 100,000 characters of the worst that can be made for it."""

from __future__ import annotations

import re
import signal
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import FrameType

import orjson
import pytest

from tests.hostile.expressions import Expression, attacks, calls, compiled_by_the_package

SCREENED, LENGTH = 2_000, 100_000
SCREEN_LIMIT, LIMIT = 0.5, 2.0
"""Seconds of one core; what is quadratic takes ten times as long and more."""

USES: list[Callable[[re.Pattern[str], str], object]] = [
    lambda pattern, text: deque(pattern.finditer(text), maxlen=0),
    lambda pattern, text: pattern.fullmatch(text),
]


class TooSlow(Exception):
    """The message says which expression, and for which text."""


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Ends what is done in it after so many seconds of this process, also within a regular expression."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise TooSlow

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def seconds_of(expression: Expression, text: str, limit: float) -> float:
    """How long the expression takes to be searched for in the text and matched to it."""
    pattern = expression.compiled
    before = time.process_time()
    try:
        with limited(limit):
            for use in USES:
                use(pattern, text)
    except TooSlow:
        start, end = ascii(text[:80]), ascii(text[-20:])
        raise TooSlow(
            f"{expression.file}:{expression.line} takes over {limit} s for {len(text):,} characters {start} ... {end}"
            f"\n{expression.pattern[:300]}"
        ) from None
    return time.process_time() - before


def from_schemas() -> Iterator[Expression]:
    """The expressions that consumers check values with."""
    for path in sorted((Path(__file__).parents[2] / "schemas").glob("*.json")):
        for pattern in patterns_in(orjson.loads(path.read_bytes())):
            yield Expression(path.name, 0, pattern, 0)


def patterns_in(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("pattern"), str):
            yield node["pattern"]
        node = list(node.values())
    if isinstance(node, list):
        for child in node:
            yield from patterns_in(child)


@cache
def all_expressions() -> tuple[Expression, ...]:
    found = {(each.pattern, each.flags): each for each in (*compiled_by_the_package(), *from_schemas())}
    return tuple(found.values())


def test_no_expression_of_the_package_is_missed() -> None:
    found = {(each.file, each.line) for each in compiled_by_the_package()}
    missed = [
        f"{file}:{lines.start}" for file, lines in calls() if not any((file, line) in found for line in lines)
    ]
    assert missed == [], "let _RECORDER in tests/hostile/expressions.py run them"
    assert len(found) > 50
    assert len(all_expressions()) > 120


def test_every_expression_is_linear_for_the_texts_made_from_it() -> None:
    failures: list[str] = []
    for expression in all_expressions():
        texts = sorted(
            attacks(expression, SCREENED), key=lambda text: -seconds_of(expression, text, SCREEN_LIMIT)
        )
        for text in texts[:2]:
            try:
                seconds_of(expression, text * (LENGTH // len(text)), LIMIT)
            except TooSlow as slow:
                failures.append(str(slow))
    assert failures == []


BY_HAND = [
    "a" * LENGTH, "A " * (LENGTH // 2), "Aa " * (LENGTH // 3), "a-" * (LENGTH // 2),
    "a." * (LENGTH // 2), "1," * (LENGTH // 2),
    " " * LENGTH, "\n" * LENGTH, " \n" * (LENGTH // 2), "\t \n" * (LENGTH // 3), "(" * LENGTH,
    "[" * LENGTH, '"' * LENGTH,
    "<" * LENGTH, "<a " * (LENGTH // 3), "<a b='" * (LENGTH // 6), '<a b="' * (LENGTH // 6),
    "<a b=" * (LENGTH // 5), "&" * LENGTH,
    "&amp;" * (LENGTH // 5), "&#38" * (LENGTH // 4), "\\n" * (LENGTH // 2), "\\u" * (LENGTH // 2),
    "=" * LENGTH, "-" * LENGTH,
    "- " * (LENGTH // 2), "," * LENGTH, ", " * (LENGTH // 2), ".," * (LENGTH // 2), "Baca: " * (LENGTH // 6),
    "Baca juga: A b " * (LENGTH // 15), 'Simak video "' * (LENGTH // 13),
    "Penulis: A " * (LENGTH // 11), "A | " * (LENGTH // 4),
    "abc/def" * (LENGTH // 7), "ANTARA " * (LENGTH // 7), "republik islam " * (LENGTH // 15),
    "alias " * (LENGTH // 6), ")" * LENGTH,
    "Laporan Wartawan " * (LENGTH // 17), "---\na: b\n" * (LENGTH // 9), "â€" * (LENGTH // 2),
    "¬ " * (LENGTH // 2), "''" * (LENGTH // 2),
    "\u200b" * LENGTH, "\u0301" * LENGTH, "1 Tahun 2" * (LENGTH // 9), "( (" * (LENGTH // 3),
    "a'" * (LENGTH // 2), "A.b" * (LENGTH // 3),
]  # fmt: skip


@pytest.mark.full
def test_every_expression_is_linear_for_texts_made_by_hand() -> None:
    failures: list[str] = []
    for expression in all_expressions():
        try:
            for text in BY_HAND:
                seconds_of(expression, text, LIMIT)
        except TooSlow as slow:
            failures.append(str(slow))
    assert failures == []


def test_an_expression_that_is_not_linear_is_found_out() -> None:
    quadratic = Expression("contoh", 0, r"\w+\d", 0)
    slowest = max(attacks(quadratic, 1_000), key=lambda text: seconds_of(quadratic, text, SCREEN_LIMIT))
    with pytest.raises(TooSlow, match=r"contoh:0 takes over"):
        seconds_of(quadratic, slowest * (LENGTH // len(slowest)), 1.0)

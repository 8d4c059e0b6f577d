"""The tables in `rules/`: what each family of publishers adds to a story, read once and compiled.

A table is a TOML file. Its keys are explained in docs/cleaning.md; adding a publisher means adding rows,
never code.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

KINDS = ("line", "inline", "credit_line", "credit_tail")


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of a table: a pattern that is no part of the story.

    Attributes:
        id: family and name, as the report of shares shows it.
        pattern: matched against a whole line (`line`, `credit_line`), anywhere in a line (`inline`) or
            against the end of the last line (`credit_tail`).
        hints: lower-cased literals of which one must occur for the pattern to be tried.
        after_sentence: holds only where the sentence before it has ended.
        no_sentence: holds only if what it takes does not end as a sentence does.
    """

    id: str
    pattern: re.Pattern[str]
    hints: tuple[str, ...] = ()
    after_sentence: bool = False
    no_sentence: bool = False


class Table:
    """The rules of one kind, in order.

    Most lines match none of them, so one pattern that is the alternative of all is tried first.
    """

    def __init__(self, rows: Iterable[Rule]) -> None:
        self.rows = tuple(rows)
        alternatives = (
            f"(?{'i' if rule.pattern.flags & re.IGNORECASE else ''}:{rule.pattern.pattern})"
            for rule in self.rows
        )
        self._any = re.compile("|".join(alternatives).replace("(?P<credit>", "(?:"))

    def __iter__(self) -> Iterator[Rule]:
        return iter(self.rows)

    def matches(self, line: str, start: int, end: int) -> bool:
        """Whether some rule takes the whole of `line` from `start` to `end`."""
        return self._any.fullmatch(line, start, end) is not None

    def matching(self, line: str) -> Rule | None:
        """The first rule that takes the whole of `line`, if any."""
        if not self.matches(line, 0, len(line)):
            return None
        return next((rule for rule in self.rows if rule.pattern.fullmatch(line)), None)


@dataclass(frozen=True, slots=True)
class Rules:
    """All tables together."""

    line: Table
    inline: Table
    credit_line: Table
    credit_tail: Table
    publishers: tuple[str, ...]
    publishers_with_place: tuple[str, ...]
    places: frozenset[str]
    related_labels: tuple[str, ...]
    related_suffixes: tuple[str, ...]
    related_openers: frozenset[str]
    brands: frozenset[str]


def _rule(row: dict[str, Any]) -> Rule:
    flags = 0 if row.get("case_sensitive") else re.IGNORECASE
    return Rule(
        id=row["id"],
        pattern=re.compile(row["pattern"], flags),
        hints=tuple(hint.lower() for hint in row.get("hints", ())),
        after_sentence=row.get("after_sentence", False),
        no_sentence=row.get("no_sentence", False),
    )


@cache
def load() -> Rules:
    """All tables of the package, in the order of their file names."""
    folder = files("streams.text") / "rules"
    tables = [
        tomllib.loads(entry.read_text("utf-8"))
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith(".toml")
    ]
    rows = {kind: Table(_rule(row) for table in tables for row in table.get(kind, ())) for kind in KINDS}
    related = [table["related"] for table in tables if "related" in table]
    return Rules(
        **rows,
        publishers=tuple(name for table in tables for name in table.get("publishers", ())),
        publishers_with_place=tuple(
            name for table in tables for name in table.get("publishers_with_place", ())
        ),
        places=frozenset(
            line.strip().casefold()
            for line in (folder / "places.txt").read_text("utf-8").splitlines()
            if line.strip()
        ),
        related_labels=tuple(label for table in related for label in table["labels"]),
        related_suffixes=tuple(suffix for table in related for suffix in table["suffixes"]),
        related_openers=frozenset(opener for table in related for opener in table["openers"]),
        brands=frozenset(brand for table in related for brand in table["brands"]),
    )

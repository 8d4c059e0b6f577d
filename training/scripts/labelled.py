"""The labelled data as the model reads it: normalised text with spans carried along."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from streams.nlp.normalise import Normalised, normalise


@dataclass(frozen=True, slots=True)
class Labelled:
    """One normalised text with its entities as (start, end, type), in code points."""

    id: str
    text: str
    spans: list[tuple[int, int, str]]


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a .jsonl file."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def inverse(normalised: Normalised, start: int, end: int) -> tuple[int, int]:
    """Where the stretch `[start, end)` of the original stands in the normalised text."""

    def at(offset: int) -> int:
        piece = bisect_right(normalised._origins, offset) - 1  # noqa: SLF001
        return normalised._pieces[piece] + offset - normalised._origins[piece]  # noqa: SLF001

    return at(start), at(end - 1) + 1


def articles(path: Path) -> Iterator[Labelled]:
    """The articles of `path` (fields: text, entities) as the model reads them."""
    for number, row in enumerate(rows(path)):
        line = normalise(row["text"])
        spans = [(*inverse(line, start, end), kind) for start, end, kind in row["entities"]]
        yield Labelled(str(row["id"] or number), line.text, spans)

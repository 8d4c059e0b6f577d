"""Sentences of unlabelled news with the names that a larger model found in them (`teacher.py`).

`labels/taught.jsonl` holds for each sentence the article's id, where the sentence and its names stand in the article's
text, and the names' types; the words come from the news itself.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labelled import rows
from topic_examples import packed

FEWEST, MOST = 8, 45
"""Words of a sentence that is worth labelling."""

SEED = 7
PER_ARTICLE = 2

# Words as the annotators of NERGrit have them: "anti-teror" is one, and so is each mark.
_WORD = re.compile(r"\w+(?:[-']\w+)*|[^\w\s]")
_SEAM = re.compile(r'(?<=[.!?])\s+(?=[A-Z"“])')


def words(text: str) -> list[tuple[int, int]]:
    """Where the words and marks of `text` begin and end."""
    return [match.span() for match in _WORD.finditer(text)]


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """Where the sentences of `text` begin and end that are neither short nor long and may hold a name."""
    line_start = 0
    for line in text.split("\n"):
        ends = [match.span() for match in _SEAM.finditer(line)]
        edges = zip([0, *(end for _, end in ends)], [*(start for start, _ in ends), len(line)], strict=True)
        for start, end in edges:
            found = words(line[start:end])
            inner = (line[start + at].isupper() for at, _ in found[1:])
            if FEWEST <= len(found) <= MOST and any(inner):
                yield line_start + start, line_start + end
        line_start += len(line) + 1


def spans(tags: Iterable[str]) -> set[tuple[int, int, str]]:
    """The names of B- and I- tags: first word, word after the last, type. An I- that continues nothing opens one."""
    listed = [*tags, "O"]
    found: set[tuple[int, int, str]] = set()
    start: int | None = None
    for place, tag in enumerate(listed):
        if start is not None and tag != "I-" + listed[start][2:]:
            found.add((start, place, listed[start][2:]))
            start = None
        if start is None and tag != "O":
            start = place
    return found


def tags(found: Iterable[tuple[int, int, str]], length: int) -> list[str]:
    """The B- and I- tags of a sentence of `length` words with these names."""
    result = ["O"] * length
    for start, end, kind in found:
        result[start:end] = ["B-" + kind] + ["I-" + kind] * (end - start - 1)
    return result


@dataclass(frozen=True)
class Place:
    """A sentence of an article."""

    article: str
    start: int
    tokens: list[str]
    places: list[tuple[int, int]]
    """Of the tokens, counted from `start`."""


def drawn(articles: Path, most: int) -> list[Place]:
    """About `most` sentences that may hold names, at most two of an article, from articles in an order of chance."""
    dice = random.Random(SEED)  # noqa: S311
    listed = list(packed(articles))
    dice.shuffle(listed)
    found: list[Place] = []
    for row in listed:
        places = list(sentences(row["text"]))
        for start, end in dice.sample(places, min(PER_ARTICLE, len(places))):
            text = row["text"][start:end]
            edges = words(text)
            found.append(Place(row["id"], start, [text[a:b] for a, b in edges], edges))
        if len(found) >= most:
            break
    return found


def label(place: Place, tags: Sequence[str]) -> dict[str, Any]:
    """The row of a labelled sentence: offsets into the article's text, no text."""
    return {
        "id": place.article,
        "start": place.start,
        "end": place.start + place.places[-1][1],
        "entities": [
            [place.start + place.places[first][0], place.start + place.places[last - 1][1], kind]
            for first, last, kind in sorted(spans(tags))
        ],
    }


def taught(labels: Path, articles: Path) -> list[dict[str, Any]]:
    """The labelled sentences as NERGrit's are (`tokens`, `tags`), in the order of the labels.

    Raises:
        SystemExit: `articles` lacks one of the labelled articles.
    """
    wanted = list(rows(labels))
    ids = {row["id"] for row in wanted}
    texts = {row["id"]: row["text"] for row in packed(articles) if row["id"] in ids}
    if missing := len(ids) - len(texts):
        raise SystemExit(f"{articles} lacks {missing} of the articles that {labels} is about.")
    return [_sentence(row, texts[row["id"]]) for row in wanted]


def _sentence(row: dict[str, Any], text: str) -> dict[str, Any]:
    begin = row["start"]
    line = text[begin : row["end"]]
    places = words(line)
    first = {start + begin: number for number, (start, _) in enumerate(places)}
    last = {end + begin: number + 1 for number, (_, end) in enumerate(places)}
    names = [(first[start], last[end], kind) for start, end, kind in row["entities"]]
    return {"tokens": [line[start:end] for start, end in places], "tags": tags(names, len(places))}

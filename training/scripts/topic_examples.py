"""Everything the topic model learns from: given labels, labels read for this project, and articles written for it."""

from __future__ import annotations

import gzip
import hashlib
import json
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from pathlib import Path
from typing import Any

from labelled import rows

from streams.events import TopicId
from streams.nlp.signs import Signs
from streams.nlp.topics import Reading, read

TOPICS: tuple[TopicId, ...] = ("diplomacy", "terrorism")


@dataclass(frozen=True)
class Example:
    """A text with its labels, the topics across."""

    forms: list[str]
    head: list[str]
    labels: tuple[int, ...]
    _: KW_ONLY
    signs: tuple[tuple[float, ...], ...] = ()
    """For each topic, what its signs count; empty for texts that are not held out in turn."""
    weight: float = 1.0
    given: bool = False
    """Whether the labels came with the data; those articles are drawn like the dev articles, the others where an
    earlier model was unsure."""


@dataclass(frozen=True)
class Sources:
    """Where the texts and labels lie."""

    topics: Path
    """`train.jsonl` and `headlines.jsonl`, texts with labels."""
    news: Path
    """`articles.jsonl.gz` and `headlines.jsonl.gz`, texts without."""
    labels: Path
    """`articles.jsonl` and `headlines.jsonl`, labels without texts; `written.jsonl`, both."""
    signs: Path
    """The words that name each topic, TOML."""


def sign_lists(path: Path) -> tuple[Signs, ...]:
    """For each topic, the words that name it."""
    listed = tomllib.loads(path.read_text(encoding="utf-8"))
    return tuple(
        Signs(frozenset(listed[topic]["words"].split()), tuple(listed[topic]["stems"].split()))
        for topic in TOPICS
    )


def articles(sources: Sources, signs: Sequence[Signs]) -> list[Example]:
    """The labelled articles, those that came with labels (`given`) first."""
    wanted = {row["id"]: row for row in rows(sources.labels / "articles.jsonl")}
    texts = {row["id"]: row for row in packed(sources.news / "articles.jsonl.gz") if row["id"] in wanted}
    _require(len(texts), len(wanted), sources.news)
    given = [
        replace(_example(row, read(row["title"], row["text"]), signs), given=True)
        for row in rows(sources.topics / "train.jsonl")
    ]
    return given + [
        _example(row, read(texts[identifier]["title"], texts[identifier]["text"]), signs)
        for identifier, row in wanted.items()
    ]


def headlines(sources: Sources, weight: float) -> list[Example]:
    """The labelled headlines, each an article of a title alone."""
    wanted = {row["sha256"]: row for row in rows(sources.labels / "headlines.jsonl")}
    titles = {digest(row["title"] or ""): row["title"] for row in packed(sources.news / "headlines.jsonl.gz")}
    _require(len(wanted.keys() & titles.keys()), len(wanted), sources.news)
    given = [
        _example(row, read(row["title"], ""), None, weight)
        for row in rows(sources.topics / "headlines.jsonl")
    ]
    return given + [_example(row, read(titles[name], ""), None, weight) for name, row in wanted.items()]


def written(sources: Sources) -> list[Example]:
    """The articles invented for training: secondary subjects and near misses."""
    return [
        _example(row, read(row["title"], row["text"]), None) for row in rows(sources.labels / "written.jsonl")
    ]


def digest(title: str) -> str:
    """How a headline is named in `headlines.jsonl`: the first 16 hexadecimal digits of its SHA-256."""
    return hashlib.sha256(title.encode()).hexdigest()[:16]


def sign_features(signs: Signs, reading: Reading) -> tuple[float, ...]:
    """What `signs` counts in an article."""
    return tuple(signs.features(reading.forms, in_title=reading.in_title, in_head=len(reading.head())))


def _example(
    row: dict[str, Any], reading: Reading, signs: Sequence[Signs] | None, weight: float = 1.0
) -> Example:
    return Example(
        reading.forms,
        reading.head(),
        tuple(int(row[topic]) for topic in TOPICS),
        signs=tuple(sign_features(of, reading) for of in signs or ()),
        weight=weight,
    )


def packed(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a .jsonl.gz file."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def _require(found: int, wanted: int, where: Path) -> None:
    if found != wanted:
        raise SystemExit(
            f"{where} holds only {found} of the {wanted} labelled texts: the labels are for other data."
        )

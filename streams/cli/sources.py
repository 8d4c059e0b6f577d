"""Files as raw records: what `kabar publish` sends and `kabar enrich` works on."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import orjson

from streams.errors import BadConfiguration

_TEXT = frozenset((".txt", ".text"))
_HTML = frozenset((".html", ".htm"))
_LINES = frozenset((".jsonl", ".ndjson"))


@dataclass(frozen=True, slots=True)
class Source:
    """One raw record to be, and where it stands for people to find it."""

    place: str
    """As in `articles.jsonl:3`."""
    value: bytes


def check(files: Sequence[str]) -> None:
    """Looks at all files before any work begins.

    Raises:
        BadConfiguration: one cannot be read, or is of no known kind.
    """
    for name in files:
        path = Path(name)
        if name == "-":
            continue
        if not path.is_file():
            raise BadConfiguration(f"There is no file {name}.")
        if path.suffix.lower() not in _TEXT | _HTML | _LINES | {".json"}:
            raise BadConfiguration(f"{name} is not a .jsonl, .json, .txt or .html file.")


def read(files: Sequence[str]) -> Iterator[Source]:
    """The records in the files, in order. Their bytes are not judged here: a broken one is a record too."""
    for name in files:
        if name == "-":
            yield from _standard_input()
            continue
        path = Path(name)
        kind = path.suffix.lower()
        if kind in _LINES:
            with path.open("rb") as stream:
                yield from _lines(name, stream)
        elif kind == ".json":
            yield from _document(name, path.read_bytes())
        else:
            yield Source(name, _article_of(path.read_bytes()))


def total_bytes(files: Sequence[str]) -> int | None:
    """The size of all files together, for a progress bar; None with standard input among them."""
    return None if "-" in files else sum(Path(name).stat().st_size for name in files)


def _standard_input() -> Iterator[Source]:
    stream = cast("io.BufferedReader", sys.stdin.buffer)
    start = stream.peek().lstrip()[:1]
    if start == b"{":
        yield from _lines("-", stream)
    elif start == b"[":
        yield from _document("-", stream.read())
    else:
        yield Source("-", _article_of(stream.read()))


def _lines(name: str, stream: BinaryIO) -> Iterator[Source]:
    for number, line in enumerate(stream, start=1):
        if line.strip():
            yield Source(f"{name}:{number}", line.rstrip(b"\r\n"))


def _document(name: str, content: bytes) -> Iterator[Source]:
    try:
        document = orjson.loads(content)
    except orjson.JSONDecodeError:
        document = None
    if not isinstance(document, list):
        yield Source(name, content)
        return
    for index, item in enumerate(document):
        yield Source(f"{name}[{index}]", orjson.dumps(item))


def _article_of(content: bytes) -> bytes:
    """A file's text as an article's body. What is not UTF-8 is taken as Windows-1252, as old archives are."""
    try:
        body = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        body = content.decode("cp1252", errors="replace")
    return orjson.dumps({"body": body})

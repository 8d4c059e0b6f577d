"""Files as raw records: what `kabar publish` sends and `kabar enrich` works on."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import orjson
from selectolax.lexbor import LexborHTMLParser

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
        else:
            yield from of(name, kind, path.read_bytes())


def of(name: str, kind: str, content: bytes) -> Iterator[Source]:
    """The records in the content of a file.

    Args:
        name: where it comes from, for people to find it.
        kind: what a file of such content is called at its end: `.json`.
        content: all of it.
    """
    if kind in _LINES:
        yield from _lines(name, io.BytesIO(content))
    elif kind == ".json":
        yield from _document(name, content)
    else:
        yield Source(name, _article_of(content, is_page=kind in _HTML))


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
    try:
        items = [orjson.dumps(item) for item in document]
    except TypeError:
        # Nested too deeply to be taken apart: the pipeline says so.
        items = [content]
    for index, item in enumerate(items):
        yield Source(f"{name}[{index}]", item)


def _article_of(content: bytes, *, is_page: bool = False) -> bytes:
    """A file's text as an article's body. What is not UTF-8 is taken as Windows-1252, as old archives are."""
    try:
        body = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        body = content.decode("cp1252", errors="replace")
    title = _page_title(body) if is_page else None
    return orjson.dumps({"title": title, "body": body} if title else {"body": body})


def _page_title(page: str) -> str | None:
    """The headline that a page gives itself: for sharing, in its head, or above its text."""
    tree = LexborHTMLParser(page)
    shared = tree.css_first('meta[property="og:title"]')
    if shared is not None and shared.attributes.get("content"):
        return shared.attributes["content"]
    for selector in ("title", "h1"):
        node = tree.css_first(selector)
        if node is not None and node.text(strip=True):
            return node.text(strip=True)
    return None

"""Named stretches of a text: the recogniser run on the normalised text, its finds carried back to the original."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import cast

from spacy.language import Language

from streams.events import EntityType
from streams.nlp.casing import Caser
from streams.nlp.normalise import Normalised, normalise

Found = tuple[int, int, EntityType]
"""Start and end in code points of the original text, and the type."""

# Long texts go through in pieces of about a thousand words, so that memory stays bounded.
_PIECE = 8_000
_SENTENCE_END = re.compile(r"[.!?][\"')]* (?=[\"'(]*[A-Z0-9])")
_BLANK_LINE = re.compile(r"\n\s*\n")
# Quotes and separators never belong to a name at its edge; a full stop or bracket may ("D.C.", "(Persero)").
_EDGE = "\"'`\u201c\u201d\u2018\u2019,;:!?([{<>-\u2013\u2014/|*"


def spans(nlp: Language, texts: Sequence[str], *, caser: Caser) -> list[list[Found]]:
    """The entities of each text, in order and without overlap.

    Each piece of text goes through the network on its own (`batch_size=1`), which makes the outcome independent
    of the other texts to the last bit; larger batches bring little on a CPU.
    """
    lines = [normalise(text) for text in texts]
    pieces = [
        (number, start, piece) for number, line in enumerate(lines) for start, piece in _pieces(line.text)
    ]
    found: list[list[Found]] = [[] for _ in texts]
    stream = nlp.pipe((caser.calm(piece) for _, _, piece in pieces), batch_size=1)
    for (number, start, _), doc in zip(pieces, stream, strict=True):
        for entity in doc.ents:
            span = _trimmed(texts[number], lines[number], start + entity.start_char, start + entity.end_char)
            if span is not None:
                found[number].append((*span, cast("EntityType", entity.label_)))
    return found


def _pieces(line: str) -> Iterator[tuple[int, str]]:
    """The line in pieces that end at a sentence where there is one, each with its start."""
    start = 0
    while len(line) - start > _PIECE:
        ends = [match.end() for match in _SENTENCE_END.finditer(line, start + _PIECE // 2, start + _PIECE)]
        space = line.rfind(" ", start + 1, start + _PIECE)
        stop = ends[-1] if ends else space + 1 if space > 0 else start + _PIECE
        yield start, line[start:stop]
        start = stop
    if start < len(line):
        yield start, line[start:]


def _trimmed(text: str, line: Normalised, start: int, end: int) -> tuple[int, int] | None:
    """The original span without marks and blanks at its edges, or None without a letter or digit in it."""
    begin, stop = line.span(start, end)
    begin, stop = _in_one_paragraph(text, begin, stop)
    while begin < stop and _is_edge(text[begin]):
        begin += 1
    while stop > begin and (
        _is_edge(text[stop - 1]) or (text[stop - 1] == ")" and "(" not in text[begin:stop])
    ):
        stop -= 1
    return (begin, stop) if any(map(str.isalnum, text[begin:stop])) else None


def _in_one_paragraph(text: str, begin: int, stop: int) -> tuple[int, int]:
    """The longest part of the span that no blank line cuts: a name does not go on in the next paragraph."""
    borders = [
        (begin, begin),
        *(match.span() for match in _BLANK_LINE.finditer(text, begin, stop)),
        (stop, stop),
    ]
    parts = [(left[1], right[0]) for left, right in pairwise(borders)]
    return max(parts, key=lambda part: part[1] - part[0])


def _is_edge(char: str) -> bool:
    return char.isspace() or char in _EDGE or not char.isprintable()

"""Variants of labelled text in the dress that titles wear: headline case, capitals, no capitals.

The labelled articles are running text only; at work the model reads their titles too.
"""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Iterator

from labelled import Labelled

from streams.nlp.casing import Caser

_SENTENCE_END = re.compile(r"[.!?][\"')]* (?=[\"'(]*[A-Z0-9])")
_WORD = re.compile(r"[^\W\d_]+")
# Written small in Indonesian headlines.
_SMALL = frozenset({
    "di", "ke", "dari", "yang", "dan", "untuk", "pada", "dengan", "dalam", "oleh", "atau", "itu", "ini", "sebagai",
    "bagi", "soal", "agar", "saat", "usai", "jadi", "tak",
})  # fmt: skip
_LONGEST_TITLE = 110


def variants(example: Labelled, caser: Caser, dice: random.Random) -> Iterator[Labelled]:
    """Now and then the whole article in capitals, and a few short pieces of it, each in one of the other dresses."""
    if dice.random() < 0.04:
        yield from recast(example, calmed(example.text, caser))
    pieces = [piece for piece in sentences(example) if piece.spans]
    for piece in pieces:
        chance = dice.random()
        if chance < 0.06:
            yield from recast(piece, calmed(piece.text, caser))
        elif chance < 0.24 and len(piece.text) <= _LONGEST_TITLE:
            yield from recast(piece, caser.calm(headline(piece.text)))
        elif chance > 0.985:
            yield from recast(piece, piece.text.lower())


def sentences(example: Labelled) -> list[Labelled]:
    """The sentences of the article, cut where no entity is cut."""
    ends = [match.end() for match in _SENTENCE_END.finditer(example.text)]
    ends = [end for end in ends if not any(start < end < stop for start, stop, _ in example.spans)]
    borders = [0, *ends, len(example.text)]
    return [
        Labelled(
            f"{example.id}:{start}",
            example.text[start:end].rstrip(),
            [(s - start, e - start, t) for s, e, t in example.spans if start <= s and e <= end],
        )
        for start, end in itertools.pairwise(borders)
        if end - start > 20
    ]


def recast(piece: Labelled, text: str) -> Iterator[Labelled]:
    """The piece with `text` instead of its own; nothing if that is the same or has moved an offset."""
    if len(text) == len(piece.text) and text != piece.text:
        yield Labelled(piece.id, text, piece.spans)


def headline(text: str) -> str:
    """Each word with a capital but the smallest."""
    return _WORD.sub(
        lambda m: m.group() if m.group() in _SMALL else m.group()[0].upper() + m.group()[1:], text
    )


def calmed(text: str, caser: Caser) -> str:
    """What the runtime makes of the text when it comes in capitals."""
    loud = text.upper()
    return caser.calm(loud) if len(loud) == len(text) else text

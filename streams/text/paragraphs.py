"""Paragraphs: one blank line between two, none of them broken inside."""

from __future__ import annotations

import re

_BLANK = re.compile(r"\n[ ]?(?:\n[ ]?)+")
_ENDS = tuple(".!?:;…\"”’')]|")
_NARROW, _WIDE = 40, 120


def _wrapped(lines: list[str]) -> bool:
    """Whether `lines` are one paragraph that a mail program or an editor broke at its margin."""
    broken = lines[:-1]
    if not broken or max(map(len, lines)) > _WIDE:
        return False
    inside = sum(len(line) >= _NARROW and not line.endswith(_ENDS) for line in broken)
    return 2 * inside > len(broken)


def _goes_on(line: str, following: str) -> bool:
    """Whether `following` continues the sentence of `line`."""
    return len(line) >= _NARROW and not line.endswith(_ENDS) and following[0].islower()


def arrange(text: str) -> str:
    """`text` with its paragraphs separated by one blank line.

    A single line feed ends a paragraph too, as most publishers have it, unless the text was broken at a margin.
    """
    paragraphs: list[str] = []
    for block in _BLANK.split(text):
        lines = [line for line in map(str.strip, block.split("\n")) if line]
        if _wrapped(lines):
            paragraphs.append(" ".join(lines))
            continue
        for number, line in enumerate(lines):
            if number and _goes_on(lines[number - 1], line):
                paragraphs[-1] += " " + line
            else:
                paragraphs.append(line)
    return "\n\n".join(paragraphs)

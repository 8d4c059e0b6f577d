"""Text that shouts, put back into ordinary case: titles are often set in capitals, names are read by case."""

from __future__ import annotations

import re
from dataclasses import dataclass

_WORD = re.compile(r"[^\W\d_]+")
_SHOUTING = 0.7
_ENOUGH = 8


@dataclass(frozen=True, slots=True)
class Caser:
    """How each word is usually written inside a sentence, as counted in news text."""

    lower: frozenset[str]
    """Words that are not names: "menyerang", "pada"."""
    upper: frozenset[str]
    """Acronyms, in lower case: "kpk", "bnpt"."""

    def calm(self, text: str) -> str:
        """`text` in ordinary case if most of its letters are capitals, else `text` itself.

        The result has the same length, so offsets stay what they were.
        """
        capitals = sum(map(str.isupper, text))
        if capitals < _ENOUGH or capitals <= _SHOUTING * (capitals + sum(map(str.islower, text))):
            return text
        return _WORD.sub(self._usual, text)

    def _usual(self, match: re.Match[str]) -> str:
        word = match.group()
        small = word.lower()
        if len(small) != len(word) or not word.isupper():
            return word
        if small in self.upper:
            return word
        if small in self.lower:
            return small
        return word[0] + small[1:]

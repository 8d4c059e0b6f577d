"""Titles put back into ordinary case: they come in capitals or in title case, and names are read by case."""

from __future__ import annotations

import re
from dataclasses import dataclass

_WORD = re.compile(r"[^\W\d_]+")
_SHOUTING = 0.7
_ENOUGH = 8
# Headlines capitalise what carries meaning: all but short words like "di" and "dan".
_TITLE_WORDS = 0.75
_TITLE_WORD_LETTERS = 4
_TITLE_LEAST_WORDS = 4


@dataclass(frozen=True, slots=True)
class Caser:
    """How each word is usually written inside a sentence, as counted in news text."""

    lower: frozenset[str]
    """Words that are not names: "menyerang", "pada"."""
    upper: frozenset[str]
    """Acronyms, in lower case: "kpk", "bnpt"."""

    def calm(self, text: str) -> str:
        """`text` in ordinary case if it is in capitals or in title case, else `text` itself.

        The result has the same length, so offsets stay what they were.
        """
        if _shouts(text):
            return _WORD.sub(self._usual, text)
        if _is_title_case(text):
            return _WORD.sub(self._usual_in_title, text)
        return text

    def _usual_in_title(self, match: re.Match[str]) -> str:
        """The first word keeps its capital, as in any sentence."""
        word = match.group()
        small = word.lower()
        is_capitalised = word[0].isupper() and word[1:].islower() and len(small) == len(word)
        return small if is_capitalised and match.start() > 0 and small in self.lower else word

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


def _shouts(text: str) -> bool:
    capitals = sum(map(str.isupper, text))
    return capitals >= _ENOUGH and capitals > _SHOUTING * (capitals + sum(map(str.islower, text)))


def _is_title_case(text: str) -> bool:
    words = [word for word in _WORD.findall(text) if len(word) >= _TITLE_WORD_LETTERS]
    capitalised = sum(word[0].isupper() for word in words)
    return len(words) >= _TITLE_LEAST_WORDS and capitalised >= _TITLE_WORDS * len(words)

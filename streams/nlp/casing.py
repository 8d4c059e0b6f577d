"""Titles put back into ordinary case: they come in capitals or in title case, and names are read by case."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Self

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
    pairs: frozenset[str] = frozenset()
    """Neighbours that make a name although one of them is usually small: "istana_merdeka"."""

    @classmethod
    def load(cls, path: Path) -> Self:
        """The table that training/scripts/vectors.py wrote.

        Raises:
            OSError, ValueError, KeyError, TypeError, AttributeError: the file cannot be read or is damaged.
        """
        table = json.loads(path.read_text(encoding="utf-8"))
        return cls(*(frozenset(table[kind].split()) for kind in ("lower", "upper", "pairs")))

    def calm(self, text: str) -> str:
        """`text` in ordinary case if it is in capitals or in title case, else `text` itself.

        The result has the same length, so offsets stay what they were.
        """
        if _shouts(text):
            named = self._in_pairs(text)
            return _WORD.sub(lambda match: self._usual(match.group(), match.start() in named), text)
        if _is_title_case(text):
            # The first word keeps its capital, as in any sentence.
            first = _WORD.search(text)
            named = self._in_pairs(text) | ({first.start()} if first else set())
            return _WORD.sub(lambda match: self._usual_in_title(match.group(), match.start() in named), text)
        return text

    def _in_pairs(self, text: str) -> set[int]:
        """Where the words stand that make a name together with a neighbour."""
        words = [(match.start(), match.end()) for match in _WORD.finditer(text)]
        return {
            start
            for left, right in pairwise(words)
            if text[left[1] : right[0]] == " "
            and f"{text[left[0] : left[1]]}_{text[right[0] : right[1]]}".lower() in self.pairs
            for start in (left[0], right[0])
        }

    def _usual_in_title(self, word: str, named: bool) -> str:
        small = word.lower()
        is_capitalised = word[0].isupper() and word[1:].islower() and len(small) == len(word)
        return small if is_capitalised and small in self.lower and not named else word

    def _usual(self, word: str, named: bool) -> str:
        small = word.lower()
        if len(small) != len(word) or not word.isupper():
            return word
        if small in self.upper:
            return word
        if small in self.lower and not named:
            return small
        return word[0] + small[1:]


def _shouts(text: str) -> bool:
    capitals = sum(map(str.isupper, text))
    return capitals >= _ENOUGH and capitals > _SHOUTING * (capitals + sum(map(str.islower, text)))


def _is_title_case(text: str) -> bool:
    words = [word for word in _WORD.findall(text) if len(word) >= _TITLE_WORD_LETTERS]
    capitalised = sum(word[0].isupper() for word in words)
    return len(words) >= _TITLE_LEAST_WORDS and capitalised >= _TITLE_WORDS * len(words)

"""How much of an article speaks of a topic by name: groups, offices, agencies and the word itself.

A bag of words lets the many words of one subject drown the few of another. These counts do not: an article about
two presidents that names ISIS in every other paragraph is about both, whatever its other words are.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

FEATURES = 6
_STRETCH = 25
# Hits in a hundred words: hardly an article has more, a headline made of nothing else would have a hundred.
_DENSEST = 8.0


@dataclass(frozen=True, slots=True)
class Signs:
    """A closed vocabulary, in lower case."""

    words: frozenset[str]
    stems: tuple[str, ...]
    """Beginnings of words: "teror" for "teroris", "terorisme"."""

    def hits(self, forms: Sequence[str]) -> list[bool]:
        """Whether each word is a sign."""
        return [form in self.words or form.startswith(self.stems) for form in forms]

    def features(self, forms: Sequence[str], *, in_title: int, in_head: int) -> list[float]:
        """How often, how densely and how widely signs stand in an article; all 0 without any.

        Args:
            forms: the words of the article, title first.
            in_title: how many of them are the title's.
            in_head: how many of them are the title and the opening.
        """
        hits = self.hits(forms)
        count = sum(hits)
        body = hits[in_title:]
        stretches = [any(body[start : start + _STRETCH]) for start in range(0, len(body), _STRETCH)] or [
            False
        ]
        return [
            math.log1p(count),
            min(_DENSEST, 100 * count / max(1, len(forms))),
            sum(stretches) / len(stretches),
            math.log1p(len({form for form, hit in zip(forms, hits, strict=True) if hit})),
            float(any(hits[:in_title])),
            math.log1p(sum(hits[:in_head])),
        ]

"""Acronyms and the names they stand for, as Indonesian forms them: initials (BNPT) and syllables (Kemlu, Kalbar)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from streams.nlp.names import word_list


def is_acronym(surface: str) -> bool:
    """Whether `surface` is written like initials: one word of 2 to 10 characters, capitals but for a few letters."""
    letters = surface.replace(".", "")
    if not 2 <= len(letters) <= 10 or not letters.replace("-", "").isalnum():
        return False
    capitals = sum(c.isupper() for c in letters)
    return capitals >= 2 and capitals * 2 > sum(c.isalpha() for c in letters)


def initials(words: Sequence[str]) -> frozenset[str]:
    """The acronyms that the first letters of `words` give, with and without the linking words."""
    every = "".join(word[0] for word in words)
    links = word_list("link")
    bare = "".join(word[0] for word in words if (word,) not in links)
    return frozenset({every, bare})


@lru_cache(maxsize=4096)
def fits(acronym: str, words: tuple[str, ...]) -> bool:
    """Whether `acronym` is made of beginnings of `words` in order, from the first word on.

    Words may be passed over, except the first, and except that a word's beginning has to be its own: "kalbar" fits
    ("kalimantan", "barat"), "unair" fits ("universitas", "airlangga") but not ("fisip", "universitas", "airlangga").
    """
    # reach: how many letters of the acronym can be accounted for by the words so far
    reach: set[int] = set()
    for position, word in enumerate(words):
        starts = {0} if position == 0 else set(reach)
        for start in starts:
            length = 0
            while (
                start + length < len(acronym)
                and length < len(word)
                and acronym[start + length] == word[length]
            ):
                length += 1
                reach.add(start + length)
        if not reach:
            return False
    return len(acronym) in reach


def belongs_to_the_end(acronym: str, words: tuple[str, ...]) -> bool:
    """Whether `acronym` abbreviates the last words of a longer name and not the name.

    In "Dewan Pengawas Komisi Pemberantasan Korupsi (KPK)" the acronym is that of the body inside the name.
    """
    if fits(acronym, words):
        return False
    return any(fits(acronym, words[start:]) for start in range(1, len(words) - 1))

"""Names reduced to what identifies them: words without case, accents, dots, titles and possessive endings."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache, lru_cache
from importlib import resources
from typing import Final, Literal

Words = tuple[str, ...]


def rows(table: str) -> list[list[str]]:
    """The rows of `data/<table>.tsv` without its comments."""
    path = resources.files("streams.nlp").joinpath(f"data/{table}.tsv")
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if not line.startswith("#")]


_WORD: Final = re.compile(r"[^\W_]+")
# "Trump's", "Trump-nya": an ending that is no part of the name.
_ENDING: Final = re.compile(r"(?<=\w)(?:['’`´]s|[-‐‑–]\s?(?:nya|lah|kah|pun))$", re.IGNORECASE)
# Dots inside abbreviations and apostrophes inside names join what they stand between: "B.J.", "U.S.", "Ba'asyir".
_JOINER: Final = re.compile(r"(?<=\w)[.'’‘`´ʻʼ](?=\w)|(?<=\b\w)\.")


@cache
def word_list(use: str) -> frozenset[Words]:
    """The words and phrases that `data/name_words.tsv` lists for one use."""
    return frozenset(
        tuple(phrase.split())
        for kind, listed in rows("name_words")
        if kind == use
        for phrase in listed.split(", ")
    )


def single_words(use: str) -> frozenset[str]:
    """As `word_list`, where every entry is one word."""
    return frozenset(word for (word,) in word_list(use))


@lru_cache(maxsize=8192)
def words(surface: str) -> Words:
    """The words of a name for comparing: "B.J. Habibie" -> ("bj", "habibie"), "TRUMP-nya" -> ("trump",).

    Compatibility forms, case, accents, dots of abbreviations, apostrophes and possessive endings are levelled out;
    initials that stand alone are drawn together. Empty if the surface has no letter or digit.
    """
    text = _ENDING.sub("", surface.strip())
    text = _JOINER.sub("", unicodedata.normalize("NFKC", text))
    text = unicodedata.normalize("NFKD", text.casefold())
    found = _WORD.findall("".join(c for c in text if not unicodedata.combining(c)))
    merged: list[str] = []
    after_initial = False
    for word in found:
        initial = len(word) == 1 and word.isalpha()
        if initial and after_initial:
            merged[-1] += word
        else:
            merged.append(word)
        after_initial = initial
    return tuple(merged)


@lru_cache(maxsize=8192)
def person_words(surface: str) -> Words:
    """The words that tell a person: no honorifics, degrees or particles, one spelling of Muhammad, old "oe" as "u".

    A nickname that stands for one widely known person is written out: "Jokowi" -> ("joko", "widodo").
    """
    head, comma, degrees = surface.partition(",")
    if comma and head.strip() and all(len(word) <= 4 for word in _WORD.findall(degrees)):
        surface = head
    found = words(surface)
    known = other_names().get(("PERSON", found))
    if known:
        found = known
    start = 0
    while start < len(found) - 1 and (found[start],) in word_list("honorific"):
        start += 1
    kept = [word for word in found[start:] if (word,) not in word_list("particle")] or list(found[start:])
    return tuple("muhammad" if (word,) in word_list("muhammad") else word.replace("oe", "u") for word in kept)


def is_part_of(part: Sequence[str], whole: Sequence[str]) -> bool:
    """Whether `part` names the same person more briefly: its words occur in `whole` in that order.

    Initials stand for words on either side ("sb yudhoyono", "m natsir"), but one word of three letters or more has to
    be the same on both.
    """
    at = 0
    same = False
    for word in part:
        for i in range(at, len(whole)):
            if whole[i] == word:
                same = same or len(word) >= 3
                at = i + 1
                break
            if len(whole[i]) == 1 and word[0] == whole[i]:
                at = i + 1
                break
            if len(word) <= 3 and "".join(w[0] for w in whole[i : i + len(word)]) == word:
                at = i + len(word)
                break
        else:
            return False
    return same


@cache
def other_names() -> dict[tuple[str, Words], Words]:
    """Other name -> usual full name, both as `words`, per entity type; from `data/other_names.tsv`."""
    table: dict[tuple[str, Words], Words] = {}
    for kind, full, others in rows("other_names"):
        # A full name stands for itself, so that no abbreviation is found inside it ("Al" in "Al-Qaeda").
        table.setdefault((kind, words(full)), words(full))
        for other in others.split(";"):
            table[kind, words(other)] = words(full)
    return table


def is_well_known(name: Words, kind: Literal["NAME", "PERSON"] = "NAME") -> bool:
    """Whether `name`, written out, is a full name in `data/other_names.tsv`: of a body or place, or of a person."""
    return other_names().get((kind, name)) == name


@lru_cache(maxsize=8192)
def expanded(found: Words) -> Words:
    """`found` with the abbreviations of bodies, places and laws in it written out: ("dk", "pbb") -> 6 words."""
    table, longest = other_names(), _longest_by_first_word()
    result: list[str] = []
    at = 0
    while at < len(found):
        for size in range(min(longest.get(found[at], 0), len(found) - at), 0, -1):
            full = table.get(("NAME", found[at : at + size]))
            if full:
                result.extend(full)
                at += size
                break
        else:
            result.append(found[at])
            at += 1
    return tuple(result)


@cache
def _longest_by_first_word() -> dict[str, int]:
    longest: dict[str, int] = {}
    for kind, name in other_names():
        if kind == "NAME":
            longest[name[0]] = max(len(name), longest.get(name[0], 0))
    return longest

"""Forms of a name, the units that joining works on, and disjoint sets of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from streams.events import EntityType, FieldName
from streams.nlp.countries import country_code
from streams.nlp.names import Words, expanded, person_words, word_list, words


@dataclass(frozen=True, slots=True)
class TypedMention:
    """A stretch of one field that names something of the given type; `text` is exactly that stretch."""

    field: FieldName
    start: int
    end: int
    type: EntityType
    text: str


Form = tuple[EntityType, Words]
"""A type and the words that tell a name of that type; a country's only word is "=" and its code."""

Occurrences = dict[Form, list[int]]
"""Where each form occurs: positions in the mentions, in reading order."""

_INNER_BRACKET: Final = re.compile(r"(?<=\S)\s{0,20}\([^()]{0,400}\)(?=\s{0,20}\S)")
_LAW_NUMBER: Final = re.compile(
    r"(\d{1,20}[a-z]?)\s{0,20}(?:/|tahun|thn\.?|th\.?)\s{0,20}((?:19|20)\d\d)\b", re.IGNORECASE
)


class Union:
    """Disjoint sets of forms; a set is represented by the form that came first in the article."""

    def __init__(self, forms: Iterable[Form]) -> None:
        self._parent = {form: form for form in forms}
        self._rank = {form: i for i, form in enumerate(self._parent)}

    def find(self, form: Form) -> Form:
        """The form that represents the set `form` is in."""
        root = form
        while self._parent[root] != root:
            root = self._parent[root]
        while self._parent[form] != root:
            self._parent[form], form = root, self._parent[form]
        return root

    def join(self, one: Form, other: Form) -> None:
        """Make one set of the sets of two forms."""
        one, other = self.find(one), self.find(other)
        if self._rank[other] < self._rank[one]:
            one, other = other, one
        self._parent[other] = one


def form_of(surface: str, kind: EntityType, *, indonesian: bool) -> Form:
    """The form of a mention: mentions of one form name the same thing.

    `indonesian` says whether Indonesian abbreviations are to be written out.
    """
    return kind, _telling_words(surface, kind, indonesian=indonesian) or (surface,)


def _telling_words(surface: str, kind: EntityType, *, indonesian: bool) -> Words:
    surface = _INNER_BRACKET.sub("", surface)
    if kind == "PERSON":
        return person_words(surface)
    if kind == "GPE":
        code = country_code(surface)
        if code:
            return ("=" + code,)
    found = words(surface)
    if kind == "LAW":
        number = _LAW_NUMBER.search(surface)
        if number:
            return ((expanded(found) if indonesian else found)[0], number[1], number[2])
    if kind in ("ORG", "EVENT", "FAC"):
        found = without_legal_form(found) or found
    return expanded(found) if indonesian else found


def without_legal_form(name: Words) -> Words:
    """`name` without what companies set and drop at will: "PT", "Tbk", "The"."""
    legal = word_list("legal")
    return tuple(word for word in name if (word,) not in legal)


def spellings(form: Form, mentions: Sequence[TypedMention], where: Occurrences) -> set[Words]:
    """The words of a form as they were written; only a country's form does not show them itself."""
    if form[1][0].startswith("="):
        return {words(mentions[i].text) for i in where[form]}
    return {form[1]}

"""Wikidata identifiers of well-known names, from `data/gazetteer.tsv` (made by training/scripts/make_gazetteer.py)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Final

from streams.events import EntityType
from streams.nlp.names import Words, expanded, person_words, rows, words

_ENTITY: Final = "http://www.wikidata.org/entity/"


@cache
def _table() -> tuple[dict[str, str], dict[tuple[str, Words], str]]:
    """Identifiers by country code, and by type and words of the name."""
    countries: dict[str, str] = {}
    names: dict[tuple[str, Words], str] = {}
    for identifier, kind, listed in rows("gazetteer"):
        if len(kind) == 2:
            countries[kind] = identifier
        else:
            for name in listed.split("; "):
                names[kind, _key(name, kind)] = identifier
    return countries, names


def _key(name: str, kind: str) -> Words:
    return person_words(name) if kind == "PERSON" else expanded(words(name))


def is_known_person(name: Words) -> bool:
    """Whether `name` (as `person_words` gives it) is the full name of a person in the table."""
    return ("PERSON", name) in _table()[1]


def wikidata_uri(surfaces: Iterable[str], kind: EntityType, country: str | None) -> str | None:
    """The Wikidata URI of the entity that bears all these names; None if none is known or they disagree.

    A country is known by its code (`country`), a person only by first and last name, everything else by its whole name.
    """
    countries, names = _table()
    if country:
        identifier = countries.get(country)
        return _ENTITY + identifier if identifier else None
    keys = {_key(surface, kind) for surface in surfaces}
    found = {names[kind, key] for key in keys if (kind, key) in names and (kind != "PERSON" or len(key) > 1)}
    return _ENTITY + found.pop() if len(found) == 1 else None

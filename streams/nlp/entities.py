"""Mentions joined into entities: one per person, body or place of the article, with its salience."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from streams.events import Entity, EntityType, FieldName, Mention
from streams.nlp.countries import country_code, is_usual_name
from streams.nlp.forms import TypedMention
from streams.nlp.gazetteer import wikidata_uri
from streams.nlp.joining import groups
from streams.nlp.names import words

__all__ = ["TypedMention", "join"]

# What a mention counts, by where it stands.
_TITLE, _LEAD, _BODY = 3.0, 2.0, 1.0
# Code points, about a sentence; a text without paragraphs has no lead that could be told otherwise.
_LONGEST_LEAD: Final = 200

# A name this many times less common than another is not in use.
_RARELY: Final = 4

_INDONESIAN: Final = ("id", "ms", "jv", "su", "und")
_ENDING: Final = re.compile(r"(?<=\w)[-‐‑–]\s?nya$", re.IGNORECASE)


def join(mentions: Sequence[TypedMention], *, title: str | None, text: str, language: str) -> list[Entity]:
    """The entities that `mentions` name, most salient first, ties by first mention.

    The order of `mentions` does not matter; one that is given twice counts once. Each entity has its mentions in
    reading order, those of the title first.

    Salience is the entity's share of all mentions, each weighted by where it stands: 3 in the title, 2 in the lead
    (the first paragraph, at most 200 code points), 1 elsewhere; so the saliences of an article add up to 1. That
    headline, number and place of the mentions tell salience is the finding of Dunietz & Gillick (2014), "A New Entity
    Salience Task with Millions of Training Examples" (features headline, head-count, 1st-loc). 3 for the title is the
    weight in Aylien's example "Sort Concepts by Relevance"; the lead's weight and length rank best what the headline
    names (training/scripts/evaluate_salience.py).

    Args:
        mentions: what was found; `text` of each is exactly its stretch of the field.
        title: the article's title, if it has one.
        text: the article's text.
        language: BCP 47 tag of the article; in Indonesian and its neighbours Indonesian abbreviations are known.
    """
    fields: dict[FieldName, str] = {"title": title or "", "text": text}
    ordered = sorted(set(mentions), key=lambda m: (m.field != "title", m.start, m.end, m.type))
    indonesian = language.casefold().split("-")[0] in _INDONESIAN
    lead = _lead_length(text)
    total = sum(_weight(m, lead) for m in ordered)
    entities = []
    for kind, members in groups(ordered, fields, indonesian=indonesian):
        named = [ordered[i] for i in members]
        code = next(filter(None, map(country_code, (m.text for m in named))), None) if kind == "GPE" else None
        surfaces = Counter(_plain(m.text) for m in named)
        entities.append(
            Entity(
                id=wikidata_uri(surfaces, kind, code),
                type=kind,
                name=_country_name(surfaces) if code else _fullest(named, kind),
                iso3166=code,
                salience=round(sum(_weight(m, lead) for m in named) / total, 4),
                mentions=[
                    Mention(field=m.field, start=m.start, end=m.end, text=m.text) for m in _distinct(named)
                ],
            )
        )
    return sorted(entities, key=lambda entity: -entity.salience)


def _lead_length(text: str) -> int:
    end = text.find("\n\n")
    return min(end if end > 0 else len(text), _LONGEST_LEAD)


def _weight(mention: TypedMention, lead: int) -> float:
    if mention.field == "title":
        return _TITLE
    return _LEAD if mention.start < lead else _BODY


def _distinct(named: Sequence[TypedMention]) -> list[TypedMention]:
    """Without the second of two mentions that differ only in type, which joining has settled."""
    return list({(m.field, m.start, m.end): m for m in reversed(named)}.values())[::-1]


def _plain(surface: str) -> str:
    return " ".join(_ENDING.sub("", surface).split())


def _shouts(surface: str, kind: EntityType) -> bool:
    """Whether a name is set in capitals for effect and not because it is made of initials."""
    if kind in ("PERSON", "GPE"):
        return surface.isupper() and len(surface) > 3
    parts = surface.split()
    return surface.isupper() and len(parts) > 1 and max(map(len, parts)) > 4


def _fullest(named: Sequence[TypedMention], kind: EntityType) -> str:
    """The name with the most words of those in use, not in capitals if it can be helped.

    Headlines have names run into the words beside them, and so at times does the text; so a name of the text comes
    before one of the title, and one that stands far behind another of several words is not in use.
    """
    surfaces = Counter(_plain(m.text) for m in named if m.field == "text")
    if all(len(words(surface)) < 2 for surface in surfaces):
        surfaces = Counter(_plain(m.text) for m in named)
    calm = Counter({s: n for s, n in surfaces.items() if not _shouts(s, kind)}) or surfaces
    longer = Counter({s: n for s, n in calm.items() if len(words(s)) > 1}) or calm
    most = max(longer.values())
    in_use = [s for s, n in longer.items() if n * _RARELY > most]
    return max(sorted(in_use), key=lambda s: (len(words(s)), surfaces[s], len(s)))


def _country_name(surfaces: Counter[str]) -> str:
    """The plain name if it occurs, "Amerika Serikat" rather than "AS" or "Paman Sam"; else the commonest."""
    return max(sorted(surfaces), key=lambda s: (is_usual_name(s), not _shouts(s, "GPE"), surfaces[s], len(s)))

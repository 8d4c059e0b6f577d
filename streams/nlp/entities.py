"""Mentions joined into entities: one per person, body or place of the article, with its salience."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from streams.events import Entity, EntityType, FieldName, Mention
from streams.nlp.countries import country_code


@dataclass(frozen=True, slots=True)
class TypedMention:
    """A stretch of one field that names something of the given type; `text` is exactly that stretch."""

    field: FieldName
    start: int
    end: int
    type: EntityType
    text: str


def join(mentions: Sequence[TypedMention], *, title: str | None, text: str, language: str) -> list[Entity]:
    """The entities that `mentions` name, most salient first, each with its mentions in reading order."""
    ordered = sorted(set(mentions), key=lambda m: (m.field != "title", m.start, m.end, m.type))
    groups: dict[tuple[str, str], list[TypedMention]] = {}
    for mention in ordered:
        code = country_code(mention.text) if mention.type == "GPE" else None
        groups.setdefault((mention.type, code or mention.text.casefold()), []).append(mention)
    entities = [
        Entity(
            id=None,
            type=group[0].type,
            name=max((m.text for m in group), key=len),
            iso3166=country_code(group[0].text) if group[0].type == "GPE" else None,
            salience=round(len(group) / len(ordered), 4),
            mentions=[Mention(field=m.field, start=m.start, end=m.end, text=m.text) for m in group],
        )
        for group in groups.values()
    ]
    return sorted(entities, key=lambda entity: -entity.salience)

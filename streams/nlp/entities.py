"""Mentions joined into entities: one per person, body or place of the article, with its salience."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from streams.events import Entity, EntityType, FieldName, Mention
from streams.nlp.countries import country_code
from streams.nlp.joining import groups


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
    fields: dict[FieldName, str] = {"title": title or "", "text": text}
    ordered = sorted(set(mentions), key=lambda m: (m.field != "title", m.start, m.end, m.type))
    entities = []
    for kind, members in groups(ordered, fields):
        named = [ordered[i] for i in members]
        entities.append(
            Entity(
                id=None,
                type=kind,
                name=max((m.text for m in named), key=len),
                iso3166=country_code(named[0].text) if kind == "GPE" else None,
                salience=round(len(named) / len(ordered), 4),
                mentions=[Mention(field=m.field, start=m.start, end=m.end, text=m.text) for m in named],
            )
        )
    return sorted(entities, key=lambda entity: -entity.salience)

"""Wikidata identifiers of well-known names."""

from __future__ import annotations

from collections.abc import Iterable

from streams.events import EntityType


def wikidata_uri(surfaces: Iterable[str], kind: EntityType, country: str | None) -> str | None:
    return None

"""The bundled sample articles: original texts written for Kabar, and three records that are broken on purpose."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files


def articles() -> Iterator[tuple[str, bytes]]:
    """(place, value) of each sample article, one raw record each."""
    for resource in sorted(files(__name__).iterdir(), key=lambda resource: resource.name):
        if resource.name.endswith(".jsonl"):
            for number, line in enumerate(resource.read_bytes().splitlines(), start=1):
                yield f"{resource.name}:{number}", line


def broken() -> Iterator[tuple[str, bytes]]:
    """(name, value) of each record that must end as a dead letter."""
    for resource in sorted((files(__name__) / "broken").iterdir(), key=lambda resource: resource.name):
        yield resource.name, resource.read_bytes()

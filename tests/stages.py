"""The stages run in a row on records in memory, and what each makes of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from streams import samples
from streams.agents import classify, clean, tag
from streams.records import Emit, Outcome, Record
from streams.settings import load
from streams.stage import Stage

STAGES: tuple[Stage[Any, Any], ...] = (clean.stage(load()), tag.stage(), classify.stage())
NAMES = [stage.name for stage in STAGES]


def records(stage: Stage[Any, Any], values: Iterable[bytes | None], key: bytes | None = None) -> list[Record]:
    """Records with these values on the topic that the stage reads."""
    topic = f"news.{stage.reads.suffix}"
    return [Record(topic, 0, offset, 1_700_000_000_000, key, value) for offset, value in enumerate(values)]


def run_all(values: Sequence[bytes | None], key: bytes | None = None) -> dict[str, list[Outcome]]:
    """The outcomes of each stage, by its name, when raw records with these values go through all of them."""
    outcomes: dict[str, list[Outcome]] = {}
    current = records(STAGES[0], values, key)
    for stage in STAGES:
        outcomes[stage.name] = stage.outcomes(current)
        current = [
            Record(
                topic=f"news.{stage.writes[0].suffix}",
                partition=0,
                offset=offset,
                timestamp_ms=0,
                key=outcome.key,
                value=outcome.value,
                headers=outcome.headers,
            )
            for offset, outcome in enumerate(outcomes[stage.name])
            if isinstance(outcome, Emit)
        ]
    return outcomes


@cache
def outcomes_of_samples() -> dict[str, list[Outcome]]:
    """The outcomes of each stage for the bundled samples."""
    return run_all([value for _, value in samples.articles()])

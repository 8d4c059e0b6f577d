"""The three stages in a row without Kafka: the same functions on the same values, so the same bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from streams.agents import classify, clean, tag
from streams.records import Emit, Outcome, Record
from streams.settings import Settings
from streams.stage import Stage


@dataclass(frozen=True)
class Chain:
    """All stages as if they were one: raw records in, enriched outcomes out."""

    stages: tuple[Stage[Any, Any], ...]

    @classmethod
    def of(cls, settings: Settings) -> Chain:
        """The chain that a worker with these settings runs."""
        return cls((clean.stage(settings), tag.stage(), classify.stage()))

    def outcomes(self, records: Sequence[Record]) -> list[Outcome]:
        """One outcome for each record, in order: what the last stage emits, or why one of them rejected it.

        Raises:
            SetupError: the installation is at fault.
        """
        outcomes: dict[int, Outcome] = {}
        current = dict(enumerate(records))
        for stage in self.stages:
            results = dict(zip(current, stage.outcomes(list(current.values())), strict=True))
            outcomes.update(results)
            current = {
                index: replace(current[index], key=result.key, value=result.value, headers=result.headers)
                for index, result in results.items()
                if isinstance(result, Emit)
            }
        return [outcomes[index] for index in range(len(records))]

"""The three stages in a row, without Kafka in between: the same functions, so the same values under the same ids.

What it writes between the stages is marked as carried on, and its dead letters are raw records.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from streams import own_topics
from streams.agents import classify, clean, tag
from streams.records import Emit, Outcome, Record, joined, onward
from streams.settings import Settings
from streams.stage import Stage
from streams.topics import Topic


@dataclass(frozen=True)
class Chain:
    """All stages as if they were one: raw records in, enriched outcomes out."""

    parts: tuple[Stage[Any, Any], ...]
    name: str = "enrich"

    @classmethod
    def of(cls, settings: Settings) -> Chain:
        """The chain that a worker with these settings runs.

        Raises:
            SetupError: a folder in KABAR_OWN_TOPICS cannot be used.
        """
        return cls((clean.stage(settings), tag.stage(), classify.stage(own_topics.of(settings))))

    @property
    def reads(self) -> Topic:
        """Where the records come from."""
        return self.parts[0].reads

    def outcomes(self, records: Sequence[Record]) -> list[Outcome]:
        """One outcome for each record, in order: what all stages emit, or why one of them rejected it.

        Raises:
            SetupError: the installation is at fault.
        """
        outcomes: dict[int, Outcome] = {}
        before: dict[int, Emit] = {}
        current = dict(enumerate(records))
        for stage in self.parts:
            results = stage.outcomes(list(current.values()))
            for index, result in zip(current, results, strict=True):
                outcomes[index] = joined(before.get(index), result, stage=stage.name)
            before = {i: emit for i in current if isinstance(emit := outcomes[i], Emit)}
            current = {i: onward(current[i], emit) for i, emit in before.items()}
        return [outcomes[index] for index in range(len(records))]

"""What all rivals share: Kabar's own functions in one call, so that they differ in streaming alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from streams.chain import Chain
from streams.nlp import model
from streams.records import Emit, Record
from streams.settings import Settings
from streams.text import language

AT_WORK = "at work"
"""What a process of a rival prints when it has its first result: then it has its share of the partitions."""


class Enricher:
    """Turns raw records into enriched ones; loads the model when it is made."""

    def __init__(self, settings: Settings) -> None:
        self._chain = Chain.of(settings)
        self._is_at_work = False
        model.load()
        language.identify("Kabar")

    def __call__(self, record: Record) -> Emit:
        """What comes of one record.

        Raises:
            ValueError: it is no article; the benchmark publishes none of these.
        """
        [emit] = self.all([record])
        if not self._is_at_work:
            self._is_at_work = True
            say_at_work()
        return emit

    def all(self, records: Sequence[Record]) -> list[Emit]:
        """What comes of each of the records.

        Raises:
            ValueError: one is no article; the benchmark publishes none of these.
        """
        emits = []
        for record, outcome in zip(records, self._chain.outcomes(records), strict=True):
            if not isinstance(outcome, Emit):
                raise ValueError(f"{record.topic}/{record.partition}@{record.offset}: {outcome.message}")  # noqa: TRY004 - it is the article that is wrong
            # No rival writes what lies between the stages.
            emits.append(replace(outcome, earlier=()))
        return emits


def say_at_work() -> None:
    """Tells the benchmark that this process takes part."""
    print(AT_WORK, flush=True)


def record_of(message: Any) -> Record:
    """A consumer record of aiokafka as Kabar's functions take it."""
    return Record(
        topic=message.topic,
        partition=message.partition,
        offset=message.offset,
        timestamp_ms=message.timestamp,
        key=message.key,
        value=message.value,
        headers=tuple(message.headers),
    )


def names(emit: Emit, settings: Settings) -> Iterable[str]:
    """The topics that a result goes to, as the broker calls them."""
    return (topic.name(settings) for topic in emit.topics)

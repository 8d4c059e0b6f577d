"""Passing over, where they are fetched, records that are no work for anybody.

A hop through Faust costs more than to write a record, and two of three records that a worker reads are its own
results, on their way to other services. To pass over one is to acknowledge it, and Faust commits up to what is
acknowledged, past one record that is not. So a record is passed over only when all that came before it on its
partition, and was handed on, has been acknowledged: else it is handed on too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from faust.types import TP

from streams.records import is_carried_on


class Bookkeeping(Protocol):
    """What Faust's consumer notes of each partition."""

    def is_acknowledged(self, place: TP, offset: int) -> bool:
        """Whether a record, and so all before it, is through."""
        ...

    def follows(self, place: TP, offset: int) -> bool:
        """Whether no offset is missing between a record and the last one read, as after retention deleted some."""
        ...

    def acknowledge(self, place: TP, offset: int) -> None:
        """Notes that a record was read and is through."""
        ...


class PassingOver:
    """What was handed on of each partition since they were given out.

    Args:
        topics: names of the topics between the stages.
        books: where to look and note.
    """

    def __init__(self, topics: frozenset[str], books: Bookkeeping) -> None:
        self._topics = topics
        self._books = books
        self._handed_on: dict[TP, int] = {}

    def forget(self) -> None:
        """Partitions are given out anew: what was handed on, and is not through, will be read again."""
        self._handed_on.clear()

    def kept(self, place: TP, records: Sequence[Any]) -> Sequence[Any]:
        """Of the next records of a partition, those to hand on; the others are acknowledged.

        After a hole in the offsets one is handed on, whatever it is: Faust notes there what it need not wait for.
        """
        number = 0
        if place.topic in self._topics and self._is_settled(place):
            for record in records:
                if not is_carried_on(record.headers) or not self._books.follows(place, record.offset):
                    break
                self._books.acknowledge(place, record.offset)
                number += 1
        return self.all(place, records[number:])

    def all(self, place: TP, records: Sequence[Any]) -> Sequence[Any]:
        """The next records of a partition, all of them to be handed on."""
        if records:
            self._handed_on[place] = records[-1].offset
        return records

    def _is_settled(self, place: TP) -> bool:
        last = self._handed_on.get(place)
        return last is None or self._books.is_acknowledged(place, last)

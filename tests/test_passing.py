"""Records that are passed over where they are fetched, beside Faust's own account of what is through."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from faust.types import TP
from hypothesis import given
from hypothesis import strategies as st
from intervaltree import IntervalTree

from streams.passing import PassingOver
from streams.records import CARRIED_ON
from streams.transport import _Consumer

PLACE = TP("news.articles.clean", 0)


@dataclass(frozen=True)
class Fetched:
    """A record as aiokafka gives it."""

    offset: int
    headers: tuple[tuple[str, bytes | None], ...]


class Books(_Consumer):
    """Faust's consumer, of which only the account of offsets is used."""

    def __init__(self, committed: int | None) -> None:
        self._gap = defaultdict(IntervalTree)
        self._acked = defaultdict(list)
        self._acked_index = defaultdict(set)
        self._read_offset = defaultdict(lambda: None, {PLACE: committed})
        self._committed_offset = defaultdict(lambda: None, {PLACE: committed})

    @property
    def committed(self) -> int:
        return self._committed_offset[PLACE] or 0

    def through(self, offset: int) -> None:
        """As Faust notes what an agent has acknowledged."""
        self._acked_index[PLACE].add(offset)
        self._acked[PLACE].append(offset)

    async def hand_on(self, offset: int) -> None:
        """As Faust does on the way to the agents."""
        read = self._read_offset[PLACE]
        if read and offset - read > 1:
            await self._add_gap(PLACE, read + 1, offset)
        self._read_offset[PLACE] = offset

    def commit(self) -> None:  # type: ignore[override]
        offset = self._new_offset(PLACE)
        if offset is not None and self._should_commit(PLACE, offset):
            self._committed_offset[PLACE] = offset


def records(marks: Sequence[bool], first: int, holes: Sequence[int] = ()) -> list[Fetched]:
    """Some in a row; before each from the third on, so many offsets are missing.

    A hole right after offset 0 is one that Faust does not see, and that no broker makes.
    """
    offset, found = first, []
    for place, is_marked in enumerate(marks):
        offset += holes[place] if 2 <= place < len(holes) else 0
        found.append(Fetched(offset, (CARRIED_ON,) if is_marked else ()))
        offset += 1
    return found


@given(
    marks=st.lists(st.booleans(), min_size=2, max_size=30),
    holes=st.lists(st.sampled_from([0, 0, 0, 1, 5]), max_size=30),
    first=st.sampled_from([0, 7]),
    steps=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 1), st.booleans()), min_size=5, max_size=40),
)
async def test_nothing_is_committed_past_a_record_that_is_not_through_and_in_the_end_everything_is(
    marks: list[bool], holes: list[int], first: int, steps: list[tuple[int, int, bool]]
) -> None:
    books = Books(first or None)
    passing = PassingOver(frozenset({PLACE.topic}), books)
    coming, handed_on = deque(records(marks, first, holes)), deque[int]()
    end = coming[-1].offset + 1
    everything = [(len(marks), 0, False), *[(0, len(marks), True)] * len(marks)]
    for fetched, through, is_committed in [*steps, *everything]:
        batch = [coming.popleft() for _ in range(min(fetched, len(coming)))]
        for record in passing.kept(PLACE, batch):
            await books.hand_on(record.offset)
            handed_on.append(record.offset)
        for _ in range(min(through, len(handed_on))):
            # The agent acknowledges in order.
            books.through(handed_on.popleft())
        if is_committed:
            books.commit()
        assert books.committed <= min(handed_on, default=end)
    assert books.committed == end


def test_what_is_carried_on_is_not_handed_on_and_what_is_not_is() -> None:
    passing = PassingOver(frozenset({PLACE.topic}), Books(None))
    kept = passing.kept(PLACE, records([True, True, False, True], 0))
    assert [record.offset for record in kept] == [2, 3]


def test_of_the_articles_of_publishers_all_are_handed_on_whatever_their_headers() -> None:
    passing = PassingOver(frozenset({PLACE.topic}), Books(None))
    raw = TP("news.articles.raw", 0)
    assert len(passing.kept(raw, records([True, True], 0))) == 2


@pytest.mark.parametrize("is_forgotten", [True, False])
def test_a_new_assignment_begins_anew(is_forgotten: bool) -> None:
    passing: Any = PassingOver(frozenset({PLACE.topic}), Books(None))
    passing.kept(PLACE, records([False], 0))
    if is_forgotten:
        passing.forget()
    assert len(passing.kept(PLACE, records([True], 1))) == (0 if is_forgotten else 1)

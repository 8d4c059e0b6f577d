"""What was changed of Faust's transport, without a broker."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiokafka.errors import IllegalStateError
from faust.types import TP

from streams import transport
from streams.transport import RETRY_SECONDS, _Consumer, _ConsumerThread, _paced, let_go, look_again_seconds

GONE = TP("news.articles.raw", 3)


class Consumer:
    """Takes commits; like aiokafka's, it knows none of nothing."""

    def __init__(self) -> None:
        self.commits: list[dict[Any, Any]] = []

    async def commit(self, offsets: dict[Any, Any]) -> None:
        if not offsets:
            raise ValueError(offsets)
        self.commits.append(offsets)


def thread_with(consumer: Consumer, *assigned: TP) -> Any:
    return cast(
        "Any",
        SimpleNamespace(_ensure_consumer=lambda: consumer, assignment=lambda: set(assigned)),
    )


async def test_offsets_of_partitions_that_went_to_another_worker_are_not_committed() -> None:
    consumer = Consumer()
    assert await _ConsumerThread._commit(thread_with(consumer), {GONE: 8}) is False
    assert consumer.commits == []


async def test_offsets_of_partitions_that_are_ours_are_committed() -> None:
    consumer = Consumer()
    ours = TP("news.articles.raw", 1)
    assert await _ConsumerThread._commit(thread_with(consumer, ours), {ours: 5, GONE: 8}) is True
    [committed] = consumer.commits
    assert {(tp.partition, offset.offset) for tp, offset in committed.items()} == {(1, 5)}


class Message:
    """A record as Faust hands it on."""

    def __init__(self, generation: int) -> None:
        self.generation_id = generation


@pytest.mark.parametrize(
    ("is_flowing", "generation", "is_let_go"), [(True, 4, False), (False, 4, True), (True, 3, True)]
)
def test_a_record_is_let_go_when_nothing_flows_or_it_is_of_an_earlier_assignment(
    is_flowing: bool, generation: int, is_let_go: bool
) -> None:
    message = Message(generation)
    unacked = {message}
    app = SimpleNamespace(
        flow_control=SimpleNamespace(is_active=lambda: is_flowing),
        consumer_generation_id=4,
        consumer=SimpleNamespace(unacked=unacked, _waiting_for_ack=None),
    )
    assert let_go(cast("Any", app), SimpleNamespace(message=message)) is is_let_go
    assert unacked == (set() if is_let_go else {message})


async def test_an_update_of_metadata_that_failed_is_followed_by_a_pause(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    async def update(answer: bool) -> bool:
        return answer

    monkeypatch.setattr(transport.asyncio, "sleep", sleep)
    assert await _paced(update)(True) is True
    assert pauses == []
    assert await _paced(update)(False) is False
    assert pauses == [RETRY_SECONDS]


@pytest.mark.parametrize(("room", "seconds"), [(1, 0.01), (20, 0.02), (64, 0.05), (5_000, 0.05)])
def test_the_more_records_wait_the_longer_it_takes_until_somebody_looks_for_room(
    room: int, seconds: float
) -> None:
    assert look_again_seconds(room) == seconds


class Seeking(_Consumer):
    """Faust's consumer, of which only the seek is used."""

    def __init__(self, *, answers: bool, is_reassigned: bool = False) -> None:
        self.app = cast(
            "Any", SimpleNamespace(conf=SimpleNamespace(broker_request_timeout=0.1), rebalancing_count=1)
        )
        self.rejoined = 0
        self._thread = cast("Any", SimpleNamespace(rejoin=self._rejoin))
        self._read_offset = {}
        self._committed_offset = {}
        self._answers = answers
        self._is_reassigned = is_reassigned

    def _rejoin(self) -> None:
        self.rejoined += 1

    async def seek_to_committed(self) -> Mapping[TP, int]:
        if not self._answers:
            await asyncio.Event().wait()
        self.app.rebalancing_count += self._is_reassigned
        return {GONE: 5}


async def test_a_seek_that_the_broker_does_not_answer_makes_the_worker_join_its_group_again() -> None:
    consumer = Seeking(answers=False)
    with pytest.raises(IllegalStateError):
        await consumer.perform_seek()
    assert consumer.rejoined == 1


async def test_a_seek_in_the_middle_of_which_partitions_are_given_out_anew_does_not_count() -> None:
    with pytest.raises(IllegalStateError):
        await Seeking(answers=True, is_reassigned=True).perform_seek()


async def test_a_seek_that_is_answered_tells_where_to_go_on() -> None:
    consumer = Seeking(answers=True)
    await consumer.perform_seek()
    assert consumer._committed_offset == {GONE: 5}
    assert consumer.rejoined == 0

"""What was changed of Faust's transport, without a broker."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, cast

from faust.types import TP

from streams.records import CARRIED_ON
from streams.transport import _Consumer, _ConsumerThread

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


BETWEEN = TP("news.articles.clean", 0)


class Consuming:
    """What Faust's consumer knows of its partitions."""

    flow_active = True
    transport = SimpleNamespace(between_stages=["news.articles.clean"])

    def __init__(self, *, at_work: Sequence[TP] = ()) -> None:
        self._unacked_messages = [SimpleNamespace(tp=partition) for partition in at_work]
        self._acked: dict[TP, list[int]] = defaultdict(list)
        self._acked_index: dict[TP, set[int]] = defaultdict(set)
        self._read_offset: dict[TP, int] = {}

    def _is_carried_on(self, record: Any) -> bool:
        return _Consumer._is_carried_on(cast("Any", self), record)

    def left_of(self, marks: str, *, partition: TP = BETWEEN) -> list[int]:
        """Offsets of the records that are still to be worked on; an x for each that has been carried on."""
        records = [
            SimpleNamespace(offset=offset, topic=partition.topic, headers=[CARRIED_ON] if mark == "x" else [])
            for offset, mark in enumerate(marks)
        ]
        kept = _Consumer._without_carried_on(cast("Any", self), {partition: records})
        return [record.offset for record in kept.get(partition, [])]


def test_what_has_been_carried_on_is_done_where_it_is_fetched() -> None:
    consumer = Consuming()
    assert consumer.left_of("xxx") == []
    assert consumer._acked[BETWEEN] == [0, 1, 2]
    assert consumer._read_offset[BETWEEN] == 2


def test_what_follows_a_record_that_is_work_has_to_wait_for_it() -> None:
    consumer = Consuming()
    assert consumer.left_of("xx-x") == [2, 3]
    assert consumer._acked[BETWEEN] == [0, 1]


def test_in_a_partition_that_is_being_worked_on_nothing_is_done_out_of_order() -> None:
    consumer = Consuming(at_work=[BETWEEN])
    assert consumer.left_of("xx") == [0, 1]
    assert consumer._acked[BETWEEN] == []


def test_raw_records_are_work_whatever_their_headers_say() -> None:
    assert Consuming().left_of("xx", partition=GONE) == [0, 1]

"""What was changed of Faust's transport, without a broker."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from faust.types import TP

from streams.transport import _ConsumerThread

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

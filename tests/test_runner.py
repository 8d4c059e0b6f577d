"""The runner's order of things: begin at once, deliver in order, acknowledge last."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from streams import topics
from streams.agents import tag
from streams.chain import Chain
from streams.errors import ModelMissing
from streams.metrics import Metrics
from streams.pool import Pool
from streams.records import CARRIED_ON, Emit, Headers, Outcome, Record
from streams.runner import AHEAD, MOST_IN_A_CALL, Runner
from streams.settings import load
from streams.stage import Work

PROCESSES = 2


@dataclass
class OwnPace:
    """The pool's promise without its processes, which test_pool.py is about: each call takes as long as it is told."""

    pauses: Sequence[int] = ()
    """For each call in turn, how often it lets the others go first."""
    failure: Exception | None = None
    processes: int = PROCESSES
    calls: list[Sequence[Record]] = field(default_factory=list)

    async def outcomes(self, _work: Work, records: Sequence[Record]) -> list[Outcome]:
        self.calls.append(records)
        number = len(self.calls) - 1
        for _ in range(self.pauses[number % len(self.pauses)] if self.pauses else 0):
            await asyncio.sleep(0)
        if self.failure:
            raise self.failure
        return [Emit((topics.ENRICHED,), record.key, record.value, ()) for record in records]


@dataclass
class Sent:
    """A producer that delivers everything."""

    keys: list[bytes | None] = field(default_factory=list)

    async def send(
        self,
        _topic: str,
        *,
        key: bytes | None,
        value: bytes | None,
        headers: Headers,
        timestamp_ms: int | None,
    ) -> Awaitable[Any]:
        del value, headers, timestamp_ms
        self.keys.append(key)
        delivery: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        delivery.set_result(None)
        return delivery


@dataclass
class Stream:
    """Faust's stream of some records, all there from the start."""

    records: Sequence[Record]
    sent: Sent
    acknowledged: list[bytes | None] = field(default_factory=list)
    sent_before: list[int] = field(default_factory=list)
    """For each acknowledged record, how many had been sent."""

    async def events(self) -> AsyncIterator[Any]:
        for record in self.records:
            yield SimpleNamespace(message=SimpleNamespace(**{**_fields(record), "timestamp": 0.0}))

    async def ack(self, event: Any) -> None:
        self.acknowledged.append(event.message.key)
        self.sent_before.append(len(self.sent.keys))


def _fields(record: Record) -> dict[str, Any]:
    return {
        name: getattr(record, name) for name in ("topic", "partition", "offset", "key", "value", "headers")
    }


def records(number: int) -> list[Record]:
    return [Record("news.articles.raw", 0, n, 0, str(n).encode(), b"{}") for n in range(number)]


async def no_fault(error: Exception) -> None:
    raise error


def a_runner(
    pool: OwnPace,
    sent: Sent,
    *,
    work: Work | None = None,
    fail: Callable[[Exception], Awaitable[None]] = no_fault,
    let_go: Callable[[Any], bool] = lambda _: False,
) -> Runner:
    settings = load()
    return Runner(
        work or Chain.of(settings),
        pool=cast("Pool", pool),
        send=sent.send,
        settings=settings,
        metrics=Metrics(settings),
        fail=fail,
        let_go=let_go,
    )


@given(number=st.integers(0, 200), pauses=st.lists(st.integers(0, 20), max_size=8))
def test_results_are_sent_and_acknowledged_in_order_however_long_each_takes(
    number: int, pauses: list[int]
) -> None:
    async def run() -> tuple[Sent, Stream]:
        sent = Sent()
        stream = Stream(records(number), sent)
        await a_runner(OwnPace(pauses), sent).run(stream)
        return sent, stream

    sent, stream = asyncio.run(run())
    assert sent.keys == stream.acknowledged == [record.key for record in stream.records]


async def test_nothing_is_acknowledged_before_it_is_delivered() -> None:
    sent = Sent()
    stream = Stream(records(100), sent)
    await a_runner(OwnPace([3, 0]), sent).run(stream)
    assert all(sent > place for place, sent in enumerate(stream.sent_before))


@given(number=st.integers(0, 200), kept=st.integers(0, 200), pauses=st.lists(st.integers(0, 20), max_size=8))
def test_once_told_to_let_go_it_finishes_what_has_begun_and_begins_no_more(
    number: int, kept: int, pauses: list[int]
) -> None:
    async def run() -> tuple[Sent, Stream, OwnPace]:
        sent, pool = Sent(), OwnPace(pauses)
        stream = Stream(records(number), sent)
        await a_runner(pool, sent, let_go=lambda event: event.message.offset >= kept).run(stream)
        return sent, stream, pool

    sent, stream, pool = asyncio.run(run())
    expected = [record.key for record in stream.records[:kept]]
    assert sent.keys == stream.acknowledged == expected
    assert [record.key for call in pool.calls for record in call] == expected


async def test_one_record_that_comes_alone_is_worked_on_alone_and_many_go_together() -> None:
    alone, many = OwnPace(), OwnPace()
    await a_runner(alone, sent := Sent()).run(Stream(records(1), sent))
    await a_runner(many, sent := Sent()).run(Stream(records(64), sent))
    assert [len(call) for call in alone.calls] == [1]
    assert max(len(call) for call in many.calls) == -(
        -(MOST_IN_A_CALL * PROCESSES + 1) // (PROCESSES + AHEAD)
    )


async def test_what_is_through_the_later_stages_already_is_acknowledged_and_no_work() -> None:
    pool, sent = OwnPace(), Sent()
    between = records(3)
    between[1] = replace(between[1], headers=(CARRIED_ON,))
    stream = Stream(between, sent)
    await a_runner(pool, sent, work=tag.stage()).run(stream)
    assert sent.keys == [b"0", b"2"]
    assert stream.acknowledged == [b"0", b"1", b"2"]


async def test_a_publisher_cannot_keep_a_raw_record_from_being_worked_on() -> None:
    sent = Sent()
    stream = Stream([replace(records(1)[0], headers=(CARRIED_ON,))], sent)
    await a_runner(OwnPace(), sent).run(stream)
    assert sent.keys == [b"0"]


async def test_a_fault_of_ours_stops_the_worker_and_acknowledges_nothing() -> None:
    failed = asyncio.Event()

    async def fail(_error: Exception) -> None:
        failed.set()

    stream = Stream(records(1), Sent())
    runner = a_runner(OwnPace(failure=ModelMissing("no model")), stream.sent, fail=fail)
    task = asyncio.ensure_future(runner.run(stream))
    await failed.wait()
    task.cancel()
    assert stream.acknowledged == []


async def test_a_call_that_is_cancelled_stops_the_worker_instead_of_standing_still() -> None:
    failed = asyncio.Event()

    async def fail(_error: Exception) -> None:
        failed.set()

    stream = Stream(records(1), Sent())
    task = asyncio.ensure_future(a_runner(Cancelled(), stream.sent, fail=fail).run(stream))
    await failed.wait()
    task.cancel()
    assert stream.acknowledged == []


async def test_a_runner_can_be_cancelled_and_run_again() -> None:
    sent = Sent()
    runner = a_runner(OwnPace(), sent)
    for _ in range(2 * PROCESSES + 2):
        task = asyncio.ensure_future(runner.run(Stream(records(3), sent)))
        await asyncio.sleep(0)
        task.cancel()
    sent.keys.clear()
    await runner.run(Stream(records(3), sent))
    assert sent.keys == [b"0", b"1", b"2"]


class Cancelled(OwnPace):
    """A pool that gives up."""

    async def outcomes(self, _work: Work, _records: Sequence[Record]) -> list[Outcome]:
        raise asyncio.CancelledError


async def test_a_record_whose_mark_says_something_else_is_work() -> None:
    sent = Sent()
    stream = Stream([replace(records(1)[0], headers=((CARRIED_ON[0], b"false"),))], sent)
    await a_runner(OwnPace(), sent, work=tag.stage()).run(stream)
    assert sent.keys == [b"0"]

"""The one runner behind every agent: take what is there, work, deliver, only then acknowledge.

At-least-once: a record's offset can be committed only after its results, or its dead letter, are on the broker.
While some records are being delivered, others are worked on. Nothing leaves `run` but cancellation: what is wrong
with a record makes it a dead letter, and what is wrong with us ends the worker, where Faust would acknowledge both.
When the worker is to stop, or its partitions are given out anew, what has begun is finished and the rest let go.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from streams.delivery import Delivery, Send
from streams.metrics import Metrics
from streams.pool import Pool
from streams.records import Outcome, Record, is_carried_on
from streams.settings import Settings
from streams.stage import Work

if TYPE_CHECKING:
    from streams.traces.stages import StageTraces

AHEAD = 1
"""How many calls may wait for a process while all are busy, so that none of them has to wait for us."""
MOST_IN_A_CALL = 32
"""Records. With more, a worker that is asked to stop would have begun more than it can finish in time."""


@dataclass(slots=True)
class _Call:
    """Some events that are being worked on."""

    events: Sequence[Any]
    records: Sequence[Record]
    """Of those that are work."""
    outcomes: asyncio.Task[list[Outcome]]


class Runner:
    """Runs the work of one agent over a stream of Faust events.

    Args:
        work: what to do with the records.
        pool: where to do it.
        send: how results reach the broker.
        settings: sizes, topic names and limits.
        metrics: told of all that is worked on.
        fail: told of a fault of ours, which must stop the worker.
        let_go: asked about an event before work on it begins; whether it will be read again, by us or by another
            worker, and is not waited for.
        traces: makes spans of what is worked on; None if nobody wants them.
    """

    def __init__(
        self,
        work: Work,
        *,
        pool: Pool,
        send: Send,
        settings: Settings,
        metrics: Metrics,
        fail: Callable[[Exception], Awaitable[None]],
        let_go: Callable[[Any], bool],
        traces: StageTraces | None = None,
    ) -> None:
        self.work = work
        self._pool = pool
        self._settings = settings
        self._fail = fail
        self._metrics = metrics
        self._let_go = let_go
        self._traces = traces
        self._delivery = Delivery(work.name, send=send, settings=settings, retried=metrics.retried)
        self._most = min(MOST_IN_A_CALL, settings.batch_size)
        self._at_once = pool.processes + AHEAD

    async def run(self, stream: Any) -> None:
        """Takes events from a Faust stream until it ends. Its agent's concurrency must be 1: see `app.py`."""
        stream.enable_acks = False
        most = min(self._most * self._pool.processes, self._settings.batch_size)
        taken: asyncio.Queue[Any] = asyncio.Queue(most)
        calls: asyncio.Queue[_Call] = asyncio.Queue(self._pool.processes)
        free = asyncio.Semaphore(self._at_once)
        parts = (partial(self._begin, taken, calls, free), partial(self._finish, taken, calls, stream))
        tasks = [asyncio.create_task(self._until_fault(part)) for part in parts]
        try:
            async for event in stream.events():
                await taken.put(event)
            await taken.join()
        finally:
            for task in tasks:
                task.cancel()
            while not calls.empty():
                calls.get_nowait().outcomes.cancel()

    async def _until_fault(self, part: Callable[[], Awaitable[None]]) -> None:
        """Runs what should never end. Its end says nothing of the records: they wait for a worker without the fault."""
        try:
            await part()
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            await self._fail(RuntimeError("a call or a delivery was cancelled"))
        except Exception as error:  # noqa: BLE001 - all that gets here is a fault of ours
            await self._fail(error)

    async def _begin(
        self, taken: asyncio.Queue[Any], calls: asyncio.Queue[_Call], free: asyncio.Semaphore
    ) -> None:
        """Begins a call as soon as one is free, with a share of what has been taken by then.

        So one event that comes alone does not wait for others, and those that have to wait go many at a time.
        """
        while True:
            events = [await taken.get()]
            await free.acquire()
            if (
                self._settings.batch_seconds
                and taken.qsize() + 1 < self._most
                and not self._let_go(events[0])
            ):
                await asyncio.sleep(self._settings.batch_seconds)
            share = min(-(-(taken.qsize() + 1) // self._at_once), self._most)
            if self._let_go(events[0]):
                share = taken.qsize() + 1
            events += [taken.get_nowait() for _ in range(share - 1)]
            ours = [event for event in events if not self._let_go(event)]
            for _ in range(len(events) - len(ours)):
                taken.task_done()
            if not ours:
                free.release()
                continue
            records = [_record_of(event) for event in ours if self._is_work(event)]
            outcomes = asyncio.create_task(self._outcomes(records))
            outcomes.add_done_callback(lambda _: free.release())
            try:
                await calls.put(_Call(ours, records, outcomes))
            except asyncio.CancelledError:
                outcomes.cancel()
                raise

    def _is_work(self, event: Any) -> bool:
        """Whether a record is to be worked on, and not there for others only, through our later stages already."""
        return self.work.reads.value_is_published or not is_carried_on(event.message.headers or ())

    async def _outcomes(self, records: Sequence[Record]) -> list[Outcome]:
        if not records:
            return []
        self._metrics.called(self.work.name, len(records))
        return await self._pool.outcomes(self.work, records)

    async def _finish(self, taken: asyncio.Queue[Any], calls: asyncio.Queue[_Call], stream: Any) -> None:
        """Delivers what calls make, in the order in which they were begun, and acknowledges it."""
        while True:
            call = await calls.get()
            outcomes = await call.outcomes
            traced = self._traces.of_call(self.work, call.records, outcomes) if self._traces else None
            outcomes = await self._delivery.deliver(call.records, traced.outcomes if traced else outcomes)
            if traced:
                traced.delivered(outcomes)
            self._metrics.delivered(self.work, call.records, outcomes, now_ms=time.time() * 1000)
            for event in call.events:
                await stream.ack(event)
                taken.task_done()


def _record_of(event: Any) -> Record:
    message = event.message
    return Record(
        topic=message.topic,
        partition=message.partition,
        offset=message.offset,
        timestamp_ms=round(message.timestamp * 1000) if message.timestamp is not None else 0,
        key=message.key,
        value=message.value,
        headers=tuple(message.headers or ()),
    )

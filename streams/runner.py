"""The one runner behind every agent: take a batch, work, send, wait for every delivery, only then acknowledge.

At-least-once: a record's offset can be committed only after its results, or its dead letter, are on the broker.
Nothing leaves `run` but cancellation: a record we cannot process becomes a dead letter, and a broker that does
not take our results is asked again until it does, since to give up would be to lose the record.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from aiokafka.errors import KafkaError, MessageSizeTooLargeError, RecordListTooLargeError
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_exponential_jitter

import streams
from streams import dead_letters, topics
from streams.errors import RecordTooLarge
from streams.pool import Pool
from streams.records import Emit, Headers, Outcome, Record, Reject, last_header
from streams.settings import Settings
from streams.stage import Stage, rejection

log = logging.getLogger(__name__)

RETRY_INITIAL_SECONDS = 0.2
RETRY_MAX_SECONDS = 30.0

_TOO_LARGE = (MessageSizeTooLargeError, RecordListTooLargeError)


class Send(Protocol):
    """Hands a record to the producer. Awaiting the call queues it, awaiting its result waits for the broker."""

    async def __call__(
        self, topic: str, *, key: bytes | None, value: bytes | None, headers: Headers, timestamp_ms: int
    ) -> Awaitable[Any]:
        """Queues one record; raises what the producer refuses at once, such as its size."""
        ...


class NotDelivered(Exception):
    """Some records of a batch did not reach the broker, for a reason that may pass."""


@dataclass(slots=True)
class _Task:
    record: Record
    outcome: Outcome


class Runner:
    """Runs one stage over a stream of Faust events.

    Args:
        stage: what to do with the records.
        pool: where to do it.
        send: how results reach the broker.
        settings: batch sizes, topic names and limits.
        fail: told of a fault of ours, which must stop the worker.
    """

    def __init__(
        self,
        stage: Stage[Any, Any],
        *,
        pool: Pool,
        send: Send,
        settings: Settings,
        fail: Callable[[Exception], Any],
    ) -> None:
        self.stage = stage
        self._pool = pool
        self._send = send
        self._settings = settings
        self._fail = fail

    async def run(self, stream: Any) -> None:
        """Takes batches from a Faust stream until it ends. `concurrency` must be 1: see `app.py`."""
        batches: AsyncIterator[Sequence[Any]] = stream.noack_take(
            self._settings.batch_size, within=self._settings.batch_seconds
        )
        async for events in batches:
            try:
                await self.process([_record_of(event) for event in events])
            except Exception as error:  # noqa: BLE001 - left to Faust, it would acknowledge the records
                # A fault of ours says nothing of the records: they wait, unacknowledged, for a worker without it.
                await self._fail(error)
                await asyncio.Event().wait()
            for event in events:
                await stream.ack(event)

    async def process(self, records: Sequence[Record]) -> None:
        """Works on the records and returns when the outcome of each is on the broker.

        Raises:
            SetupError: the installation is at fault; nothing is known of the records.
        """
        outcomes = await self._pool.outcomes(self.stage, records)
        tasks = [_Task(record, outcome) for record, outcome in zip(records, outcomes, strict=True)]
        async for attempt in AsyncRetrying(
            retry=retry_if_exception_type(NotDelivered),
            wait=wait_exponential_jitter(
                multiplier=RETRY_INITIAL_SECONDS, max=RETRY_MAX_SECONDS, jitter=RETRY_INITIAL_SECONDS
            ),
            before_sleep=self._say_why_waiting,
        ):
            with attempt:
                tasks = await self._deliver(tasks)
                if tasks:
                    raise NotDelivered

    async def _deliver(self, tasks: Sequence[_Task]) -> list[_Task]:
        """Sends everything, waits for every delivery, and returns what has to be sent again.

        That is all from the first failure on, not the failed ones alone: two versions of an article stay in order.
        """
        failures = await asyncio.gather(*[await self._queue(task) for task in tasks])
        again = next((index for index, failure in enumerate(failures) if failure is not None), len(tasks))
        for task, failure in zip(tasks, failures, strict=True):
            if failure is not None and _is_final(failure):
                task.outcome = _in_place_of(task, failure)
            elif failure is not None:
                log.warning(
                    "%s: not delivered, will be sent again: %s/%d@%d: %s",
                    *(self.stage.name, task.record.topic, task.record.partition, task.record.offset),
                    type(failure).__name__,
                )
        return list(tasks[again:])

    async def _queue(self, task: _Task) -> Awaitable[Exception | None]:
        """Queues all that a task has to send; the result waits for the deliveries and tells what went wrong."""
        deliveries: list[Awaitable[Any]] = []
        failure: Exception | None = None
        outcome = task.outcome
        try:
            if isinstance(outcome, Emit):
                for topic in outcome.topics:
                    delivery = await self._send(
                        topic.name(self._settings),
                        key=outcome.key,
                        value=outcome.value,
                        headers=outcome.headers,
                        timestamp_ms=outcome.timestamp_ms,
                    )
                    deliveries.append(delivery)
            else:
                deliveries.append(await self._send_dead(task.record, outcome))
        except Exception as error:  # noqa: BLE001 - what the producer refuses is decided on in _deliver
            failure = _cause(error)
        return _settled(deliveries, failure)

    async def _send_dead(self, record: Record, reject: Reject) -> Awaitable[Any]:
        headers = dead_letters.headers_of(
            record, reject, stage=self.stage.name, attempts=1, version=streams.__version__
        )
        # aiokafka cannot send a record whose key and value are both null; the reason tells that it was one.
        is_nothing = record.key is None and record.value is None
        return await self._send(
            topics.DEAD.name(self._settings),
            key=record.key,
            value=b"" if is_nothing else record.value,
            headers=headers,
            timestamp_ms=record.timestamp_ms,
        )

    def _say_why_waiting(self, state: RetryCallState) -> None:
        pause = state.next_action.sleep if state.next_action else 0.0
        log.warning("%s: the broker did not take everything; trying again in %.1f s", self.stage.name, pause)


async def _settled(deliveries: Sequence[Awaitable[Any]], failure: Exception | None) -> Exception | None:
    for result in await asyncio.gather(*deliveries, return_exceptions=True):
        if isinstance(result, asyncio.CancelledError):
            raise result
        if isinstance(result, Exception) and failure is None:
            failure = _cause(result)
    return failure


def _cause(error: Exception) -> Exception:
    """Faust wraps the producer's errors; what went wrong is in the cause."""
    return error.__cause__ if isinstance(error.__cause__, Exception) else error


def _is_final(failure: Exception) -> bool:
    """Whether the same bytes would be refused again: too large, or a fault that is not the broker's."""
    return isinstance(failure, _TOO_LARGE) or not isinstance(failure, KafkaError | OSError)


def _in_place_of(task: _Task, failure: Exception) -> Reject:
    """What to send in place of something refused for good: first a dead letter, then one that is cut short."""
    if isinstance(task.outcome, Emit):
        if not isinstance(failure, _TOO_LARGE):
            return rejection(failure)
        size = len(task.outcome.value or b"")
        return rejection(
            RecordTooLarge(f"the result has {size:,} bytes, more than the broker takes: {failure}")
        )
    task.record = _cut_short(task.record)
    return task.outcome


def _cut_short(record: Record) -> Record:
    """Half the value; once there is none left, no headers, then no key."""
    value = record.value or b""
    original = last_header(record.headers, dead_letters.TRIMMED_FROM) or str(len(value))
    note: Headers = ((dead_letters.TRIMMED_FROM, original.encode()),)
    others = tuple(header for header in record.headers if header[0] != dead_letters.TRIMMED_FROM)
    if value:
        return replace(record, value=value[: len(value) // 2], headers=(*others, *note))
    if others:
        return replace(record, headers=note)
    return replace(record, key=None)


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

"""Writes what became of records: results to their topics, the rest to the dead letters, until each is on the broker.

A broker that does not take our results is asked again until it does, since to give up would be to lose the record.
What it refuses for the record's own sake, such as its size, is a dead letter.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Any, Protocol

from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    CorruptRecordException,
    InvalidTimestampError,
    InvalidTopicError,
    KafkaError,
    MessageSizeTooLargeError,
    PolicyViolationError,
    RecordListTooLargeError,
    TopicAuthorizationFailedError,
)
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_exponential_jitter

import streams
from streams import dead_letters, logs, topics
from streams.errors import RecordTooLarge, SetupError
from streams.limits import DeadLetterLimit
from streams.records import Emit, Headers, Outcome, Record, Reject, last_header
from streams.settings import Settings
from streams.stage import rejection

log = logging.getLogger(__name__)

RETRY_INITIAL_SECONDS = 0.2
RETRY_MAX_SECONDS = 5.0
"""Short enough to go on soon after a broker is back; the producer itself has tried for much longer before."""

_TOO_LARGE = (MessageSizeTooLargeError, RecordListTooLargeError)
_RECORD_AT_FAULT = (*_TOO_LARGE, InvalidTimestampError, CorruptRecordException)
_FORBIDDEN = (
    TopicAuthorizationFailedError,
    ClusterAuthorizationFailedError,
    InvalidTopicError,
    PolicyViolationError,
)


class Send(Protocol):
    """Hands a record to the producer. Awaiting the call queues it, awaiting its result waits for the broker."""

    async def __call__(
        self,
        topic: str,
        *,
        key: bytes | None,
        value: bytes | None,
        headers: Headers,
        timestamp_ms: int | None,
    ) -> Awaitable[Any]:
        """Queues one record, of now without a time; raises what the producer refuses at once, such as its size."""
        ...


class NotDelivered(Exception):
    """Some records of a batch did not reach the broker, for a reason that may pass; the message tells which."""


@dataclass(slots=True)
class _Task:
    record: Record
    outcome: Outcome
    is_bare: bool = False
    """Whether its dead letter goes without the publisher's headers and timestamp, which were refused."""
    goes_alone: bool = False
    """Whether it was refused among others, with which the producer may have made one batch of it."""
    failure: Exception | None = None
    """Why it was not delivered the last time, if it may be the next time."""


@dataclass(frozen=True, slots=True)
class _Refusal:
    """Why something was not delivered."""

    failure: Exception
    emit: Emit | None
    """What it was; None for a dead letter."""


class Delivery:
    """Delivers the outcomes of one agent's records.

    Args:
        name: what the agent is called, for the log.
        send: how records reach the broker.
        settings: topic names and limits.
        retried: told of each time that something is sent again.
    """

    def __init__(
        self, name: str, *, send: Send, settings: Settings, retried: Callable[[], None] = lambda: None
    ) -> None:
        self._name = name
        self._retried = retried
        self._send = send
        self._settings = settings
        self._limit = DeadLetterLimit(settings)

    async def deliver(self, records: Sequence[Record], outcomes: Sequence[Outcome]) -> list[Outcome]:
        """Returns when the outcome of each record is on the broker; what it was in the end: some are refused.

        Raises:
            SetupError: we may not write, or too many records are dead letters.
        """
        self._limit.count(zip(records, outcomes, strict=True))
        tasks: Sequence[_Task] = [
            _Task(record, outcome) for record, outcome in zip(records, outcomes, strict=True)
        ]
        all_tasks = tasks
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
                    failure = next(task.failure for task in tasks if task.failure is not None)
                    raise NotDelivered(f"{len(tasks)} of {len(records)} records: {failure!r}")
        return [task.outcome for task in all_tasks]

    async def _deliver(self, tasks: Sequence[_Task]) -> Sequence[_Task]:
        """Sends everything, waits for every delivery, and returns what has to be sent again after a pause.

        That is all from the first failure on, not the failed ones alone: two versions of an article stay in order.
        The last topic of a stage is written when the others have the record, so that one refused by any of them is
        a dead letter and not on `enriched` as well.
        """
        while tasks:
            group = [tasks[0], *takewhile(lambda task: not task.goes_alone, tasks[1:])]
            group = group[:1] if tasks[0].goes_alone else group
            delivered = await self._deliver_to(group, slice(0, -1))
            delivered = await self._deliver_to(group[:delivered], slice(-1, None))
            tasks = tasks[delivered:]
            if any(task.failure is not None for task in group):
                break
        return tasks

    async def _deliver_to(self, tasks: Sequence[_Task], part: slice) -> int:
        """Sends to a part of each task's topics; how many tasks, from the first on, are through."""
        refusals = await self._refusals(tasks, part)
        for place, task in enumerate(tasks):
            task.failure = None
            refusal = refusals.get(place)
            if refusal is not None:
                self._decide(task, refusal, is_alone=len(tasks) == 1)
            elif part.stop is None and isinstance(task.outcome, Reject):
                at = f"{task.record.topic}/{task.record.partition}@{task.record.offset}"
                stage, error = task.outcome.stage or self._name, task.outcome.exception
                told = logs.about(task.record, stage=stage, error=error)
                log.warning("%s: %s is a dead letter: %s", stage, at, error, extra=told)
        return min(refusals, default=len(tasks))

    async def _refusals(self, tasks: Sequence[_Task], part: slice) -> dict[int, _Refusal]:
        """Sends and waits for every delivery; what went wrong first with each task, by its place."""
        refusals: dict[int, _Refusal] = {}
        deliveries: list[Awaitable[Any]] = []
        whose: list[tuple[int, Emit | None]] = []
        for place, task in enumerate(tasks):
            emit: Emit | None = None
            try:
                for emit, sending in self._sendings(task, part):
                    deliveries.append(await sending)
                    whose.append((place, emit))
            except Exception as error:  # noqa: BLE001 - what the producer refuses is decided on in _decide
                refusals[place] = _Refusal(_cause(error), emit)
        results = await asyncio.gather(*deliveries, return_exceptions=True)
        for (place, emit), result in zip(whose, results, strict=True):
            if isinstance(result, asyncio.CancelledError):
                raise result
            if isinstance(result, Exception):
                refusals.setdefault(place, _Refusal(_cause(result), emit))
        return refusals

    def _decide(self, task: _Task, refusal: _Refusal, *, is_alone: bool) -> None:
        """What to try next for a record that was not delivered: the same, or something the broker may take.

        Raises:
            SetupError: we may not write there, or there is nothing left to try.
        """
        place = f"{task.record.topic}/{task.record.partition}@{task.record.offset}"
        failure = refusal.failure
        if isinstance(failure, _FORBIDDEN):
            raise SetupError(
                f"The broker does not let Kabar write what came of {place}: {failure!r}"
            ) from failure
        if not isinstance(failure, _RECORD_AT_FAULT) and isinstance(failure, KafkaError | OSError):
            task.failure = failure
        elif isinstance(failure, _RECORD_AT_FAULT) and not is_alone:
            task.goes_alone = True
        elif isinstance(task.outcome, Emit):
            task.outcome = _rejected(refusal.emit or task.outcome, failure)
        elif isinstance(failure, _TOO_LARGE) and (shorter := _cut_short(task.record)) is not None:
            task.record = shorter
        elif not task.is_bare:
            task.is_bare = True
        else:
            raise SetupError(f"No dead letter can be written for {place}: {failure!r}") from failure

    def _sendings(self, task: _Task, part: slice) -> Iterator[tuple[Emit | None, Awaitable[Awaitable[Any]]]]:
        """What a task has to send, one by one; to await it is to queue it."""
        outcome = task.outcome
        if isinstance(outcome, Emit):
            for topic, emit in outcome.writes[part]:
                name, headers = topic.name(self._settings), emit.headers
                yield (
                    emit,
                    self._send(name, key=emit.key, value=emit.value, headers=headers, timestamp_ms=None),
                )
        elif part.stop is None:
            yield None, self._send_dead(task, outcome)

    async def _send_dead(self, task: _Task, reject: Reject) -> Awaitable[Any]:
        record = task.record
        headers = dead_letters.headers_of(
            record, reject, stage=reject.stage or self._name, version=streams.__version__
        )
        if task.is_bare:
            was_cut = tuple(header for header in record.headers if header[0] == dead_letters.TRIMMED_FROM)
            headers = (*was_cut, *headers[len(record.headers) :])
        # aiokafka cannot send a record whose key and value are both null; the reason tells that it was one.
        is_nothing = record.key is None and record.value is None
        return await self._send(
            topics.DEAD.name(self._settings),
            key=record.key,
            value=b"" if is_nothing else record.value,
            headers=headers,
            timestamp_ms=None if task.is_bare else record.timestamp_ms,
        )

    def _say_why_waiting(self, state: RetryCallState) -> None:
        self._retried()
        pause = state.next_action.sleep if state.next_action else 0.0
        failure = state.outcome.exception() if state.outcome else None
        told = {"stage": self._name, "seconds": round(pause, 1), "error": repr(failure)}
        log.warning(
            "%s: not delivered, will be sent again in %.1f s: %s", self._name, pause, failure, extra=told
        )


def _cause(error: Exception) -> Exception:
    """Faust wraps the producer's errors; what went wrong is in the cause."""
    return error.__cause__ if isinstance(error.__cause__, Exception) else error


def _rejected(emit: Emit, failure: Exception) -> Reject:
    if isinstance(failure, _TOO_LARGE):
        size = len(emit.value or b"")
        failure = RecordTooLarge(f"the result has {size:,} bytes, more than the broker takes: {failure}")
    return replace(rejection(failure), stage=emit.stage)


def _cut_short(record: Record) -> Record | None:
    """Half the value; once there is none left, no headers, then no key, then nothing more."""
    value = record.value or b""
    original = last_header(record.headers, dead_letters.TRIMMED_FROM) or str(len(value))
    note: Headers = ((dead_letters.TRIMMED_FROM, original.encode()),)
    others = tuple(header for header in record.headers if header[0] != dead_letters.TRIMMED_FROM)
    if value:
        return replace(record, value=value[: len(value) // 2], headers=(*others, *note))
    if others:
        return replace(record, headers=note)
    return replace(record, key=None) if record.key else None

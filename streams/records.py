"""Kafka records as plain values, so that the stages can be run, and tested, without Kafka."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from streams.topics import Topic

Headers = tuple[tuple[str, bytes | None], ...]
"""Kafka headers: an ordered list in which a name may occur more than once and a value may be null."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a record lies on its topic; written as `partition@offset`."""

    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.partition}@{self.offset}"


@dataclass(frozen=True, slots=True)
class Record:
    """A record as it was read."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    """Unix time in milliseconds."""
    key: bytes | None
    value: bytes | None
    headers: Headers = ()


@dataclass(frozen=True, slots=True)
class Emit:
    """The result of a record: what is to be written, the same to each of `topics`."""

    topics: tuple[Topic, ...]
    key: bytes | None
    value: bytes | None
    headers: Headers
    stage: str = ""
    """Which stage made it."""
    earlier: tuple[Emit, ...] = ()
    """What the stages before made of the same record, where it went through several at once; written with it."""
    worked: tuple[int, int] | None = field(default=None, compare=False, repr=False)
    """From when to when the stage worked on it and its neighbours, in Unix nanoseconds; another time it differs."""

    @property
    def writes(self) -> list[tuple[Topic, Emit]]:
        """Everything there is to write, and where to, in order."""
        return [(topic, emit) for emit in (*self.earlier, self) for topic in emit.topics]


@dataclass(frozen=True, slots=True)
class Reject:
    """A record that cannot be processed, and why."""

    exception: str
    """The exception's class, with its module."""
    message: str
    stacktrace: str
    attempts: int = 1
    """How often it was tried."""
    is_foreseen: bool = True
    """Whether a rule of ours names the fault; else it may be ours, and many of them in a row stop the worker."""
    stage: str = ""
    """Which stage rejected it, where it was to go through several at once."""
    worked: tuple[int, int] | None = field(default=None, compare=False, repr=False)
    """As in `Emit`; None if the work did not come to an end."""


Outcome = Emit | Reject

CARRIED_ON = ("kabar.carried-on", b"true")
"""On what a stage wrote that is through the stages after it already: it is there for others to read, and no work."""


def is_carried_on(headers: Iterable[tuple[str, bytes | None]]) -> bool:
    """Whether a record between the stages is no work for the next one."""
    return any(header == CARRIED_ON for header in headers)


def last_header(headers: Headers, name: str) -> str | None:
    """The value of the last header called `name`, as Kafka's own `lastHeader`; None without one or if not UTF-8."""
    for key, value in reversed(headers):
        if key == name and value is not None:
            try:
                return value.decode("utf-8")
            except UnicodeDecodeError:
                return None
    return None


def onward(record: Record, emit: Emit) -> Record:
    """What the next stage reads if `record` became `emit`."""
    return replace(record, key=emit.key, value=emit.value, headers=emit.headers)


def joined(before: Emit | None, outcome: Outcome, *, stage: str) -> Outcome:
    """The outcome of a record that `stage` has worked on, with what the stages `before` had made of it.

    Of a record that a stage rejects, nothing that the stages before made of it is written: it can be sent through all
    of them again. What a topic refuses later may have been written to those before it.
    """
    if isinstance(outcome, Reject):
        return replace(outcome, stage=stage)
    if before is None:
        return outcome
    carried = replace(before, headers=(*before.headers, CARRIED_ON), earlier=())
    return replace(outcome, earlier=(*before.earlier, carried))

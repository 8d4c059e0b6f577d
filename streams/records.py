"""Kafka records as plain values, so that the stages can be run, and tested, without Kafka."""

from __future__ import annotations

from dataclasses import dataclass

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


Outcome = Emit | Reject


def last_header(headers: Headers, name: str) -> str | None:
    """The value of the last header called `name`, as Kafka's own `lastHeader`; None without one or if not UTF-8."""
    for key, value in reversed(headers):
        if key == name and value is not None:
            try:
                return value.decode("utf-8")
            except UnicodeDecodeError:
                return None
    return None

"""Dead letters: the record untouched, with headers that say where and why it failed (names of KIP-1034)."""

from __future__ import annotations

from dataclasses import dataclass

from streams.records import Headers, Place, Record, Reject, last_header

EXCEPTION = "__streams.errors.exception"
MESSAGE = "__streams.errors.message"
STACKTRACE = "__streams.errors.stacktrace"
TOPIC = "__streams.errors.topic"
PARTITION = "__streams.errors.partition"
OFFSET = "__streams.errors.offset"
STAGE = "kabar.errors.stage"
ATTEMPTS = "kabar.errors.attempts"
VERSION = "kabar.version"
TRIMMED_FROM = "kabar.errors.trimmed-from"
"""Only on a record too large even for the dead letters: the size in bytes its value had."""

REPLAY_ATTEMPTS = "kabar.replay.attempts"
"""On a record that was sent back: how often it had been tried before, in all."""
REPLAY_OF = "kabar.replay.of"
"""On a record that was sent back: the dead letter it was, as in `news.articles.dead/3@17`."""
OF_A_REPLAY = frozenset((REPLAY_ATTEMPTS, REPLAY_OF))
"""They tell of one record, and are not carried on to what is made of it."""

_REASON = (EXCEPTION, MESSAGE, STACKTRACE, TOPIC, PARTITION, OFFSET, STAGE, ATTEMPTS, VERSION)
# More digits than any true number here has come from somebody who plays with them.
_MAX_DIGITS = 18


@dataclass(frozen=True, slots=True)
class Failure:
    """The record that failed: where it lay and of when it was. Two dead letters of the same one are copies."""

    topic: str
    place: Place
    timestamp_ms: int


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record of the dead letter topic, with what its headers say read from them."""

    record: Record
    """As it lies there."""
    headers: Headers
    """Those that the record had before it failed."""
    failure: Failure | None
    """None if the headers do not say."""
    attempts: int
    """How often it was tried in all, at least 1."""

    @classmethod
    def of(cls, record: Record) -> DeadLetter:
        """The dead letter that a record of that topic is; whatever it holds, it can be read."""
        topic = last_header(record.headers, TOPIC)
        partition, offset = _number(record.headers, PARTITION), _number(record.headers, OFFSET)
        failure = None
        if topic and partition is not None and offset is not None:
            failure = Failure(topic, Place(partition, offset), record.timestamp_ms)
        return cls(
            record=record,
            headers=_before(record.headers),
            failure=failure,
            attempts=_number(record.headers, ATTEMPTS) or 1,
        )

    @property
    def place(self) -> Place:
        """Where it lies on the dead letter topic."""
        return Place(self.record.partition, self.record.offset)

    def said(self, name: str) -> str | None:
        """What a header says of the last failure; None without it, or if it is not UTF-8."""
        return last_header(self.record.headers, name)

    @property
    def is_cut_short(self) -> bool:
        """Whether it was too large, so that its value is not all there."""
        return any(name == TRIMMED_FROM for name, _ in self.record.headers)


def headers_of(record: Record, reject: Reject, *, stage: str, version: str) -> Headers:
    """The record's own headers, then the reason.

    Headers of the same names from an earlier failure stay, before the new ones, as in Kafka Streams: the last one
    of a name tells of the last failure. A record that was sent back counts its earlier attempts too.
    """
    reason = {
        EXCEPTION: reject.exception,
        MESSAGE: reject.message,
        STACKTRACE: reject.stacktrace,
        TOPIC: record.topic,
        PARTITION: str(record.partition),
        OFFSET: str(record.offset),
        STAGE: stage,
        ATTEMPTS: str(reject.attempts + (_number(record.headers, REPLAY_ATTEMPTS) or 0)),
        VERSION: version,
    }
    return (*record.headers, *((name, text.encode()) for name, text in reason.items()))


def _before(headers: Headers) -> Headers:
    """The headers without those of the last failure: of each name the last one, which `headers_of` put there."""
    last = {name: index for index, (name, _) in enumerate(headers) if name in _REASON}
    taken = set(last.values())
    return tuple(header for index, header in enumerate(headers) if index not in taken)


def _number(headers: Headers, name: str) -> int | None:
    text = last_header(headers, name) or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS else None

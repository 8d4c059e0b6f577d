"""Sending dead letters back to where they failed: which, and as what. Plain functions; `replayer.py` does it."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

import orjson
from pydantic import ValidationError

from streams import dead_letters, topics
from streams.dead_letters import DeadLetter, Failure
from streams.envelope import rfc3339
from streams.events import FailedRecord, RecordPlace, Replay
from streams.records import Headers, Place, Record
from streams.settings import Settings

READ_BY_KABAR = (topics.RAW, topics.CLEAN, topics.TAGGED)
"""The topics that a dead letter can be sent back to."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which dead letters are meant: those that all of it holds for."""

    reason: str | None = None
    """Part of the reason or of the error's class, in capitals or not."""
    stage: str | None = None
    since_ms: int | None = None
    """Unix milliseconds; a record of that very time is meant too."""
    until_ms: int | None = None
    """Unix milliseconds; a record of that very time is not meant."""

    def holds(self, letter: DeadLetter) -> bool:
        """Whether the letter is one of those meant."""
        told = (letter.said(dead_letters.MESSAGE), letter.said(dead_letters.EXCEPTION))
        wanted = (self.reason or "").casefold()
        return (
            any(wanted in (text or "").casefold() for text in told)
            and self.stage in {None, letter.said(dead_letters.STAGE)}
            and (self.since_ms is None or letter.record.timestamp_ms >= self.since_ms)
            and (self.until_ms is None or letter.record.timestamp_ms < self.until_ms)
        )


@dataclass(frozen=True, slots=True)
class Resend:
    """What a dead letter becomes: a record of the topic it failed on."""

    failure: Failure
    key: bytes | None
    value: bytes | None
    headers: Headers


@dataclass(frozen=True, slots=True)
class AlreadyReplayed:
    """The letter, or a copy of it, was sent back before."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The letter cannot be sent back."""

    reason: str
    """The rest of a sentence that begins with the letter."""


Decision = Resend | AlreadyReplayed | Refused


def decide(letter: DeadLetter, settings: Settings, *, done: Container[Failure]) -> Decision:
    """What to do with a letter.

    Args:
        letter: the letter.
        settings: the topics' prefix.
        done: what has been sent back; a record that a killed worker wrote two letters of goes back once.
    """
    if letter.failure is None:
        return Refused("does not say where it failed")
    if letter.failure.topic not in {topic.name(settings) for topic in READ_BY_KABAR}:
        return Refused(f"failed on {letter.failure.topic}, which Kabar with this prefix does not read")
    if letter.is_cut_short:
        size = letter.said(dead_letters.TRIMMED_FROM)
        return Refused(f"was cut short: {len(letter.record.value or b''):,} of its {size} bytes are left")
    if letter.record.key is None and letter.record.value is None:
        return Refused("has neither key nor value")
    if letter.failure in done:
        return AlreadyReplayed()
    return Resend(
        failure=letter.failure,
        key=letter.record.key,
        value=letter.record.value,
        headers=(
            *(header for header in letter.headers if header[0] not in dead_letters.OF_A_REPLAY),
            (dead_letters.REPLAY_ATTEMPTS, str(letter.attempts).encode()),
            (dead_letters.REPLAY_OF, f"{letter.record.topic}/{letter.place}".encode()),
        ),
    )


def note_of(letter: DeadLetter, failure: Failure, *, partition: int, offset: int, now_ms: int) -> Replay:
    """What is noted once the record made of a letter is on the broker, at that partition and offset."""
    at = {"partition": failure.place.partition, "offset": failure.place.offset}
    return Replay(
        when=rfc3339(now_ms),
        letter=RecordPlace(
            topic=letter.record.topic, partition=letter.place.partition, offset=letter.place.offset
        ),
        failed=FailedRecord(topic=failure.topic, **at, timestamp_ms=failure.timestamp_ms),
        sent=RecordPlace(topic=failure.topic, partition=partition, offset=offset),
    )


def noted(record: Record) -> tuple[Failure, Replay] | None:
    """What a record of the topic of replays tells; None if it is no such note."""
    try:
        note = Replay.decode(record.value or b"")
    except (orjson.JSONDecodeError, ValidationError):
        return None
    failed = note.failed
    return Failure(failed.topic, Place(failed.partition, failed.offset), failed.timestamp_ms), note

"""Dead letters: the record untouched, with headers that say where and why it failed (names of KIP-1034)."""

from __future__ import annotations

from streams.records import Headers, Record, Reject

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


def headers_of(record: Record, reject: Reject, *, stage: str, version: str) -> Headers:
    """The record's own headers, then the reason.

    Headers of the same names from an earlier failure stay, before the new ones, as in Kafka Streams: the last one
    of a name tells of the last failure.
    """
    reason = {
        EXCEPTION: reject.exception,
        MESSAGE: reject.message,
        STACKTRACE: reject.stacktrace,
        TOPIC: record.topic,
        PARTITION: str(record.partition),
        OFFSET: str(record.offset),
        STAGE: stage,
        ATTEMPTS: str(reject.attempts),
        VERSION: version,
    }
    return (*record.headers, *((name, text.encode()) for name, text in reason.items()))

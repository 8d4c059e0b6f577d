"""Dead letters as JSON, for programs that look at them: what is text as text, the untouched bytes in base64."""

from __future__ import annotations

import base64
from typing import Any

from streams import dead_letters
from streams.dead_letters import DeadLetter
from streams.envelope import rfc3339
from streams.events import Replay

BEGINNING_CHARS = 60


def summary(letter: DeadLetter) -> dict[str, Any]:
    """One letter without its value, but for the beginning."""
    record = letter.record
    return {
        "letter": str(letter.place),
        "when": rfc3339(record.timestamp_ms),
        "partition": record.partition,
        "offset": record.offset,
        "key": _text(record.key),
        "stage": letter.said(dead_letters.STAGE),
        "reason": letter.said(dead_letters.MESSAGE),
        "exception": letter.said(dead_letters.EXCEPTION),
        "attempts": letter.attempts,
        "from": {
            "topic": letter.said(dead_letters.TOPIC),
            "partition": letter.said(dead_letters.PARTITION),
            "offset": letter.said(dead_letters.OFFSET),
        },
        "size": len(record.value or b""),
        "begins": beginning(record.value),
    }


def whole(letter: DeadLetter) -> dict[str, Any]:
    """One letter with its value."""
    value = letter.record.value
    return {**summary(letter), "value": _text(value), "value_base64": _base64(value)}


def everything(letter: DeadLetter) -> dict[str, Any]:
    """One letter with all that is known of it."""
    return {
        **whole(letter),
        "key_base64": _base64(letter.record.key),
        "version": letter.said(dead_letters.VERSION),
        "stacktrace": letter.said(dead_letters.STACKTRACE),
        "trimmed_from": letter.said(dead_letters.TRIMMED_FROM),
        "headers": [
            {"name": name, "value": _text(value), "value_base64": _base64(value)}
            for name, value in letter.headers
        ],
    }


def replayed(note: Replay | None) -> dict[str, Any]:
    """Whether a letter was sent back, and when and where to."""
    return {"replayed": None if note is None else {"when": note.when, **note.sent.model_dump()}}


def beginning(value: bytes | None) -> str | None:
    """The first characters of a value."""
    # A character has at most four bytes.
    return (
        None if value is None else value[: 4 * BEGINNING_CHARS].decode("utf-8", "replace")[:BEGINNING_CHARS]
    )


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("utf-8", errors="replace")


def _base64(value: bytes | None) -> str | None:
    return None if value is None else base64.b64encode(value).decode()

"""What a record is to the page. Nothing that a record can hold raises here; article text stays text, in JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import orjson
from pydantic import ValidationError

from streams import dead_letter_json, dead_letters, topics
from streams.dead_letters import DeadLetter
from streams.events import EnrichedArticle, Replay
from streams.records import Record, last_header
from streams.web.hub import Message

STAGES = {
    topics.RAW: "raw",
    topics.CLEAN: "clean",
    topics.TAGGED: "tagged",
    topics.ENRICHED: "enriched",
    topics.DEAD: "dead",
}
"""The topics that an article is seen on as it goes through, by what the page calls it."""

# The page has no use for it, and a publisher may put anything there.
_LEFT_OUT = {"metadata"}


def place_of(record: Record) -> str:
    """Where a record lies, as `topic/partition/offset`."""
    return f"{record.topic}/{record.partition}/{record.offset}"


def article(record: Record, *, latency_ms: float | None) -> Message:
    """A record of the enriched topic: an article, a deletion, or what cannot be read.

    Args:
        record: the record.
        latency_ms: how long it took from its publication until it was here, if that is known.
    """
    head = {
        "place": place_of(record),
        "at": record.timestamp_ms,
        "latency_ms": latency_ms,
        "ce_id": last_header(record.headers, "ce_id"),
        "correlation": correlation_of(record),
    }
    if record.value is None:
        key = (record.key or b"").decode("utf-8", errors="replace")
        return _message("deleted", {**head, "id": key}, record)
    try:
        event = EnrichedArticle.decode(record.value)
    except (orjson.JSONDecodeError, ValidationError):
        return _message("unreadable", head, record)
    shown = event.model_dump(mode="json", exclude=_LEFT_OUT)
    shown["topics"] += shown.pop("own_topics", [])
    return _message("article", {**head, "article": shown}, record)


def letter(dead: DeadLetter, note: Replay | None) -> dict[str, Any]:
    """A dead letter: why, where, how large, and whether it was sent back."""
    return {
        **dead_letter_json.summary(dead),
        **dead_letter_json.replayed(note),
        "cut_short": dead.is_cut_short,
        "trimmed_from": dead.said(dead_letters.TRIMMED_FROM),
    }


def stage(record: Record, name: str) -> dict[str, Any]:
    """That an article has come to a stage: when the record of it was written."""
    return {
        "stage": name,
        "at": record.timestamp_ms,
        "place": place_of(record),
        "reason": last_header(record.headers, dead_letters.MESSAGE) if name == "dead" else None,
    }


def correlation_of(record: Record) -> str | None:
    """The id of the raw event at the start of the chain, if a header tells it."""
    return last_header(record.headers, "ce_correlationid") or last_header(record.headers, "ce_id")


def latency_ms(record: Record, *, now_ms: float) -> float | None:
    """Milliseconds from the publication of an article until now; None if its event does not tell when that was."""
    try:
        published = datetime.fromisoformat(last_header(record.headers, "ce_time") or "")
    except ValueError:
        return None
    # Clocks of two machines differ: nothing is here before it was published.
    return None if published.tzinfo is None else max(0.0, now_ms - published.timestamp() * 1000)


def _message(event: str, data: dict[str, Any], record: Record) -> Message:
    return Message(event, orjson.dumps(data).decode(), place_of(record))

"""A worker's log on stderr: readable on a terminal, one JSON object a line anywhere else.

A line that concerns a record names it: topic, partition, offset, and the article by its key. Never its text.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from typing import Any

import orjson
import structlog

from streams.log_limit import OncePerWhile
from streams.records import Record

FIELDS = ("stage", "topic", "partition", "offset", "article", "error", "seconds")
"""What a line may say beside its message; public, so only ever added to."""

MAX_ARTICLE_CHARS = 200

# What they say at `info` is about themselves; their warnings are about us.
_CHATTY = ("faust", "streams.transport", "mode", "aiokafka", "kafka", "asyncio")
# They repeat for each batch of spans, or for each span dropped, what `streams.traces` says once.
_REPEATING = ("opentelemetry.exporter", "opentelemetry.sdk._shared_internal")


def about(record: Record, **others: object) -> dict[str, object]:
    """The fields that name a record, for the `extra` of a call of the log."""
    fields: dict[str, object] = {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        **others,
    }
    if record.key is not None:
        fields["article"] = article_of(record.key)
    return fields


def article_of(key: bytes) -> str:
    """The article that a record is about, by its key.

    A key is whatever its publisher made it: it is cut, and what could steer a terminal is written as its escape.
    """
    text = key.decode("utf-8", errors="replace")[:MAX_ARTICLE_CHARS]
    return text if text.isprintable() else text.encode("unicode_escape").decode()


def to_stderr(level: str, *, as_json: bool | None = None, filters: tuple[logging.Filter, ...] = ()) -> None:
    """Sends all logging of this process there, from `level` on.

    Args:
        level: `debug` also shows what Faust and aiokafka say, each time they say it.
        as_json: None for JSON wherever stderr is not a terminal.
        filters: what else decides whether a line is written.
    """
    handler = logging.StreamHandler()
    if level != "debug":
        for one in (*filters, OncePerWhile()):
            handler.addFilter(one)
    handler.setFormatter(_formatter(as_json=not sys.stderr.isatty() if as_json is None else as_json))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in _CHATTY:
        # The command line has silenced aiokafka, which says to a worker what nobody else does.
        logging.getLogger(name).setLevel(logging.NOTSET if level == "debug" else logging.WARNING)
    for name in _REPEATING:
        logging.getLogger(name).setLevel(logging.NOTSET if level == "debug" else logging.CRITICAL)


def _formatter(*, as_json: bool) -> logging.Formatter:
    before: list[Any] = [
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(allow=FIELDS),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    rendered: list[Any] = (
        [
            structlog.processors.format_exc_info,
            structlog.processors.EventRenamer("message"),
            structlog.processors.JSONRenderer(serializer=_json),
        ]
        if as_json
        else [structlog.dev.ConsoleRenderer(colors=True, exception_formatter=structlog.dev.plain_traceback)]
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=before,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendered],
    )


def _json(line: Mapping[str, Any], **_: object) -> str:
    return orjson.dumps(line, default=str).decode()

"""A message said many times over is written once in a while."""

from __future__ import annotations

import logging

import pytest

from streams.log_limit import OncePerWhile


def said(limit: OncePerWhile, message: str, *arguments: object, line: int = 1) -> str | None:
    record = logging.LogRecord("aiokafka", logging.ERROR, __file__, line, message, arguments, None)
    return record.getMessage() if limit.filter(record) else None


def test_the_same_message_is_held_back_whatever_is_put_into_it() -> None:
    limit = OncePerWhile(60.0)
    assert said(limit, "no node %d", 1) == "no node 1"
    assert said(limit, "no node %d", 2) is None
    assert said(limit, "no node 3, as some format it themselves") is None
    assert said(limit, "no topic %s", "a", line=2) == "no topic a"


def test_after_a_while_it_is_written_again_and_tells_how_often_it_was_held_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    limit = OncePerWhile(60.0)
    said(limit, "no node %d", 1)
    said(limit, "no node %d", 2)
    said(limit, "no node %d", 3)
    now = limit._last[__file__, 1]
    monkeypatch.setattr("streams.log_limit.time.monotonic", lambda: now + 61.0)
    assert said(limit, "no node %d", 4) == "no node 4 (and 2 more like it)"
    assert said(limit, "no node %d", 5) is None

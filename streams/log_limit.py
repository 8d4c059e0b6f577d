"""A log that stays readable while a broker is away, when the Kafka client says the same many times a second."""

from __future__ import annotations

import logging
import time

SECONDS = 10.0


class OncePerWhile(logging.Filter):
    """Lets each message of a logger through once in a while, and tells then how often it was held back.

    Messages are the same that come from the same line of code, whatever is put into them.

    Args:
        seconds: the while.
    """

    def __init__(self, seconds: float = SECONDS) -> None:
        super().__init__()
        self._seconds = seconds
        self._last: dict[tuple[str, int], float] = {}
        self._held_back: dict[tuple[str, int], int] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the message may be written."""
        key = record.pathname, record.lineno
        now = time.monotonic()
        if now - self._last.get(key, -self._seconds) < self._seconds:
            self._held_back[key] = self._held_back.get(key, 0) + 1
            return False
        self._last[key] = now
        if held_back := self._held_back.pop(key, 0):
            record.msg = f"{record.msg} (and {held_back} more like it)"
        return True

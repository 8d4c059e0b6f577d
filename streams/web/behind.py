"""How far the stages are behind, asked for no more often than it is worth, and only while somebody looks."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from aiokafka.errors import KafkaError

from streams import topics
from streams.errors import SetupError
from streams.lag import TopicLag, lag
from streams.settings import Settings

FRESH_SECONDS = 4.0

_LAST_SECONDS = 3.0

_STAGES = {topics.RAW: "clean", topics.CLEAN: "tag", topics.TAGGED: "classify"}


class Behind:
    """The lag of a group as it was a moment ago."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._found: list[TopicLag] | None = None
        self._problem: str | None = None
        self._asked = float("-inf")
        self._asking: asyncio.Task[None] | None = None

    def state(self) -> dict[str, Any]:
        """What is known now; what is old is asked for anew, for the next time."""
        now = time.monotonic()
        if now - self._asked > FRESH_SECONDS and (self._asking is None or self._asking.done()):
            self._asked = now
            self._asking = asyncio.create_task(self._ask())
        return {
            "group": self._settings.group,
            "problem": self._problem,
            "stages": None
            if self._found is None
            else [
                {
                    "stage": _STAGES[of_topic.topic],
                    "topic": of_topic.name,
                    "waiting": of_topic.waiting,
                    "oldest_ms": of_topic.oldest_ms,
                }
                for of_topic in self._found
            ],
        }

    async def _ask(self) -> None:
        try:
            self._found, self._problem = await lag(self._settings), None
        except (KafkaError, OSError, SetupError) as error:
            self._found, self._problem = None, str(error)

    async def aclose(self) -> None:
        """Waits for a question that is still open, for a moment: cut short, it would leave a connection behind."""
        if self._asking is not None:
            await asyncio.wait([self._asking], timeout=_LAST_SECONDS)
            self._asking.cancel()
            await asyncio.wait([self._asking])

"""Messages to all who look at the page: the last ones first, then each as it comes. Nothing grows without bound."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from streams.settings import MIB

BACKLOG_MESSAGES = 500
BACKLOG_BYTES = 32 * MIB
QUEUE_MESSAGES = 2_000
MOST_VIEWERS = 64


@dataclass(frozen=True, slots=True)
class Message:
    """One server-sent event."""

    event: str
    data: str
    """JSON."""
    id: str | None = None
    """Where the record lies, as `topic/partition/offset`; only of what a new viewer gets too."""


class Viewer:
    """One who looks: what it is still to be sent."""

    def __init__(self, missed: list[Message], most: int) -> None:
        self._waiting = deque(missed)
        # What was missed is bounded already, and is no sign of being slow.
        self._most = most + len(missed)
        self._news = asyncio.Event()
        self.is_dropped = False
        """Whether it was too slow, or all is over."""

    def put(self, message: Message) -> None:
        """Adds a message; a viewer with too many of them waiting is dropped, and they with it."""
        if len(self._waiting) >= self._most:
            self.drop()
        elif not self.is_dropped:
            self._waiting.append(message)
            self._news.set()

    def drop(self) -> None:
        """Nothing is sent any more. Whoever comes back says what it has seen."""
        self.is_dropped = True
        self._waiting.clear()
        self._news.set()

    async def next(self) -> Message | None:
        """The next message, as soon as there is one; None if there will be none."""
        while not self._waiting:
            if self.is_dropped:
                return None
            self._news.clear()
            await self._news.wait()
        return self._waiting.popleft()


class Hub:
    """Who looks, and what a new one is sent first.

    Args:
        backlog: how many messages that is, at most.
        queue: how many may wait for one viewer.
    """

    def __init__(self, *, backlog: int = BACKLOG_MESSAGES, queue: int = QUEUE_MESSAGES) -> None:
        self._most_kept = backlog
        self._most_queued = queue
        self._kept: deque[Message] = deque()
        self._kept_bytes = 0
        self._viewers: set[Viewer] = set()

    @property
    def viewers(self) -> int:
        """How many look now."""
        return len(self._viewers)

    @property
    def is_full(self) -> bool:
        """Whether nobody else can be let in."""
        return len(self._viewers) >= MOST_VIEWERS

    def send(self, message: Message) -> None:
        """Sends a message to all; one with an id also to those who come later."""
        for viewer in list(self._viewers):
            viewer.put(message)
        if message.id is None:
            return
        self._kept.append(message)
        self._kept_bytes += len(message.data)
        while len(self._kept) > self._most_kept or (len(self._kept) > 1 and self._kept_bytes > BACKLOG_BYTES):
            self._kept_bytes -= len(self._kept.popleft().data)

    @contextmanager
    def viewer(self, *, last_id: str | None) -> Iterator[Viewer]:
        """A new viewer; one that comes back with the id of the last message it has seen gets those after it."""
        viewer = Viewer(self._after(last_id), self._most_queued)
        self._viewers.add(viewer)
        try:
            yield viewer
        finally:
            self._viewers.discard(viewer)

    def close(self) -> None:
        """Lets all go."""
        for viewer in list(self._viewers):
            viewer.drop()

    def _after(self, last_id: str | None) -> list[Message]:
        kept = list(self._kept)
        seen = [index for index, message in enumerate(kept) if message.id == last_id]
        return kept[seen[-1] + 1 :] if seen else kept

"""What has come out so far, counted while things are being broken, so that a test can wait for the next moment."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from types import TracebackType
from typing import Self

from streams import topics
from streams.cli.follow import follow
from tests.broker.pipeline import Pipeline
from tests.chaos.audit import origin_of


class Tally:
    """Counts the raw records of which something is on `enriched` or `dead`; a context manager.

    Args:
        pipeline: whose output, and whose logs are shown when `reach` gives up.
        patience: seconds without anything new after which `reach` gives up.
    """

    def __init__(self, pipeline: Pipeline, *, patience: float = 300.0) -> None:
        self._settings = pipeline.settings
        self._logs = pipeline.log.parent
        self._patience = patience
        self._origins: set[str] = set()
        self._more = asyncio.Condition()
        self._following: asyncio.Task[None] | None = None

    @property
    def count(self) -> int:
        """How many raw records have come out."""
        return len(self._origins)

    async def reach(self, count: int) -> None:
        """Returns when so many records have come out."""
        async with self._more:
            while self.count < count:
                before = self.count
                try:
                    async with asyncio.timeout(self._patience):
                        await self._more.wait()
                except TimeoutError:
                    raise AssertionError(
                        f"{before} of {count} records have come out, and none more in {self._patience:.0f} s;"
                        f" the workers say:\n{self._last_words()}"
                    ) from None

    def _last_words(self) -> str:
        logs = sorted(self._logs.glob("*.log"))
        return "\n".join(f"{log.name}: {log.read_text(errors='replace')[-10_000:]}" for log in logs)

    async def __aenter__(self) -> Self:
        self._following = asyncio.create_task(self._follow())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._following is not None
        self._following.cancel()
        await asyncio.wait([self._following])
        if not self._following.cancelled() and error is None:
            self._following.result()

    async def _follow(self) -> None:
        names = [topic.name(self._settings) for topic in (topics.ENRICHED, topics.DEAD)]
        async with aclosing(follow(names, self._settings, from_beginning=True)) as records:
            async for record in records:
                origin = origin_of(record)
                if origin not in self._origins:
                    self._origins.add(origin)
                    async with self._more:
                        self._more.notify_all()

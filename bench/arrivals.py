"""What comes out, and when: read from the topics, since the ends that a broker tells would count repeats too."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer

from streams import topics
from streams.settings import Settings

SELDOM_MS = 100
"""How long a broker may hold a fetch when all that counts is how many are out: reading takes little time then."""
AT_ONCE_MS = 10
"""When it counts when each of them came out; the embedded broker answers only after so long."""
PATIENCE_S = 120.0


class StandstillError(Exception):
    """Nothing came out for too long."""


class Arrivals:
    """Articles that are on `enriched`, by key, and when each of them was first seen there (`time.perf_counter`)."""

    def __init__(self) -> None:
        self.at: dict[bytes, float] = {}
        self.repeats = 0
        self.dead = 0
        self._more = asyncio.Condition()
        self._reading: asyncio.Task[None] | None = None

    @classmethod
    @asynccontextmanager
    async def on(cls, settings: Settings, *, fetch_wait_ms: int) -> AsyncIterator[Arrivals]:
        """Reads, inside the block, what is and what will be on the topics, which must exist."""
        names = [topic.name(settings) for topic in (topics.ENRICHED, topics.DEAD)]
        arrivals = cls()
        async with AIOKafkaConsumer(
            *names,
            bootstrap_servers=settings.bootstrap,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=fetch_wait_ms,
            fetch_min_bytes=1 if fetch_wait_ms < SELDOM_MS else 1 << 20,
            max_partition_fetch_bytes=settings.max_record_bytes,
        ) as consumer:
            arrivals._reading = reading = asyncio.create_task(arrivals._read(consumer, names[1]))
            try:
                yield arrivals
            finally:
                reading.cancel()
                await asyncio.wait([reading])

    @property
    def count(self) -> int:
        """How many articles are out."""
        return len(self.at)

    async def reach(
        self, count: int, *, check: Callable[[], None] = lambda: None, patience: float = PATIENCE_S
    ) -> None:
        """Returns when so many articles are out.

        Args:
            count: how many.
            check: called now and then; what it raises ends the waiting.
            patience: seconds without anything new that are too many.

        Raises:
            StandstillError: nothing came out for so long, or something came out dead.
        """
        last, before = time.perf_counter(), self.count
        while self.count < count:
            check()
            if self._reading is not None and self._reading.done():
                self._reading.result()
            if self.dead:
                raise StandstillError(f"{self.dead} of the articles, all of them good, became dead letters")
            if self.count > before:
                last, before = time.perf_counter(), self.count
            if time.perf_counter() - last > patience:
                raise StandstillError(f"{before} of {count} came out, and no more in {patience:.0f} s")
            async with self._more:
                try:
                    async with asyncio.timeout(1.0):
                        await self._more.wait_for(lambda: self.count >= count)
                except TimeoutError:
                    continue

    async def _read(self, consumer: AIOKafkaConsumer, dead: str) -> None:
        while True:
            fetched = await consumer.getmany(timeout_ms=1_000)
            now = time.perf_counter()
            for place, records in fetched.items():
                if place.topic == dead:
                    self.dead += len(records)
                    continue
                for record in records:
                    self.repeats += record.key in self.at
                    self.at.setdefault(record.key, now)
            async with self._more:
                self._more.notify_all()

"""What reads a topic ends as it was told to, also while the broker is away, and leaves nothing running."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager

import pytest

from streams import admin, client, topics
from streams.broker import EmbeddedBroker
from streams.cli.follow import follow
from streams.settings import Settings, load
from streams.snapshot import snapshot
from streams.web.tail import tail
from tests.broker.client_reading import something_is_committed
from tests.broker.enriched_records import enriched, write

STALL_S = 30.0
ENDING_S = 5.0
# The first member of a group comes into it after half a session.
SESSION_S = 3.0

Reading = Callable[[Settings], AbstractAsyncContextManager[None]]


@asynccontextmanager
async def following(settings: Settings) -> AsyncIterator[None]:
    name = topics.ENRICHED.name(settings)
    async with aclosing(follow([name], settings, from_beginning=True)) as records:
        await anext(records)
        yield


@asynccontextmanager
async def with_a_snapshot(settings: Settings) -> AsyncIterator[None]:
    async with snapshot(topics.ENRICHED, settings) as there, aclosing(there.records()) as records:
        await anext(records)
        yield


@asynccontextmanager
async def with_the_tail(settings: Settings) -> AsyncIterator[None]:
    async with tail({topics.ENRICHED.name(settings): 1}, settings) as end:
        await end.latest()
        yield


@asynccontextmanager
async def with_the_client(settings: Settings) -> AsyncIterator[None]:
    async with client.connect(
        brokers=settings.bootstrap, prefix=settings.prefix, group="desk", session_timeout_seconds=SESSION_S
    ) as kabar:
        loop = aiter(kabar.enriched())
        await anext(loop)
        waiting = asyncio.create_task(anext(loop, None))
        await something_is_committed(settings, "desk")
        yield
        waiting.cancel()
        await asyncio.wait([waiting])


@pytest.fixture
def a_fetch_has_failed() -> Iterator[asyncio.Event]:
    """Is set when a fetch has failed. The fetcher then waits for a moment, and is stopped best in that moment."""
    failed = asyncio.Event()

    class Watching(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            failed.set()

    watching = Watching(logging.ERROR)
    fetcher = logging.getLogger("aiokafka.consumer.fetcher")
    fetcher.addHandler(watching)
    yield failed
    fetcher.removeHandler(watching)


@pytest.mark.parametrize("reading", [following, with_a_snapshot, with_the_tail, with_the_client])
async def test_it_ends_while_the_broker_is_away(reading: Reading, a_fetch_has_failed: asyncio.Event) -> None:
    with EmbeddedBroker() as broker:
        settings = load(brokers=broker.address, prefix=f"away-{uuid.uuid4().hex[:8]}", partitions=1)
        await admin.create_topics(settings)
        await write(settings, [enriched("a-1")])
        async with asyncio.timeout(STALL_S), reading(settings):
            a_fetch_has_failed.clear()
            await asyncio.to_thread(broker.kill)
            await a_fetch_has_failed.wait()

    assert await still_running() == set()


async def still_running() -> set[asyncio.Task[object]]:
    """What does not end by itself: a client that is not closed goes on asking for metadata."""
    left = asyncio.all_tasks() - {asyncio.current_task()}
    if not left:
        return set()
    _, pending = await asyncio.wait(left, timeout=ENDING_S)
    return pending

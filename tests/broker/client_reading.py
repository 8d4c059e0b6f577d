"""A service that reads with `streams.client`, as tests need it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from streams import client
from streams.broker import SESSION_TIMEOUT_SECONDS
from streams.client.consuming import Stream
from streams.events import EnrichedArticle
from streams.settings import Settings
from tests.broker.enriched_records import END, committed, enriched

STALL_S = 60.0


@asynccontextmanager
async def connected(settings: Settings, group: str = "desk", **options: Any) -> AsyncIterator[client.Client]:
    async with (
        asyncio.timeout(STALL_S),
        client.connect(
            brokers=settings.bootstrap,
            prefix=settings.prefix,
            group=f"{settings.prefix}-{group}",
            session_timeout_seconds=min(settings.session_timeout_seconds, SESSION_TIMEOUT_SECONDS),
            **options,
        ) as kabar,
    ):
        yield kabar


def articles(count: int, name: str = "a") -> list[EnrichedArticle]:
    return [enriched(f"{name}-{number}") for number in range(count)]


def ids(count: int, name: str = "a") -> list[str]:
    return [f"{name}-{number}" for number in range(count)]


async def until_the_end(stream: Stream, partitions: int) -> list[client.Item]:
    """Everything before the end of each partition; all of it is acknowledged."""
    items: list[client.Item] = []
    ends = 0
    async for item in stream:
        if item.record.value != END:
            items.append(item)
            continue
        ends += 1
        if ends == partitions:
            stream.acknowledge(item)
            break
    return items


async def read_all(settings: Settings, group: str = "desk", **options: Any) -> list[client.Item]:
    async with connected(settings, group, **options) as kabar:
        return await until_the_end(kabar.enriched(), settings.partitions)


def ids_of(items: list[client.Item]) -> list[str]:
    return [item.id for item in items if not isinstance(item, client.Unreadable)]


def texts_of(items: list[client.Item]) -> list[str]:
    return [item.article.text for item in items if isinstance(item, client.Enriched)]


async def something_is_committed(settings: Settings, group: str) -> None:
    while not any(await committed(settings, group)):  # noqa: ASYNC110 - the broker tells it to nobody
        await asyncio.sleep(0.1)


async def drain(stream: Stream) -> None:
    async for _ in stream:
        pass

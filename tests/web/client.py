"""The page's server, asked as a browser asks it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import orjson
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer

from streams.settings import Settings
from streams.web.hub import Hub
from streams.web.server import create_app

FROM_THE_PAGE = {"X-Kabar-Page": "1"}
TIMEOUT_S = 60.0

Client = TestClient[Any, Any]


@dataclass(frozen=True)
class Event:
    """A server-sent event."""

    name: str
    id: str | None
    data: Any


class Events:
    """What comes on `/events`, in order."""

    def __init__(self, response: ClientResponse) -> None:
        self.response = response
        self.seen: list[Event] = []

    async def next(self) -> Event:
        fields: dict[str, str] = {}
        async with asyncio.timeout(TIMEOUT_S):
            while line := (await self.response.content.readline()).decode():
                name, _, value = line.rstrip("\r\n").partition(": ")
                if name:
                    fields[name] = value
                elif "data" in fields:
                    event = Event(fields["event"], fields.get("id"), orjson.loads(fields["data"]))
                    self.seen.append(event)
                    return event
        raise EOFError

    async def until(self, name: str, **data: Any) -> Event:
        """The next event of that name in whose data there is all of `data`."""
        while True:
            event = await self.next()
            if event.name == name and data.items() <= event.data.items():
                return event

    async def article(self, article_id: str) -> Any:
        """The article of that id, as soon as it comes."""
        while True:
            event = await self.until("article")
            if event.data["article"]["id"] == article_id:
                return event.data["article"]


@asynccontextmanager
async def served(settings: Settings, *, hub: Hub | None = None) -> AsyncIterator[Client]:
    """A running server that has read what lies on the topics."""
    async with TestClient(TestServer(create_app(settings, hub=hub))) as client:
        await reading(client)
        yield client


async def reading(client: Client) -> None:
    """Returns once nothing keeps the server from reading."""
    await state_when(client, lambda told: told["broker"]["problem"] is None)


async def state_when(client: Client, holds: Callable[[Any], bool]) -> Any:
    """The first state of which it holds. Figures are taken each second and announced by nothing."""
    async with asyncio.timeout(TIMEOUT_S):
        while not holds(told := await state(client)):  # noqa: ASYNC110 - another process could not wait for it otherwise
            await asyncio.sleep(0.05)
    return told


async def state(client: Client) -> Any:
    return await (await client.get("/api/state")).json()


@asynccontextmanager
async def events(client: Client, **headers: str) -> AsyncIterator[Events]:
    async with client.get(
        "/events", headers={name.replace("_", "-"): told for name, told in headers.items()}
    ) as response:
        assert response.status == 200
        yield Events(response)

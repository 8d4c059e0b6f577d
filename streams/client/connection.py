"""`connect`: one service's way to Kabar."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from streams import own_topics, topics
from streams.client.consuming import Stream
from streams.client.items import Item
from streams.client.publishing import Published, Publisher
from streams.client.window import DEFAULT_SIZE, MemoryWindow, SqliteWindow, Window
from streams.errors import BadConfiguration
from streams.events import PublishedArticle
from streams.settings import Settings, load


class Client:
    """An open connection; made by `connect`. What it holds is started when it is first used."""

    def __init__(
        self, settings: Settings, *, group: str | None, window: Window, stack: AsyncExitStack
    ) -> None:
        self._settings = settings
        self._group = group
        self._window = window
        self._stack = stack
        self._streams: dict[topics.Topic, Stream] = {}
        self._publisher = Publisher(settings, source=f"/{group or 'publisher'}")
        stack.push_async_callback(self._publisher.aclose)

    def enriched(self, topic: str | None = None) -> Stream:
        """What comes out, for `async for`: from the first record that the group has not acknowledged.

        There is one stream for each topic: called again, a loop continues where the last one was left.

        Args:
            topic: only the articles assigned to it: "diplomacy", "terrorism", or a topic of your own that a worker
                has in KABAR_OWN_TOPICS, of which nothing else is needed here; None for every article.

        Raises:
            BadConfiguration: no group was named, or no topic can be called that. That there is none on the cluster is
                a SetupError of the loop.
        """
        if self._group is None:
            raise BadConfiguration('To read, name a consumer group of your own: connect(group="my-desk").')
        if topic is not None and topic not in topics.BY_TOPIC_ID and not own_topics.is_id(topic):
            raise BadConfiguration(
                f"There is no topic {topic!r}: choose one of {', '.join(topics.BY_TOPIC_ID)}, one of your own,"
                " or None for all."
            )
        source = topics.ENRICHED if topic is None else topics.of_id(topic)
        stream = self._streams.get(source)
        if stream is None or stream.is_closed:
            stream = Stream(source, settings=self._settings, group=self._group, window=self._window)
            self._streams[source] = stream
            self._stack.push_async_callback(stream.aclose)
        return stream

    def acknowledge(self, item: Item) -> None:
        """Says that the item in hand is done with, before a `break`: it does not come again."""
        for stream in self._streams.values():
            stream.acknowledge(item)

    async def publish(self, article: PublishedArticle) -> Published:
        """Publishes an article under its id and waits until the broker has it.

        Raises:
            InvalidArticle: it breaks a rule of the contract; the message says which.
            RecordTooLarge: the broker does not take a record of its size.
            SetupError: there is no broker, no topic, or no right to write to it.
        """
        return await self._publisher.publish(article)

    async def delete(self, article_id: str) -> Published:
        """Publishes the deletion of an article and waits until the broker has it.

        Raises:
            InvalidArticle: there can be no article of that id.
            SetupError: there is no broker, no topic, or no right to write to it.
        """
        return await self._publisher.delete(article_id)


@asynccontextmanager
async def connect(
    *,
    group: str | None = None,
    window_path: Path | str | None = None,
    window_size: int = DEFAULT_SIZE,
    window: Window | None = None,
    **settings: Any,
) -> AsyncIterator[Client]:
    """A connection for as long as the `async with` block lasts; its end commits what was acknowledged.

    Args:
        group: the consumer group, which shares the work; needed for reading. It is not taken from `KABAR_GROUP`, which
            is the workers'.
        window_path: a file for the window, so that it survives restarts; without one it is in memory.
        window_size: how many `ce_id`s of a topic are remembered.
        window: a window of your own in place of these two.
        settings: any setting of `kabar worker --help` by its name, as in `brokers="kafka:9092"` or `prefix="news"`,
            over those from the environment.

    Raises:
        BadConfiguration: a setting or the window's file cannot be used.
    """
    loaded = load(**settings)
    if group is not None and group == loaded.group:
        raise BadConfiguration(
            f"The group {group!r} is that of Kabar's own workers (KABAR_GROUP): choose another."
        )
    async with AsyncExitStack() as stack:
        if window is None:
            window = SqliteWindow(window_path, window_size) if window_path else MemoryWindow(window_size)
        stack.callback(window.close)
        yield Client(loaded, group=group, window=window, stack=stack)

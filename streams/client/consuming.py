"""One topic, read as a member of a consumer group: at least once from Kafka, each event once to the loop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Iterable

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import CommitFailedError, ConsumerStoppedError, IllegalStateError, KafkaError

from streams import admin, consumers
from streams.client.items import Item, item_of
from streams.client.window import Window
from streams.errors import SetupError
from streams.records import Record
from streams.security import client_options
from streams.settings import Settings
from streams.snapshot import record_of
from streams.topics import Topic

log = logging.getLogger(__name__)

COMMIT_SECONDS = 1.0
CLOSE_SECONDS = 5.0
"""How long the last commit may take; records that it misses come again."""

# The embedded broker answers a fetch only when this is over, also if a record has come.
_FETCH_WAIT_MS = 100


class Stream:
    """The items of one topic. Made by `Client.enriched`; each `async for` over it continues where the last one was.

    Args:
        topic: what to read.
        settings: which broker, and the sizes and times of its clients.
        group: the consumer group.
        window: what was acknowledged before.
    """

    def __init__(self, topic: Topic, *, settings: Settings, group: str, window: Window) -> None:
        self._topic = topic
        self._name = topic.name(settings)
        self._settings = settings
        self._group = group
        self._window = window
        self._scope = f"{group} {self._name}"
        self._consumer: AIOKafkaConsumer | None = None
        self._committing: asyncio.Task[None] | None = None
        self._closing = asyncio.Event()
        self._starting = asyncio.Lock()
        self._flushing = asyncio.Lock()
        self._loop: _Loop | None = None
        """The loop that began last; no other may go on."""
        self._in_hand: Item | None = None
        self._hand_is_free = asyncio.Event()
        self._hand_is_free.set()
        self._assignment = 0
        """Counts rebalances: what was taken before one is not committed after it."""
        self._taken_in = 0
        """The assignment in which the item in hand was taken."""
        self._positions: dict[TopicPartition, int] = {}
        """What to commit next: after all that was acknowledged."""
        self._unsaved: dict[str, None] = {}
        """The `ce_id`s acknowledged since the window was last told, in order."""

    def __aiter__(self) -> AsyncIterator[Item]:
        """A new loop. The item that an earlier one was left with is its first."""
        if self.is_closed:
            raise RuntimeError(f"the stream of {self._name} is closed")
        self._loop = _Loop(self)
        return self._loop

    @property
    def is_closed(self) -> bool:
        """Whether it has come to its end."""
        return self._closing.is_set()

    def acknowledge(self, item: Item) -> None:
        """Says that the item in hand is done with; nothing happens if it is another one."""
        if self._in_hand is not item:
            return
        if item.ce_id is not None:
            self._unsaved[item.ce_id] = None
        if self._taken_in == self._assignment:
            self._positions[TopicPartition(item.record.topic, item.record.partition)] = item.record.offset + 1
        self._let_go()

    async def next_for(self, loop: _Loop) -> Item:
        """The item in hand, else the next one that the window does not know.

        Raises:
            StopAsyncIteration: the stream was closed.
            RuntimeError: another loop has begun.
            SetupError: there is no broker or no topic, or we may not read or commit.
        """
        await self._start()
        while True:
            self._check(loop)
            if self._in_hand is not None:
                if self._taken_in == self._assignment:
                    return self._in_hand
                # Its partition was given back meanwhile: whoever has it now gets the record.
                self._let_go()
            # Between taking a record and having it in hand nothing is awaited, so no rebalance comes between.
            self._take(await self._record())

    def _take(self, record: Record) -> None:
        item = item_of(record)
        self._in_hand = item
        self._taken_in = self._assignment
        self._hand_is_free.clear()
        if item.ce_id is not None and self._is_known(item.ce_id):
            log.debug("%s/%s@%s comes again: dropped", record.topic, record.partition, record.offset)
            self.acknowledge(item)

    def _let_go(self) -> None:
        self._in_hand = None
        self._hand_is_free.set()

    def _check(self, loop: _Loop) -> None:
        if self.is_closed:
            raise StopAsyncIteration
        if self._loop is not loop:
            raise RuntimeError(f"another loop over {self._name} has begun since; only the last one goes on")
        if self._committing is not None and self._committing.done():
            self._committing.result()

    def _is_known(self, ce_id: str) -> bool:
        return ce_id in self._unsaved or self._window.has(self._scope, ce_id)

    async def _record(self) -> Record:
        assert self._consumer is not None  # noqa: S101 - it was started
        try:
            return record_of(await self._consumer.getone())
        except ConsumerStoppedError:
            raise StopAsyncIteration from None
        except KafkaError as error:
            raise SetupError(f"{self._name} cannot be read by {self._group!r}: {error!r}") from error

    async def _start(self) -> None:
        async with self._starting:
            if self._consumer is not None or self.is_closed:
                return
            await admin.wait_for_broker(self._settings)
            await admin.require_topic(self._topic, self._settings)
            session_ms = int(self._settings.session_timeout_seconds * 1000)
            consumer = AIOKafkaConsumer(
                **client_options(self._settings),
                group_id=self._group,
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                session_timeout_ms=session_ms,
                heartbeat_interval_ms=session_ms // 4,
                max_partition_fetch_bytes=self._settings.max_record_bytes,
                fetch_max_wait_ms=_FETCH_WAIT_MS,
            )
            consumer.subscribe([self._name], listener=_Rebalances(self))
            try:
                await consumer.start()
            except BaseException:
                await consumers.stop(consumer)
                raise
            self._consumer = consumer
            self._committing = asyncio.create_task(self._commit_until_closed())

    async def _commit_until_closed(self) -> None:
        while not self.is_closed:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(COMMIT_SECONDS):
                    await self._closing.wait()
            await self._flush()
        # What was acknowledged while the last flush was under way.
        await self._flush()

    async def _flush(self) -> None:
        """Tells the window what was acknowledged, then Kafka: the other way round, a crash between would forget it."""
        async with self._flushing:
            if self._unsaved:
                self._window.add(self._scope, tuple(self._unsaved))
                self._unsaved.clear()
            positions, self._positions = self._positions, {}
            if not positions or self._consumer is None:
                return
            try:
                await self._consumer.commit(positions)
            except (CommitFailedError, IllegalStateError) as error:
                log.info("%s: not committed, so it comes again: %s", self._scope, error)
            except KafkaError as error:
                raise SetupError(
                    f"Offsets of {self._name} cannot be committed by {self._group!r}: {error!r}"
                ) from error

    async def before_revocation(self) -> None:
        """Commits what is done, and what is in hand as well if it is done soon; after it nothing of what was taken."""
        with contextlib.suppress(TimeoutError):
            # The group waits for us for as long as a session lasts: half of it leaves time to commit.
            async with asyncio.timeout(self._settings.session_timeout_seconds / 2):
                await self._hand_is_free.wait()
        try:
            await self._flush()
        finally:
            self._assignment += 1
            self._positions.clear()

    async def aclose(self) -> None:
        """Commits what was acknowledged and leaves the group; a loop that comes back for more ends.

        Raises:
            SetupError: the broker does not let us commit.
        """
        self._closing.set()
        self._hand_is_free.set()  # a rebalance need not wait any more
        if self._consumer is None:
            return
        consumer, committing = self._consumer, self._committing
        assert committing is not None  # noqa: S101 - it begins with the consumer
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await committing
        except TimeoutError:
            log.warning("%s: the last commit took too long, so some records come again", self._scope)
        finally:
            await consumers.stop(consumer)


class _Loop(AsyncIterator[Item]):
    """One `async for` over a stream. It acknowledges only what it has itself handed out."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._handed: Item | None = None

    async def __anext__(self) -> Item:
        if self._handed is not None:
            self._stream.acknowledge(self._handed)
            self._handed = None
        self._handed = await self._stream.next_for(self)
        return self._handed


class _Rebalances(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    async def on_partitions_revoked(self, _revoked: Iterable[TopicPartition]) -> None:
        await self._stream.before_revocation()

    def on_partitions_assigned(self, _assigned: Iterable[TopicPartition]) -> None:
        """Nothing to do: what is read next begins at what was committed."""

"""Faust's Kafka transport, with some of its habits changed.

It asks the broker to hold a fetch for up to 1.5 s while there is nothing to read, and has no setting for it.
Apache Kafka answers as soon as a record arrives; the embedded broker only when the time is up, at each hop.

One loop of it hands what was fetched to the agents. When a record's agent has no room for it, that loop waits, with
the records of all others behind it: a backlog of one stage keeps the next from working at all. So nothing is fetched
for an agent that has not room for all that a fetch may bring.

It ends the worker when a commit fails. A broker short of room or just back from a restart refuses commits for a
while; what is not committed is read again at worst, so the worker tries again instead.

Its producer asks for the leader of a partition again and again, without a pause, while no broker answers: thousands
of times a second.

When partitions are given out anew it reads on from what was committed; but where nothing ever was it stays where a
fetch that was still on its way has left it, past records that nobody has read. When the broker does not answer
meanwhile, it gives up for good, and a second rebalance meanwhile lets it read while it has to be still: the worker
would be there and do nothing. When it is about to stop, it forgets what is done and not committed, and shuts the
consumer down from another thread.

It reads past the part of aiokafka that reports errors of the consumer group, which stops taking part in the group
until somebody has been told: the worker would be there, do nothing, and say nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, ClassVar

import faust
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import (
    CommitFailedError,
    GroupAuthorizationFailedError,
    IllegalStateError,
    InvalidGroupIdError,
    InvalidSessionTimeoutError,
    KafkaError,
    TopicAuthorizationFailedError,
)
from aiokafka.structs import OffsetAndMetadata
from faust.transport.drivers import aiokafka as driver
from faust.types import TP
from faust.types.tuples import ack_lock
from mode import Service
from mode.utils.futures import notify

from streams import compression
from streams.errors import SetupError
from streams.passing import PassingOver

log = logging.getLogger(__name__)

FETCH_WAIT_MS = 100
LOOK_AGAIN_SECONDS = (0.01, 0.05)
"""How soon to look again for room, or for records of those that had room, while others have none: at least, at most."""
FASTEST_PER_SECOND = 1_000
"""Records that one agent may get through; what waits where there is no room must last about until we look again."""
COMMIT_TRIES = 10
SEEK_SHARE = 0.9
"""Of the time after which Faust gives up on a seek, and with it on ever reading again."""
RETRY_SECONDS = 1.0

_REFUSALS = (
    GroupAuthorizationFailedError,
    TopicAuthorizationFailedError,
    InvalidGroupIdError,
    InvalidSessionTimeoutError,
)
"""They stay as they are until somebody changes a setting or a right."""


class _ConsumerThread(driver.AIOKafkaConsumerThread):
    def _create_worker_consumer(self, transport: driver.Transport) -> AIOKafkaConsumer:
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = FETCH_WAIT_MS  # noqa: SLF001 - read when it starts; Faust fixes the argument
        return consumer

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        """Whether the offsets of the partitions that are still ours were committed."""
        consumer = self._ensure_consumer()
        for _ in range(COMMIT_TRIES):
            ours = self.assignment()
            still_ours = {
                driver.ensure_aiokafka_TP(tp): OffsetAndMetadata(offset, "")
                for tp, offset in offsets.items()
                if tp in ours
            }
            if not still_ours:
                return False
            try:
                await consumer.commit(still_ours)
            except CommitFailedError:
                # They went to another worker, which begins where the last commit was.
                return False
            except _REFUSALS as error:
                self._give_up(error)
                return False
            except KafkaError as error:
                log.warning("Offsets could not be committed, will be again: %r", error)
            else:
                return True
            await self.sleep(RETRY_SECONDS)
        # The next commit of a partition covers this one.
        return False

    async def seek_to_committed(self) -> Mapping[TP, int]:
        committed: Mapping[TP, int] = await super().seek_to_committed()
        never = [place for place, offset in committed.items() if not offset]
        if never:
            await self.seek_to_beginning(*never)
        return committed

    def close(self) -> None:
        """Nothing: it is called from another thread, and stopping this one closes all there is."""

    def rejoin(self) -> None:
        """Takes part in the group anew; from any thread."""
        if self._consumer is not None:
            coordinator = self._consumer._coordinator  # noqa: SLF001 - nothing public does it
            self.thread_loop.call_soon_threadsafe(coordinator.request_rejoin)

    @Service.task
    async def _heed_coordinator(self) -> None:
        while not self.should_stop:
            await self.sleep(RETRY_SECONDS)
            if self._consumer is None:
                continue
            coordinator = self._consumer._coordinator  # noqa: SLF001 - nothing public that does not also fetch
            try:
                coordinator.check_errors()
            except _REFUSALS as error:
                self._give_up(error)
                return
            except KafkaError as error:
                if coordinator._coordination_task.done():  # noqa: SLF001 - likewise
                    self._give_up(error)
                    return
                log.warning("The consumer group refused this worker, which joins it again: %r", error)
                coordinator.request_rejoin()

    def _give_up(self, error: KafkaError) -> None:
        fault = SetupError(
            f"The broker does not let this worker take part in the consumer group {self.app.conf.id!r}: {error!r}."
            " Look at KABAR_GROUP, KABAR_SESSION_TIMEOUT_SECONDS and what this worker is allowed to read."
        )
        asyncio.run_coroutine_threadsafe(self.app.crash(fault), self.parent_loop)


class _Consumer(driver.Consumer):
    def __init__(self, transport: Transport, *arguments: Any, **others: Any) -> None:
        super().__init__(transport, *arguments, **others)
        self._passing = PassingOver(transport.between, self)
        self._look_again_seconds = look_again_seconds(self.app.conf.stream_buffer_maxsize)

    def _new_consumer_thread(self) -> _ConsumerThread:
        return _ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def _getmany(self, active_partitions: set[TP] | None, timeout: float) -> Any:
        generation = self.app.consumer_generation_id
        fetched = await self._fetch(active_partitions, timeout)
        if not self.flow_active:
            # Faust drops them, and reads them again.
            return fetched
        # What was on its way while partitions were given out anew may lie behind what is still to be read.
        is_current = self.app.consumer_generation_id == generation
        choose = self._passing.kept if is_current else self._passing.all
        kept = ((place, choose(place, records)) for place, records in fetched.items())
        return {place: records for place, records in kept if records}

    async def _fetch(self, active_partitions: set[TP] | None, timeout: float) -> Any:
        if active_partitions is None:
            return await super()._getmany(None, timeout)
        with_room = {partition for partition in active_partitions if self._has_room(partition)}
        if not with_room:
            await self.sleep(self._look_again_seconds)
            return {}
        if with_room != active_partitions:
            timeout = self._look_again_seconds
        return await super()._getmany(with_room, timeout)

    def fetch_position(self, place: TP) -> int | None:
        """The offset that is fetched next; None while that is not known."""
        consumer: Any = self._thread
        assignment = consumer._ensure_consumer()._subscription.subscription.assignment  # noqa: SLF001 - without waiting
        state = assignment and assignment.state_value(place)
        return state.position if state and state.has_valid_position else None

    def is_acknowledged(self, place: TP, offset: int) -> bool:
        committed = self._committed_offset[place]
        return (committed is not None and offset < committed) or offset in self._acked_index[place]

    def follows(self, place: TP, offset: int) -> bool:
        read = self._read_offset[place]
        return not read or offset - read <= 1

    def acknowledge(self, place: TP, offset: int) -> None:
        # As in Faust's own `ack`, and as where it hands a record on.
        with ack_lock:
            if not self.is_acknowledged(place, offset):
                self._acked_index[place].add(offset)
                self._acked[place].append(offset)
        self._read_offset[place] = offset

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        if self.app.should_stop:
            # What was begun is finished and committed while the partitions are still ours.
            await self.wait_empty()
        else:
            self._passing.forget()
            await super().on_partitions_revoked(revoked)

    async def perform_seek(self) -> None:
        """Seeks to what is committed; Faust takes an illegal state for a sign to wait for the next assignment.

        Raises:
            IllegalStateError: the broker did not answer in time, or the partitions were given out anew meanwhile.
        """
        count = self.app.rebalancing_count
        try:
            async with asyncio.timeout(SEEK_SHARE * self.app.conf.broker_request_timeout):
                await super().perform_seek()
            # A commit that came back late may have noted one for a partition that has none.
            self._committed_offset.update(
                {tp: None for tp, offset in self._read_offset.items() if offset is None}
            )
        except TimeoutError:
            log.warning("The broker did not say what is committed: the worker joins its group again.")
            thread: Any = self._thread
            thread.rejoin()
            raise IllegalStateError("no answer to the seek") from None
        if self.app.rebalancing_count != count:
            raise IllegalStateError("the partitions were given out anew")

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Nothing: it would complain of records that are passed over, and of every backlog. The metrics tell."""

    def _has_room(self, partition: TP) -> bool:
        most = self.app.conf.broker_max_poll_records
        conductor: Any = self.app.topics
        queues = [channel.queue for channel in conductor._tp_index.get(partition, ())]  # noqa: SLF001 - no other way
        return all(queue.qsize() + most <= queue.maxsize for queue in queues)


class _Producer(driver.Producer):
    def _new_producer(self, transactional_id: str | None = None) -> AIOKafkaProducer:
        compression.make_faster()
        producer: AIOKafkaProducer = super()._new_producer(transactional_id)
        client: Any = producer.client
        client._metadata_update = _paced(client._metadata_update)  # noqa: SLF001 - no setting paces it
        return producer


def _paced(update: Callable[..., Awaitable[bool]]) -> Callable[..., Awaitable[bool]]:
    """`update`, with a pause after it has failed."""

    async def paced(*arguments: Any) -> bool:
        is_updated = await update(*arguments)
        if not is_updated:
            await asyncio.sleep(RETRY_SECONDS)
        return is_updated

    return paced


def look_again_seconds(room: int) -> float:
    """How soon to look for room where there is none, if an agent has room for that many records."""
    least, most = LOOK_AGAIN_SECONDS
    return min(most, max(least, room / FASTEST_PER_SECOND))


def let_go(app: faust.App, event: Any) -> bool:
    """Whether a record that an agent has taken from its stream will be read again: by us or by another worker.

    So it is from when the worker is asked to stop, or partitions are given out anew, as for what waits in Faust's own
    queues, which it empties then. It is not acknowledged, and nothing waits for it any more.
    """
    message = event.message
    consumer: Any = app.consumer
    if app.flow_control.is_active() and message.generation_id == app.consumer_generation_id:
        return False
    consumer.unacked.discard(message)
    notify(consumer._waiting_for_ack)  # noqa: SLF001 - there may be nothing left to wait for
    return True


class Transport(driver.Transport):
    """The transport of a worker's app."""

    between: frozenset[str] = frozenset()
    """Names of the topics that lie between the stages."""
    Consumer: ClassVar[Any] = _Consumer
    Producer: ClassVar[Any] = _Producer

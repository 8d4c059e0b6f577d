"""Faust's Kafka transport with a shorter wait at the broker, and no agent that waits for another.

Faust asks the broker to hold a fetch for up to 1.5 s while there is nothing to read, and has no setting for it.
Apache Kafka answers as soon as a record arrives; the embedded broker only when the time is up, at each hop.

One loop hands what was fetched to the agents. When a record's agent has no room for it, that loop waits, with the
records of all others behind it: a backlog of one stage keeps the next from working at all. So nothing is fetched for
an agent that has not room for all that a fetch may bring.
"""

from __future__ import annotations

from typing import Any, ClassVar

from aiokafka import AIOKafkaConsumer
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

FETCH_WAIT_MS = 100
LOOK_AGAIN_SECONDS = 0.01
"""How soon to look again for room, or for records of those that had room, while others have none."""


class _ConsumerThread(driver.AIOKafkaConsumerThread):
    def _create_worker_consumer(self, transport: driver.Transport) -> AIOKafkaConsumer:
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = FETCH_WAIT_MS  # noqa: SLF001 - read when it starts; Faust fixes the argument
        return consumer


class _Consumer(driver.Consumer):
    def _new_consumer_thread(self) -> _ConsumerThread:
        return _ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def _getmany(self, active_partitions: set[TP] | None, timeout: float) -> Any:
        if active_partitions is None:
            return await super()._getmany(None, timeout)
        with_room = {partition for partition in active_partitions if self._has_room(partition)}
        if not with_room:
            await self.sleep(LOOK_AGAIN_SECONDS)
            return {}
        if with_room != active_partitions:
            timeout = LOOK_AGAIN_SECONDS
        return await super()._getmany(with_room, timeout)

    def _has_room(self, partition: TP) -> bool:
        most = self.app.conf.broker_max_poll_records
        conductor: Any = self.app.topics
        queues = [channel.queue for channel in conductor._tp_index.get(partition, ())]  # noqa: SLF001 - no other way
        return all(queue.qsize() + most <= queue.maxsize for queue in queues)


class Transport(driver.Transport):
    """The transport of a worker's app."""

    Consumer: ClassVar[Any] = _Consumer

"""Faust's Kafka transport with a shorter wait at the broker.

Faust asks the broker to hold a fetch for up to 1.5 s while there is nothing to read, and has no setting for it.
Apache Kafka answers as soon as a record arrives; the embedded broker only when the time is up, at each hop.
"""

from __future__ import annotations

from typing import Any, ClassVar

from aiokafka import AIOKafkaConsumer
from faust.transport.drivers import aiokafka as driver

FETCH_WAIT_MS = 100


class _ConsumerThread(driver.AIOKafkaConsumerThread):
    def _create_worker_consumer(self, transport: driver.Transport) -> AIOKafkaConsumer:
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = FETCH_WAIT_MS  # noqa: SLF001 - read when it starts; Faust fixes the argument
        return consumer


class _Consumer(driver.Consumer):
    def _new_consumer_thread(self) -> _ConsumerThread:
        return _ConsumerThread(self, loop=self.loop, beacon=self.beacon)


class Transport(driver.Transport):
    """The transport of a worker's app."""

    Consumer: ClassVar[Any] = _Consumer

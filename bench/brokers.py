"""The brokers of the benchmark of speed. One at a time is awake, so that none takes time from what is measured."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import psutil
from aiokafka import AIOKafkaConsumer

from streams import admin, topics
from streams.broker import SESSION_TIMEOUT_SECONDS, EmbeddedBroker
from streams.settings import Settings, load
from tests.chaos import corpus
from tests.kafka.node import KafkaNode

KAFKA = "kafka"
EMBEDDED = "embedded"
NAMES = (KAFKA, EMBEDDED)
WARM_UP = 10_000
"""Records."""
TITLES = {KAFKA: "Apache Kafka", EMBEDDED: "embedded broker"}


@dataclass(frozen=True, slots=True)
class Broker:
    """One that is awake."""

    name: str
    address: str
    pid: int

    def settings(self, prefix: str, **others: object) -> Settings:
        """Kabar's settings for it, with topics and a group of their own."""
        given = {"session_timeout_seconds": SESSION_TIMEOUT_SECONDS} if self.name == EMBEDDED else {}
        return load(brokers=self.address, prefix=prefix, group=prefix, web_port=0, **{**given, **others})


class Brokers:
    """Wakes them: Apache Kafka is the same all the time, the embedded one, which starts at once, always a new one.

    A Java machine that has just started would take its time for itself, and is slow; so Kafka sleeps (SIGSTOP) in
    between.
    """

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._node: KafkaNode | None = None

    @contextmanager
    def awake(self, name: str) -> Iterator[Broker]:
        """The broker of that name, for as long as the block lasts.

        Raises:
            NoKafkaError: Apache Kafka cannot run here.
            SetupError: the embedded broker cannot.
        """
        if name == EMBEDDED:
            with EmbeddedBroker() as broker:
                process = broker._process  # noqa: SLF001 - nobody else has to know its process
                assert process is not None  # noqa: S101 - it has been started
                yield Broker(name, broker.address, process.pid)
            return
        node = self._kafka()
        process = psutil.Process(node.pid)
        process.resume()
        try:
            yield Broker(name, node.bootstrap, node.pid)
        finally:
            if node.running:
                process.suspend()

    def _kafka(self) -> KafkaNode:
        if self._node is None:
            node = self._stack.enter_context(KafkaNode())
            self._stack.enter_context(_killed_with_us(node.pid))
            # Asleep, it would not hear that it has to end.
            self._stack.callback(psutil.Process(node.pid).resume)
            asyncio.run(_warm_up(Broker(KAFKA, node.bootstrap, node.pid).settings("warm-up")))
            self._node = node
        return self._node

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)


async def _warm_up(settings: Settings) -> None:
    """Lets a Java machine compile what it will run, which else the first contestant would pay for."""
    await admin.wait_for_topics(settings)
    published = await corpus.publish(corpus.short_articles(WARM_UP), settings)
    async with AIOKafkaConsumer(
        topics.RAW.name(settings), bootstrap_servers=settings.bootstrap, auto_offset_reset="earliest"
    ) as consumer:
        while published > 0:
            fetched = await consumer.getmany(timeout_ms=1_000, max_records=10)
            published -= sum(map(len, fetched.values()))


@contextmanager
def _killed_with_us(pid: int) -> Iterator[None]:
    """Has the process killed, asleep or not, if we end without leaving the block."""
    with subprocess.Popen(  # noqa: S603 - a shell with a number of ours
        ["/bin/sh", "-c", f"read line; kill -KILL {pid}"],
        stdin=subprocess.PIPE,
        start_new_session=True,
    ) as guard:
        try:
            yield
        finally:
            guard.kill()

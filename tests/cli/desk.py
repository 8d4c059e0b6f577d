"""Dead letters written as a worker writes them, and `kabar dead` run on them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import orjson
from aiokafka import AIOKafkaProducer

from streams import admin, dead_letters, topics
from streams.records import Headers, Record, Reject
from streams.settings import load
from streams.snapshot import snapshot
from tests.cli.command import kabar

HOSTILE = "\x1b]0;judul\x07\x1b[31mmerah\u202ekanan\u2066\u200b\x9b2J\u061c\r".encode()
EVERY_BYTE = bytes(range(256))


@dataclass
class Desk:
    """Dead letters of our own, two partitions of them, and no worker."""

    address: str
    prefix: str

    def __post_init__(self) -> None:
        self.settings = load(brokers=self.address, prefix=self.prefix, partitions=2)
        asyncio.run(admin.create_topics(self.settings))

    def run(self, *arguments: str) -> Any:
        return kabar("dead", *arguments, KABAR_BROKERS=self.address, KABAR_PREFIX=self.prefix)

    def rows(self, *arguments: str) -> list[Any]:
        result = self.run("list", *arguments)
        assert (result.returncode, result.stderr) == (0, b"")
        return [orjson.loads(line) for line in result.stdout.splitlines()]

    def write(self, *letters: Letter) -> None:
        asyncio.run(self._write(letters))

    async def _write(self, letters: Sequence[Letter]) -> None:
        async with AIOKafkaProducer(bootstrap_servers=self.address) as producer:
            for number, letter in enumerate(letters):
                await producer.send_and_wait(
                    topics.DEAD.name(self.settings),
                    letter.value,
                    key=letter.key,
                    headers=list(letter.headers_on(self.prefix, number)),
                    partition=letter.partition,
                    timestamp_ms=letter.timestamp_ms,
                )

    def on(self, topic: topics.Topic) -> list[Record]:
        """All that lies on a topic."""

        async def read() -> list[Record]:
            async with snapshot(topic, self.settings) as there, aclosing(there.records()) as records:
                return [record async for record in records]

        return asyncio.run(read())


@dataclass(frozen=True)
class Letter:
    """A dead letter to write."""

    value: bytes | None = b"bukan JSON"
    key: bytes | None = None
    headers: Headers = ()
    partition: int = 0
    timestamp_ms: int = 1_700_000_000_000
    reason: str = "the value is not JSON"
    exception: str = "streams.errors.UndecodableValue"
    stage: str = "clean"
    topic: str = "articles.raw"
    offset: int | None = None

    def headers_on(self, prefix: str, number: int) -> Headers:
        failed = Record(
            topic=f"{prefix}.{self.topic}",
            partition=0,
            offset=number if self.offset is None else self.offset,
            timestamp_ms=self.timestamp_ms,
            key=self.key,
            value=self.value,
            headers=self.headers,
        )
        reject = Reject(self.exception, self.reason, "Traceback (most recent call last):\n  ...")
        return dead_letters.headers_of(failed, reject, stage=self.stage, version="0.1.0")

"""Sends dead letters back and notes that it did.

A letter is noted when the broker has the record made of it, never before: whoever is killed between the two, or
never hears that the broker has it, sends some letters again the next time rather than lose one. The same is true
of two who replay at once. A letter that is noted is not sent again unless that is asked for.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Awaitable, Iterable, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    CorruptRecordException,
    KafkaError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
)
from aiokafka.structs import RecordMetadata

from streams import admin, envelope, topics
from streams.dead_letters import DeadLetter, Failure
from streams.errors import BrokerUnreachable
from streams.events import Replay
from streams.records import Headers
from streams.replay import Decision, Resend, decide, note_of, noted
from streams.security import client_options
from streams.settings import MIB, Settings
from streams.snapshot import snapshot

# Sent together, then noted together: who is killed sends so many again, at most.
BATCH_LETTERS = 100
BATCH_BYTES = 16 * MIB

# All else says that the broker is away or does not let us write, so that no letter will be taken.
_LETTER_AT_FAULT = (MessageSizeTooLargeError, RecordListTooLargeError, CorruptRecordException)
_NOTE_HEADERS: Headers = (("content-type", envelope.CONTENT_TYPE.encode()),)


async def replays(settings: Settings) -> dict[Failure, Replay]:
    """Every record that was sent back, with the last note of it; none on a cluster without the topic of notes.

    Raises:
        BrokerUnreachable: the broker went away.
    """
    if not await admin.has_topic(topics.REPLAYED, settings):
        return {}
    async with snapshot(topics.REPLAYED, settings) as notes, aclosing(notes.records()) as records:
        return dict([note async for record in records if (note := noted(record)) is not None])


async def decided(
    letters: AsyncIterable[DeadLetter], settings: Settings, *, done: Iterable[Failure], limit: int | None
) -> AsyncGenerator[tuple[DeadLetter, Decision], None]:
    """Each letter with what to do with it, until `limit` are to be sent.

    Args:
        letters: the letters meant.
        settings: the topics' prefix.
        done: what has been sent back; nothing, to send all again.
        limit: how many to send at most.
    """
    known = set(done)
    to_send = 0
    async for letter in letters:
        decision = decide(letter, settings, done=known)
        yield letter, decision
        if isinstance(decision, Resend):
            known.add(decision.failure)
            to_send += 1
            if to_send == limit:
                return


class Replayer:
    """Sends what letters become, in the order in which it is given them."""

    def __init__(self, producer: AIOKafkaProducer, settings: Settings) -> None:
        self.sent: Counter[str] = Counter()
        """How many were sent and noted, by topic."""
        self.refused: list[tuple[DeadLetter, str]] = []
        """What the broker did not take, and why."""
        self._producer = producer
        self._settings = settings
        self._batch: list[tuple[DeadLetter, Resend]] = []
        self._bytes = 0

    async def take(self, letter: DeadLetter, resend: Resend) -> None:
        """Takes one; with some others it is sent.

        Raises:
            BrokerUnreachable: the broker takes nothing any more; what it has taken is noted.
        """
        self._batch.append((letter, resend))
        self._bytes += len(resend.value or b"")
        if len(self._batch) >= BATCH_LETTERS or self._bytes >= BATCH_BYTES:
            await self.flush()

    async def flush(self) -> None:
        """Sends what is waiting and notes it. Who cancels it is kept until what was sent is noted.

        Raises:
            BrokerUnreachable: the broker takes nothing any more; what it has taken is noted.
        """
        batch, self._batch, self._bytes = self._batch, [], 0
        if not batch:
            return
        sending = asyncio.ensure_future(self._send(batch))
        try:
            await asyncio.shield(sending)
        except asyncio.CancelledError:
            await sending
            raise

    async def _send(self, batch: Sequence[tuple[DeadLetter, Resend]]) -> None:
        deliveries = [
            await self._queue(resend.failure.topic, resend.key, resend.value, resend.headers)
            for _, resend in batch
        ]
        failure: KafkaError | None = None
        delivered: list[tuple[DeadLetter, Resend, RecordMetadata]] = []
        for (letter, resend), result in zip(batch, await _settled(deliveries), strict=True):
            if not isinstance(result, KafkaError):
                delivered.append((letter, resend, result))
            elif isinstance(result, _LETTER_AT_FAULT):
                self.refused.append((letter, f"is refused by the broker: {result}"))
            else:
                failure = result
        await self._note(delivered)
        if failure is not None:
            raise BrokerUnreachable(
                f"The broker took {self.sent.total()} dead letters, then no more: {type(failure).__name__}."
                " Those it took are noted: run the same once more."
            ) from failure

    async def _note(self, delivered: Sequence[tuple[DeadLetter, Resend, RecordMetadata]]) -> None:
        now_ms = round(time.time() * 1000)
        name = topics.REPLAYED.name(self._settings)
        deliveries = []
        for letter, resend, sent in delivered:
            note = note_of(
                letter, resend.failure, partition=sent.partition, offset=sent.offset, now_ms=now_ms
            )
            deliveries.append(
                await self._queue(name, str(letter.place).encode(), note.encode(), _NOTE_HEADERS)
            )
        failures = [result for result in await _settled(deliveries) if isinstance(result, KafkaError)]
        if failures:
            raise BrokerUnreachable(
                f"{len(failures)} dead letters were sent back, but {name} does not take the note of it"
                f" ({type(failures[0]).__name__}): the next replay sends them again."
            ) from failures[0]
        self.sent.update(resend.failure.topic for _, resend, _ in delivered)

    async def _queue(
        self, topic: str, key: bytes | None, value: bytes | None, headers: Headers
    ) -> Awaitable[Any]:
        """Queues a record; the result waits for the broker. Its timestamp is now: retention counts from it."""
        try:
            delivery: Awaitable[Any] = await self._producer.send(topic, value, key=key, headers=list(headers))
        except KafkaError as error:
            return _raised(error)
        return delivery


@asynccontextmanager
async def replayer(settings: Settings) -> AsyncIterator[Replayer]:
    """A replayer whose producer ends with the context; `flush` it before."""
    async with AIOKafkaProducer(
        **client_options(settings),
        max_request_size=settings.max_record_bytes + topics.DEAD_LETTER_ROOM,
        compression_type="gzip",
        linger_ms=5,
        acks="all",
    ) as producer:
        yield Replayer(producer, settings)


async def _settled(deliveries: Sequence[Awaitable[Any]]) -> list[Any]:
    results = await asyncio.gather(*deliveries, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException) and not isinstance(result, KafkaError):
            raise result
    return results


async def _raised(error: KafkaError) -> None:
    raise error

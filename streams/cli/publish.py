"""`kabar publish`."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass

import orjson
import typer
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, TopicAuthorizationFailedError
from aiokafka.structs import RecordMetadata

from streams import admin, topics, traces
from streams.articles import decode_article, decode_json
from streams.cli import sources
from streams.cli.console import escaped, out, printable, progress, say, write_line
from streams.cli.sources import Source
from streams.errors import BrokerUnreachable, InvalidRecord, SetupError
from streams.security import client_options
from streams.settings import Settings

SERVICE = "kabar-publish"
"""Who its traces are of."""

# Enough in flight to fill batches, little enough that Ctrl-C and memory stay in hand.
_IN_FLIGHT = 1_000


@dataclass(slots=True)
class Counts:
    """What became of the records of one `publish`."""

    sent: int = 0
    bytes: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True)
class Sent:
    """A record that the broker has."""

    id: str | None
    """The article's, and the record's key; None if the value is no article."""
    file: str
    """Where it was read, as in `articles.jsonl:3`."""
    topic: str
    partition: int
    offset: int


Told = Callable[[Source, Sent | None], Awaitable[None]]
"""Is called for each record: with where it is now, or with None if the broker does not take it."""

Waiting = deque[tuple[Source, bytes | None, "asyncio.Future[RecordMetadata]"]]
"""Records that were sent, with their keys, and the broker's answers to come."""


def run(files: Sequence[str], settings: Settings, *, as_json: bool = False) -> int:
    """Publishes the files' articles and says how many; the exit code, 1 if the broker refused some.

    Args:
        files: names, `-` for standard input.
        settings: which broker.
        as_json: also print where each record is on a terminal; into a file or a pipe that is always printed.
    """
    sources.check(files)
    prints = as_json or not out.is_terminal
    # On one terminal lines and bar would be in each other's way.
    shows_bar = not (prints and out.is_terminal)
    total = sources.total_bytes(files)
    with progress("Publishing", total=total, unit_is_bytes=True, is_shown=shows_bar) as advance:

        async def tell(source: Source, sent: Sent | None) -> None:
            advance(len(source.value) + 1)
            if prints and sent is not None:
                await write_line(_line(sent))

        counts = asyncio.run(publish(sources.read(files), settings, on_delivery=tell))
    plural = "" if counts.sent == 1 else "s"
    typer.echo(
        f"{counts.sent} article{plural} published to {topics.RAW.name(settings)} ({counts.bytes:,} bytes)",
        err=True,
    )
    if counts.refused:
        typer.echo(f"{counts.refused} refused by the broker", err=True)
    return 1 if counts.refused else 0


def _line(sent: Sent) -> bytes:
    # A file may have a name that is no UTF-8.
    fields = asdict(sent) | {"file": sent.file.encode(errors="backslashreplace").decode()}
    return escaped(orjson.dumps(fields))


async def publish(records: Iterable[Source], settings: Settings, *, on_delivery: Told) -> Counts:
    """Sends each record to the raw topic, keyed by its article id, in order.

    A value that is no article is sent all the same, without a key: the pipeline accounts for it as a dead letter.

    Raises:
        BrokerUnreachable: there is no broker, or it went away.
        SetupError: there is no such topic, we may not write to it, or traces are asked for and cannot be made.
    """
    await admin.wait_for_broker(settings, say=say)
    await admin.require_topic(topics.RAW, settings)
    counts = Counts()
    waiting: Waiting = deque()

    async def settle() -> None:
        source, key, delivery = waiting[0]
        sent = None
        try:
            # If we are cancelled, the record is not.
            sent = _sent(source, key, await asyncio.shield(delivery))
        except KafkaError as error:
            waiting.popleft()
            _refused(source, error, counts)
        else:
            waiting.popleft()
            counts.sent += 1
            counts.bytes += len(source.value)
        await on_delivery(source, sent)

    async with (
        traces.for_publishing(settings, service=SERVICE) as spans,
        _telling_the_rest(waiting, on_delivery),
        AIOKafkaProducer(
            **client_options(settings),
            max_request_size=settings.max_record_bytes,
            compression_type="gzip",
            linger_ms=5,
            acks="all",
        ) as producer,
    ):
        for source in records:
            key = _key(source.value, settings)
            try:
                delivery = await traces.send(
                    producer, topics.RAW.name(settings), source.value, key=key, traces=spans
                )
            except KafkaError as error:
                _refused(source, error, counts)
                await on_delivery(source, None)
                continue
            waiting.append((source, key, delivery))
            if len(waiting) >= _IN_FLIGHT:
                await settle()
        while waiting:
            await settle()
    return counts


@asynccontextmanager
async def _telling_the_rest(waiting: Waiting, on_delivery: Told) -> AsyncIterator[None]:
    """If publishing ends early, what the broker has taken by then is told all the same."""
    try:
        yield
    finally:
        while waiting:
            source, key, delivery = waiting.popleft()
            if delivery.done() and not delivery.cancelled() and delivery.exception() is None:
                await on_delivery(source, _sent(source, key, delivery.result()))


def _sent(source: Source, key: bytes | None, place: RecordMetadata) -> Sent:
    article_id = None if key is None else key.decode()
    return Sent(article_id, source.place, place.topic, place.partition, place.offset)


def _key(value: bytes, settings: Settings) -> bytes | None:
    try:
        article = decode_article(decode_json(value), max_body_chars=settings.max_body_chars)
    except InvalidRecord:
        return None
    return article.id.encode()


def _refused(source: Source, error: KafkaError, counts: Counts) -> None:
    if getattr(error, "retriable", False):
        raise BrokerUnreachable(
            f"The broker went away after {counts.sent} articles: {type(error).__name__}."
        ) from error
    if isinstance(error, TopicAuthorizationFailedError):
        raise SetupError(
            f"The cluster does not let Kabar write {error.args[0]}: ask for the right to."
        ) from error
    counts.refused += 1
    typer.echo(printable(f"{source.place}: {type(error).__name__}: {error}"), err=True)

"""Publishing articles from another service: checked as the pipeline does, and delivered when the call returns."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError, RecordListTooLargeError

from streams import admin, topics, traces
from streams.articles import decode_article
from streams.envelope import CONTENT_TYPE
from streams.errors import BrokerUnreachable, InvalidArticle, RecordTooLarge, SetupError
from streams.events import PublishedArticle
from streams.security import client_options
from streams.settings import Settings

if TYPE_CHECKING:
    from streams.traces.publishing import PublisherTraces

_TOO_LARGE = (MessageSizeTooLargeError, RecordListTooLargeError)


@dataclass(frozen=True, slots=True)
class Published:
    """Where a record is, and what to look for in what comes of it."""

    id: str
    """The article's id: the publisher's, or the one that Kabar derives."""
    ce_id: str
    """The event's id. It comes back as `ce_correlationid` of everything that follows."""
    topic: str
    partition: int
    offset: int


class Publisher:
    """Writes to the raw topic. The producer starts with the first record.

    Args:
        settings: which broker, and how large a record may be.
        source: `ce_source` of what is published, and who its traces are of.
    """

    def __init__(self, settings: Settings, *, source: str) -> None:
        self._settings = settings
        self._source = source
        self._producer: AIOKafkaProducer | None = None
        self._traces: PublisherTraces | None = None
        self._starting = asyncio.Lock()

    async def publish(self, article: PublishedArticle) -> Published:
        """Publishes an article under its id and waits until the broker has it.

        Raises:
            InvalidArticle: it breaks a rule of the contract; the message says which.
            RecordTooLarge: the broker does not take a record of its size.
            SetupError: there is no broker, no topic, or no right to write to it.
        """
        try:
            fields = article.model_dump(mode="json", exclude_unset=True)
            article_id = self._id_of(fields)
            value = orjson.dumps(fields)
        except (TypeError, ValueError) as error:
            raise InvalidArticle(f"the article cannot be written as JSON: {error}") from error
        return await self._send(article_id, value, type_="news.article.published.v1")

    async def delete(self, article_id: str) -> Published:
        """Publishes a tombstone: the article is deleted from every topic. It waits until the broker has it.

        Raises:
            InvalidArticle: there can be no article of that id.
            SetupError: there is no broker, no topic, or no right to write to it.
        """
        if not article_id.strip():
            raise InvalidArticle("a deletion needs the id of its article")
        self._id_of({"id": article_id, "body": "-"})
        return await self._send(article_id, None, type_="news.article.deleted.v1")

    def _id_of(self, fields: dict[str, Any]) -> str:
        return decode_article(fields, max_body_chars=self._settings.max_body_chars).id

    async def _send(self, article_id: str, value: bytes | None, *, type_: str) -> Published:
        # With an id of its own, a record that the client writes twice to be sure makes events of the same id.
        ce_id = str(uuid.uuid4())
        attributes = {
            "content-type": CONTENT_TYPE,
            "ce_specversion": "1.0",
            "ce_id": ce_id,
            "ce_source": self._source,
            "ce_type": type_,
            "ce_subject": article_id,
        }
        name = topics.RAW.name(self._settings)
        headers = tuple((attribute, text.encode()) for attribute, text in attributes.items())
        producer = await self._started()
        try:
            delivery = await traces.send(
                producer,
                name,
                value,
                key=article_id.encode(),
                traces=self._traces,
                headers=headers,
                message_id=ce_id,
            )
            place = await delivery
        except _TOO_LARGE as error:
            raise RecordTooLarge(f"{article_id!r} has {len(value or b''):,} bytes: {error}") from error
        except KafkaError as error:
            if getattr(error, "retriable", False):
                raise BrokerUnreachable(f"The broker went away: {error!r}. Publish again.") from error
            raise SetupError(f"The broker does not let us write to {name}: {error!r}") from error
        return Published(article_id, ce_id, place.topic, place.partition, place.offset)

    async def _started(self) -> AIOKafkaProducer:
        async with self._starting:
            if self._producer is None:
                if self._traces is None:
                    service = self._source.strip("/").replace("/", "-")
                    self._traces = traces.of_publisher(self._settings, service=service)
                await admin.wait_for_broker(self._settings)
                await admin.require_topic(topics.RAW, self._settings)
                producer = AIOKafkaProducer(
                    **client_options(self._settings),
                    max_request_size=self._settings.max_record_bytes,
                    compression_type="gzip",
                    acks="all",
                )
                await producer.start()
                self._producer = producer
            return self._producer

    async def aclose(self) -> None:
        """Ends the producer, once what was sent is delivered."""
        if self._producer is not None:
            await self._producer.stop()
        if self._traces is not None:
            await asyncio.to_thread(self._traces.stop)

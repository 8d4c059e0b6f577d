"""Topics of their own without a worker, and on them what a worker would write."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from typing import Any, Self

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from streams import __version__, admin, dead_letters, topics
from streams.events import (
    EnrichedArticle,
    Entity,
    EntityType,
    Evidence,
    Mention,
    OwnTopic,
    Pipeline,
    Topic,
    TopicId,
)
from streams.records import Headers, Record, Reject
from streams.settings import Settings, load
from streams.snapshot import snapshot
from tests.broker.enriched_records import headers_of

MEDTOPS: dict[TopicId, str] = {"diplomacy": "medtop:20000639", "terrorism": "medtop:20000103"}


class Cluster:
    """Topics under a prefix of their own."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @classmethod
    async def made(cls, address: str, *, prefix: str | None = None) -> Self:
        settings = load(brokers=address, prefix=prefix or f"page-{uuid.uuid4().hex[:8]}", partitions=2)
        await admin.create_topics(settings)
        return cls(settings)

    async def add(self, topic: topics.Topic) -> None:
        """Makes another topic, as a worker does that has it in its settings."""
        client = AIOKafkaAdminClient(bootstrap_servers=self.settings.bootstrap)
        await client.start()
        try:
            await client.create_topics([NewTopic(topic.name(self.settings), 2, 1)])
        finally:
            await client.close()

    async def enrich(self, *articles: EnrichedArticle) -> None:
        """Writes articles as the last stage does."""
        async with AIOKafkaProducer(bootstrap_servers=self.settings.bootstrap) as producer:
            for article in articles:
                await producer.send(
                    topics.ENRICHED.name(self.settings),
                    article.encode(),
                    key=article.id.encode(),
                    headers=list(headers_of(article.id, f"{article.id} {article.text}")),
                )

    async def write(
        self, topic: topics.Topic, value: bytes | None, *, key: bytes | None = None, headers: Headers = ()
    ) -> Record:
        """Writes any record; where it lies."""
        async with AIOKafkaProducer(bootstrap_servers=self.settings.bootstrap) as producer:
            place = await producer.send_and_wait(
                topic.name(self.settings), value, key=key, headers=list(headers)
            )
        return Record(place.topic, place.partition, place.offset, place.timestamp, key, value, headers)

    async def reject(
        self,
        value: bytes,
        *,
        reason: str = "the value is not JSON",
        offset: int = 0,
        key: bytes | None = None,
    ) -> str:
        """Writes a dead letter as the first stage does; its `partition@offset`."""
        failed = Record(topics.RAW.name(self.settings), 0, offset, round(time.time() * 1000), key, value)
        reject = Reject("streams.errors.UndecodableValue", reason, "Traceback ...")
        headers = dead_letters.headers_of(failed, reject, stage="clean", version=__version__)
        letter = await self.write(topics.DEAD, value, key=key, headers=headers)
        return f"{letter.partition}@{letter.offset}"

    async def on(self, topic: topics.Topic) -> list[Record]:
        """All that lies on a topic."""
        async with snapshot(topic, self.settings) as there, aclosing(there.records()) as records:
            return [record async for record in records]


def report(
    article_id: str,
    *,
    title: str | None = None,
    text: str = "Persib Bandung menang di Jakarta.",
    names: Mapping[str, EntityType] | None = None,
    evidence: Mapping[str, str] | None = None,
    own: Sequence[str] = (),
    **fields: Any,
) -> EnrichedArticle:
    """An article in which each of `names` is an entity, and each text of `evidence` speaks for a topic.

    `own` are the topics of one's own that it was read for.
    """
    whole = {"title": title or "", "text": text}
    values = {
        "url": None,
        "source": None,
        "published_at": None,
        "language": "id",
        "metadata": {},
        "dateline": None,
        "related": [],
        "credits": [],
    } | fields
    return EnrichedArticle(
        id=article_id,
        title=title,
        text=text,
        entities=[
            Entity(
                id=None,
                type=type_,
                name=name,
                iso3166=None,
                salience=0.5,
                mentions=_found(name, whole, Mention),
            )
            for name, type_ in (names or {}).items()
        ],
        topics=[
            Topic(id=topic, medtop=medtop, **_about(topic, evidence or {}, whole))
            for topic, medtop in MEDTOPS.items()
        ],
        own_topics=[
            OwnTopic(id=topic, medtop=None, model=f"{topic} 0", **_about(topic, evidence or {}, whole))
            for topic in own
        ],
        pipeline=Pipeline(version=__version__, model="kabar-id"),
        **values,
    )


def _about(topic: str, evidence: Mapping[str, str], whole: Mapping[str, str]) -> dict[str, Any]:
    texts = [text for text, of in evidence.items() if of == topic]
    found = [span for text in texts for span in _found(text, whole, Evidence, weight=1.0)]
    return {"score": 0.9 if found else 0.1, "assigned": bool(found), "evidence": found}


def _found(name: str, whole: Mapping[str, str], kind: type[Any], **more: Any) -> Sequence[Any]:
    """Each place where a name stands, in code points as Python counts them."""
    return [
        kind(field=field, start=start, end=start + len(name), text=name, **more)
        for field, text in whole.items()
        for start in range(len(text))
        if text.startswith(name, start)
    ]

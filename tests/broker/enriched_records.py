"""Enriched events as the classify agent writes them, made by hand so that no model is needed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from streams import __version__, envelope, topics
from streams.agents import classify
from streams.envelope import Origin
from streams.events import EnrichedArticle, Pipeline, Topic
from streams.records import Headers
from streams.settings import Settings

ORIGIN_TIME = "2024-03-05T10:30:00.000Z"


def enriched(article_id: str, text: str = "Persib menang.") -> EnrichedArticle:
    """An article about nothing in particular."""
    return EnrichedArticle(
        id=article_id,
        url=None,
        title=None,
        source=None,
        published_at=None,
        language="id",
        metadata={},
        text=text,
        dateline=None,
        related=[],
        credits=[],
        entities=[],
        topics=[
            Topic(id="diplomacy", medtop="medtop:20000639", score=0.01, assigned=False, evidence=[]),
            Topic(id="terrorism", medtop="medtop:20000103", score=0.01, assigned=False, evidence=[]),
        ],
        pipeline=Pipeline(version=__version__, model="kabar-id"),
    )


def headers_of(article_id: str, origin_id: str) -> Headers:
    """Of the event that came of the raw event `origin_id`."""
    origin = Origin(origin_id, "/warta", origin_id, ORIGIN_TIME, ())
    return envelope.headers_for(classify.stage().emits, origin, subject=article_id, version=__version__)


async def write(
    settings: Settings, articles: Iterable[EnrichedArticle], *, topic: topics.Topic = topics.ENRICHED
) -> None:
    """Writes the articles, each with the `ce_id` that belongs to its id and text, so that twice is a repeat."""
    async with AIOKafkaProducer(bootstrap_servers=settings.bootstrap) as producer:
        for article in articles:
            await producer.send(
                topic.name(settings),
                article.encode(),
                key=article.id.encode(),
                headers=list(headers_of(article.id, f"{article.id} {article.text}")),
            )


async def write_ends(settings: Settings, *, topic: topics.Topic = topics.ENRICHED) -> None:
    """A record that is no event at the end of each partition, so that a reader knows that it has seen all."""
    async with AIOKafkaProducer(bootstrap_servers=settings.bootstrap) as producer:
        for partition in range(settings.partitions):
            await producer.send_and_wait(topic.name(settings), END, partition=partition)


END = b"the end"


async def committed(settings: Settings, group: str, topic: topics.Topic = topics.ENRICHED) -> Sequence[int]:
    """What the group has committed of each partition; 0 for nothing."""
    partitions = [TopicPartition(topic.name(settings), number) for number in range(settings.partitions)]
    async with AIOKafkaConsumer(
        bootstrap_servers=settings.bootstrap, group_id=group, enable_auto_commit=False
    ) as consumer:
        return [await consumer.committed(partition) or 0 for partition in partitions]

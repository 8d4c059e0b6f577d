"""How far a consumer group is behind, and how much has come out: offsets, as the broker has them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupCoordinatorNotAvailableError

from streams import topics
from streams.settings import Settings

READ = (topics.RAW, topics.CLEAN, topics.TAGGED)
"""What the agents read, in order."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run is."""

    published: int
    """Records on `raw`."""
    out: int
    """Records on `enriched` and `dead`, repeats counted too."""
    lag: dict[str, int]
    """By topic that an agent reads: records that the group has not committed yet."""

    @property
    def is_through(self) -> bool:
        """Whether all that lies on the topics has been worked on and committed."""
        return not any(self.lag.values())


class Offsets:
    """Asks the broker: Apache Kafka, since the embedded one answers neither question right."""

    def __init__(self, settings: Settings, consumer: AIOKafkaConsumer, admin: AIOKafkaAdminClient) -> None:
        self._settings = settings
        self._consumer = consumer
        self._admin = admin
        self._places = {topic: _places(topic, settings) for topic in (*READ, topics.ENRICHED, topics.DEAD)}

    @classmethod
    @asynccontextmanager
    async def of(cls, settings: Settings) -> AsyncIterator[Offsets]:
        """Connected inside the block; the topics must exist."""
        admin = AIOKafkaAdminClient(bootstrap_servers=settings.bootstrap)
        # Without topics of its own it fetches nothing.
        async with AIOKafkaConsumer(bootstrap_servers=settings.bootstrap) as consumer:
            await admin.start()
            try:
                yield cls(settings, consumer, admin)
            finally:
                await admin.close()

    async def progress(self) -> Progress:
        """Where the run is now. What is committed is asked first, so that no lag is ever too low."""
        committed = await self._admin.list_consumer_group_offsets(self._settings.group)
        ends = await self._consumer.end_offsets(
            [place for places in self._places.values() for place in places]
        )
        total = {topic: sum(ends[place] for place in places) for topic, places in self._places.items()}
        done = {
            topic: sum(committed[place].offset for place in self._places[topic] if place in committed)
            for topic in READ
        }
        return Progress(
            published=total[topics.RAW],
            out=total[topics.ENRICHED] + total[topics.DEAD],
            lag={topic.suffix: total[topic] - done[topic] for topic in READ},
        )

    async def members(self) -> int:
        """How many consumers the group has, all of which know what they read; 0 while it changes."""
        try:
            [answer] = await self._admin.describe_consumer_groups([self._settings.group])
        except GroupCoordinatorNotAvailableError:
            # Nobody has asked for the group yet.
            return 0
        [group] = answer.to_object()["groups"]
        return len(group["members"]) if group["state"] == "Stable" else 0


def _places(topic: topics.Topic, settings: Settings) -> list[TopicPartition]:
    return [TopicPartition(topic.name(settings), number) for number in range(settings.partitions)]

"""The audit itself: each way to break the law, written onto the topics by hand, is found."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from aiokafka import AIOKafkaProducer

from streams import admin, dead_letters, envelope, topics
from streams.records import Headers, Record, Reject
from streams.settings import Settings, load
from tests.broker.articles import article
from tests.chaos.audit import Audit, audit

pytestmark = pytest.mark.broker

REASON = Reject(exception="x.Y", message="no article", stacktrace="")


class Topics:
    """Topics of their own, written to as publishers and agents do."""

    def __init__(self, settings: Settings, producer: AIOKafkaProducer) -> None:
        self.settings = settings
        self._producer = producer

    async def publish(self, value: bytes, *, headers: Headers = ()) -> Record:
        name = topics.RAW.name(self.settings)
        place = await self._producer.send_and_wait(name, value, key=b"k", headers=list(headers))
        return Record(name, place.partition, place.offset, place.timestamp, b"k", value, headers)

    async def write(self, topic: topics.Topic, of: Record, *, key: bytes, value: bytes = b"{}") -> None:
        correlation = envelope.origin_of(of, is_raw=True).id
        headers = [
            ("ce_id", f"{topic.suffix} of {correlation}".encode()),
            ("ce_correlationid", correlation.encode()),
        ]
        await self._producer.send_and_wait(topic.name(self.settings), value, key=key, headers=headers)

    async def bury(self, record: Record, *, headers: Headers | None = None) -> None:
        """`headers`: those of its record, if they are not to be the right ones."""
        told = record if headers is None else replace(record, headers=headers)
        await self._producer.send_and_wait(
            topics.DEAD.name(self.settings),
            record.value,
            key=record.key,
            timestamp_ms=record.timestamp_ms,
            headers=list(dead_letters.headers_of(told, REASON, stage="clean", version="1")),
        )

    async def audit(self) -> Audit:
        return await audit(self.settings)


@pytest.fixture
async def written(broker_address: str) -> AsyncIterator[Topics]:
    settings = load(brokers=broker_address, prefix=f"audit-{uuid.uuid4().hex[:8]}", partitions=1)
    await admin.create_topics(settings)
    async with AIOKafkaProducer(bootstrap_servers=settings.bootstrap) as producer:
        yield Topics(settings, producer)


async def test_what_ended_once_as_it_should_is_conserved(written: Topics) -> None:
    good, bad = (
        await written.publish(article(id="a")),
        await written.publish(b"no JSON", headers=(("h", b"1"),)),
    )
    await written.write(topics.ENRICHED, good, key=b"a")
    await written.bury(bad)
    found = await written.audit()
    found.assert_conserved()
    assert (found.raw, found.enriched, found.dead, found.repeats) == (2, 1, 1, 0)


async def test_the_same_written_again_is_a_repeat_and_no_breach(written: Topics) -> None:
    good, bad = await written.publish(article(id="a")), await written.publish(b"no JSON")
    for _ in range(3):
        await written.write(topics.ENRICHED, good, key=b"a")
    for _ in range(2):
        await written.bury(bad)
    found = await written.audit()
    found.assert_conserved()
    assert found.repeats == 3


async def test_each_breach_is_found_where_it_is(written: Topics) -> None:
    lost = await written.publish(article(id="lost"))
    both = await written.publish(article(id="both"))
    await written.write(topics.ENRICHED, both, key=b"both")
    await written.bury(both)
    other_id = await written.publish(article(id="this"))
    await written.write(topics.ENRICHED, other_id, key=b"that")
    not_dead = await written.publish(b"no JSON, so no article")
    await written.write(topics.ENRICHED, not_dead, key=b"k")
    new_value = await written.publish(b"no JSON either")
    await written.bury(replace(new_value, value=b"another value"))
    new_header = await written.publish(b"no JSON once more", headers=(("h", b"1"),))
    await written.bury(new_header, headers=(("h", b"2"),))
    new_time = await written.publish(b"no JSON at all")
    await written.bury(replace(new_time, timestamp_ms=1))
    unlike = await written.publish(article(id="unlike"))
    await written.write(topics.ENRICHED, unlike, key=b"unlike")
    await written.write(topics.ENRICHED, unlike, key=b"unlike", value=b'{"other": 1}')
    await written.write(topics.CLEAN, unlike, key=b"unlike")
    await written.write(topics.CLEAN, unlike, key=b"unlike", value=b'{"other": 1}')
    await written.write(topics.ENRICHED, replace(unlike, value=b"never published"), key=b"nothing")

    def places(*records: Record) -> list[str]:
        return [f"{record.partition}@{record.offset}" for record in records]

    correlation = envelope.origin_of(unlike, is_raw=True).id
    found = await written.audit()
    assert found.lost == places(lost)
    assert found.on_both == places(both)
    assert found.wrong_ids == places(other_id, not_dead)
    assert found.changed == places(new_value, new_header, new_time)
    assert found.unlike == [
        f"{topic.suffix} {topic.suffix} of {correlation}" for topic in (topics.CLEAN, topics.ENRICHED)
    ]
    [of_nothing] = found.of_nothing
    assert of_nothing.startswith("articles.enriched/0@")
    with pytest.raises(AssertionError, match="lost"):
        found.assert_conserved()

"""A worker on a real broker, and what came of each record published to it."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import uuid
from collections.abc import Iterable, Sequence
from contextlib import ExitStack, aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord
from confluent_kafka import Producer

from streams import admin, dead_letters, envelope, topics
from streams.cli import local
from streams.cli.follow import follow
from streams.records import Headers, Record, last_header
from streams.settings import load

TIMEOUT_S = 60.0
IDLE_MS = 2_000


@dataclass(frozen=True)
class Raw:
    """A record to publish."""

    value: bytes | None
    key: bytes | None = None
    headers: Headers = ()
    timestamp_ms: int | None = None


@dataclass
class Outcome:
    """What came of one published record, by topic without its prefix."""

    record: Record
    by_topic: dict[str, list[ConsumerRecord[bytes, bytes]]] = field(default_factory=dict)

    def on(self, topic: topics.Topic) -> ConsumerRecord[bytes, bytes]:
        """The one record on `topic`."""
        [record] = self.by_topic[topic.suffix]
        return record

    @property
    def enriched(self) -> dict[str, Any]:
        event: dict[str, Any] = orjson.loads(self.on(topics.ENRICHED).value)
        return event

    @property
    def reason(self) -> str | None:
        return last_header(self.on(topics.DEAD).headers, dead_letters.MESSAGE)

    @property
    def topics(self) -> set[str]:
        return set(self.by_topic)


class Pipeline:
    """A worker in a process of its own; its topics have a prefix of their own."""

    def __init__(self, address: str, folder: Path, **environment: str) -> None:
        self.prefix = f"test-{uuid.uuid4().hex[:8]}"
        self.settings = load(
            brokers=address,
            prefix=self.prefix,
            partitions=3,
            own_topics=environment.get("KABAR_OWN_TOPICS"),
        )
        self.log = folder / "worker.log"
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("KABAR_", "OTEL_"))},
            **local.worker_environment(address),
            "KABAR_PREFIX": self.prefix,
            "KABAR_GROUP": self.prefix,
            "KABAR_PARTITIONS": "3",
            "KABAR_WEB_PORT": "0",
            "KABAR_DATA_DIR": str(folder),
            "KABAR_NLP_PROCESSES": "2",
            **environment,
        }
        self._stack = ExitStack()
        self.worker: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        asyncio.run(admin.create_topics(self.settings))
        log = self._stack.enter_context(self.log.open("wb"))
        self.worker = self._stack.enter_context(local.worker(self._environment, output=log))
        return self

    def start_another(self, **environment: str) -> subprocess.Popen[bytes]:
        """Another worker, of the same group if `environment` does not say otherwise; stopped with the first."""
        log = self._stack.enter_context(self.log.with_name("another.log").open("ab"))
        return self._stack.enter_context(local.worker({**self._environment, **environment}, output=log))

    def stop(self) -> None:
        """Ends all workers, as far as they still run, and lets them finish what they have begun."""
        self._stack.close()

    def __exit__(self, *_exception: object) -> None:
        self._stack.close()
        if _exception[0] is not None:
            sys.stderr.write(self.log.read_text(errors="replace"))

    async def process(self, records: Iterable[Raw]) -> list[Outcome]:
        """Publishes the records and waits until each has come out; what came of each, in order."""
        published = await self.publish(records)
        return await self.outcomes(published)

    async def publish(self, records: Iterable[Raw]) -> list[Record]:
        """Publishes the records; what they are on the broker, in order."""
        name = topics.RAW.name(self.settings)
        published = []
        async with AIOKafkaProducer(
            bootstrap_servers=self.settings.bootstrap, max_request_size=self.settings.max_record_bytes
        ) as producer:
            for raw in records:
                if raw.key is None and raw.value is None:
                    published.append(await asyncio.to_thread(self._publish_nothing, raw))
                    continue
                place = await producer.send_and_wait(
                    name, raw.value, key=raw.key, headers=list(raw.headers), timestamp_ms=raw.timestamp_ms
                )
                published.append(
                    Record(
                        topic=name,
                        partition=place.partition,
                        offset=place.offset,
                        timestamp_ms=raw.timestamp_ms if raw.timestamp_ms is not None else place.timestamp,
                        key=raw.key,
                        value=raw.value,
                        headers=raw.headers,
                    )
                )
        return published

    def _publish_nothing(self, raw: Raw) -> Record:
        """A record whose key and value are both null, which aiokafka's producer does not send."""
        name = topics.RAW.name(self.settings)
        places = []
        producer = Producer({"bootstrap.servers": self.settings.bootstrap})
        producer.produce(
            name,
            headers=list(raw.headers),
            timestamp=raw.timestamp_ms or 0,
            on_delivery=lambda _error, message: places.append(message),
        )
        producer.flush()
        [place] = places
        return Record(name, place.partition(), place.offset(), place.timestamp()[1], None, None, raw.headers)

    async def publish_to(self, topic: topics.Topic, value: bytes) -> Record:
        """Writes a value to one of the inner topics, as no agent would."""
        name = topic.name(self.settings)
        async with AIOKafkaProducer(bootstrap_servers=self.settings.bootstrap) as producer:
            place = await producer.send_and_wait(name, value)
        return Record(name, place.partition, place.offset, place.timestamp, None, value)

    async def dead_letter_of(self, record: Record) -> ConsumerRecord[bytes, bytes]:
        """Waits for the dead letter of a record of any topic."""
        wanted = (record.topic, str(record.partition), str(record.offset))
        names = (dead_letters.TOPIC, dead_letters.PARTITION, dead_letters.OFFSET)
        dead_topic = topics.DEAD.name(self.settings)
        async with (
            asyncio.timeout(TIMEOUT_S),
            aclosing(follow([dead_topic], self.settings, from_beginning=True)) as dead_letters_,
        ):
            async for dead in dead_letters_:
                if tuple(last_header(tuple(dead.headers), name) for name in names) == wanted:
                    return dead
        raise AssertionError

    async def all_written(self, published: Sequence[Record]) -> list[Outcome]:
        """All that lies on the topics for each record, in order; to be read when no worker runs any more."""
        outcomes = [Outcome(record) for record in published]
        by_correlation = {_correlation_id(outcome.record): outcome for outcome in outcomes}
        names = self._written()
        async with AIOKafkaConsumer(
            *names, bootstrap_servers=self.settings.bootstrap, auto_offset_reset="earliest"
        ) as consumer:
            while batches := await consumer.getmany(timeout_ms=IDLE_MS):
                for record in [record for records in batches.values() for record in records]:
                    topic = names[record.topic]
                    outcome = by_correlation.get(self._correlation_of(record, topic) or "")
                    if outcome is not None:
                        outcome.by_topic.setdefault(topic.suffix, []).append(record)
        return outcomes

    async def outcomes(self, published: Sequence[Record], *, copies: int = 1) -> list[Outcome]:
        """Waits until each record is on `enriched` or on `dead`, so many times; what came of each, in order."""
        outcomes = [Outcome(record) for record in published]
        by_correlation = {_correlation_id(outcome.record): outcome for outcome in outcomes}
        names = self._written()
        try:
            async with (
                asyncio.timeout(TIMEOUT_S),
                aclosing(follow(list(names), self.settings, from_beginning=True)) as written,
            ):
                async for record in written:
                    topic = names[record.topic]
                    correlation = self._correlation_of(record, topic)
                    if correlation not in by_correlation:
                        continue
                    by_correlation[correlation].by_topic.setdefault(topic.suffix, []).append(record)
                    if all(_is_complete(outcome, copies) for outcome in outcomes):
                        break
        except TimeoutError:
            waiting = [outcome.record for outcome in outcomes if not _is_complete(outcome, copies)]
            raise AssertionError(f"nothing came of {waiting}\n{self.log.read_text()}") from None
        return outcomes

    def _written(self) -> dict[str, topics.Topic]:
        """The topics that results are on, by name."""
        known = topics.known(self.settings)
        return {topic.name(self.settings): topic for topic in known if topic is not topics.RAW}

    def _correlation_of(self, record: ConsumerRecord[bytes, bytes], topic: topics.Topic) -> str | None:
        headers = tuple(record.headers)
        if topic is not topics.DEAD:
            return last_header(headers, "ce_correlationid")
        if last_header(headers, dead_letters.TOPIC) != topics.RAW.name(self.settings):
            return last_header(headers, "ce_correlationid")
        return _correlation_id(
            Record(
                topic=last_header(headers, dead_letters.TOPIC) or "",
                partition=int(last_header(headers, dead_letters.PARTITION) or -1),
                offset=int(last_header(headers, dead_letters.OFFSET) or -1),
                timestamp_ms=record.timestamp,
                key=record.key,
                value=record.value,
                headers=headers,
            )
        )


def _is_complete(outcome: Outcome, copies: int) -> bool:
    """On `dead`; or on `enriched`, read from the broker together with all else that was written of it."""
    if len(outcome.by_topic.get(topics.DEAD.suffix, ())) >= copies:
        return True
    if len(outcome.by_topic.get(topics.ENRICHED.suffix, ())) < copies:
        return False
    value = outcome.by_topic[topics.ENRICHED.suffix][0].value
    expected = {topics.CLEAN.suffix, topics.TAGGED.suffix}
    if value is None:
        expected |= {topic.suffix for topic in topics.BY_TOPIC_ID.values()}
    else:
        event = orjson.loads(value)
        found = [*event["topics"], *event.get("own_topics", ())]
        expected |= {topics.of_id(topic["id"]).suffix for topic in found if topic["assigned"]}
    return expected <= set(outcome.by_topic)


def _correlation_id(record: Record) -> str:
    if envelope.is_structured(record):
        event = orjson.loads(record.value or b"{}")
        return str(event.get("id") if isinstance(event, dict) else None)
    return envelope.origin_of(record, is_raw=True).id

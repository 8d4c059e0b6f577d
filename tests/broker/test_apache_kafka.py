"""The Apache Kafka node that the other broker tests may run against."""

from __future__ import annotations

import os
import uuid
from typing import TYPE_CHECKING

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import UnknownTopicOrPartitionError

from tests.kafka import installation as kafka
from tests.kafka.installation import NoKafkaError
from tests.kafka.node import KafkaNode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from aiokafka.structs import ConsumerRecord

Header = tuple[str, bytes]


@pytest.fixture(scope="module")
def node() -> Iterator[KafkaNode]:
    with KafkaNode() as running:
        yield running


@pytest.fixture
async def topic(node: KafkaNode) -> str:
    return await create_topic(node)


async def create_topic(node: KafkaNode) -> str:
    name = f"test.{uuid.uuid4().hex}"
    admin = AIOKafkaAdminClient(bootstrap_servers=node.bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, num_partitions=1, replication_factor=1)])
    finally:
        await admin.close()
    return name


async def produce(node: KafkaNode, topic: str, value: bytes, headers: Sequence[Header] = ()) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=node.bootstrap, enable_idempotence=True)
    await producer.start()
    try:
        await producer.send_and_wait(topic, value, key=b"key", headers=list(headers))
    finally:
        await producer.stop()


async def read_first(node: KafkaNode, topic: str) -> ConsumerRecord[bytes, bytes]:
    consumer = AIOKafkaConsumer(bootstrap_servers=node.bootstrap, enable_auto_commit=False)
    await consumer.start()
    try:
        partition = TopicPartition(topic, 0)
        consumer.assign([partition])
        await consumer.seek_to_beginning(partition)
        return await consumer.getone()
    finally:
        await consumer.stop()


@pytest.mark.kafka
async def test_a_record_comes_back_with_its_key_value_and_headers(node: KafkaNode, topic: str) -> None:
    headers = [("ce_id", b"1"), ("traceparent", "naïve—bytes".encode()), ("ce_id", b"2")]

    await produce(node, topic, b"value", headers)

    record = await read_first(node, topic)
    assert (record.key, record.value) == (b"key", b"value")
    assert list(record.headers) == headers


@pytest.mark.kafka
async def test_a_topic_is_never_made_by_writing_to_it(node: KafkaNode) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=node.bootstrap, request_timeout_ms=1000)
    await producer.start()
    try:
        with pytest.raises(UnknownTopicOrPartitionError):
            await producer.send_and_wait(f"absent.{uuid.uuid4().hex}", b"value")
    finally:
        await producer.stop()


@pytest.mark.kafka
async def test_a_restart_keeps_data_and_address(node: KafkaNode, topic: str) -> None:
    await produce(node, topic, b"before")
    address = node.bootstrap

    node.restart()

    assert node.bootstrap == address
    assert (await read_first(node, topic)).value == b"before"


@pytest.mark.kafka
async def test_an_acknowledged_record_survives_a_kill(node: KafkaNode, topic: str) -> None:
    await produce(node, topic, b"acknowledged")

    node.kill()
    assert not node.running
    node.start()

    assert (await read_first(node, topic)).value == b"acknowledged"


@pytest.mark.kafka
async def test_extra_properties_reach_the_node(tmp_path: Path) -> None:
    with KafkaNode(folder=tmp_path, extra_properties={"auto.create.topics.enable": "true"}) as node:
        topic = f"made.by.writing.{uuid.uuid4().hex}"
        await produce(node, topic, b"value")
        assert (await read_first(node, topic)).value == b"value"


@pytest.mark.kafka
def test_a_node_that_cannot_start_says_why(tmp_path: Path) -> None:
    node = KafkaNode(folder=tmp_path, extra_properties={"num.partitions": "none"})
    with pytest.raises(NoKafkaError, match=r"num\.partitions"):
        node.start()
    node.close()


@pytest.mark.kafka
def test_leaving_the_block_ends_the_process_and_removes_its_data() -> None:
    with KafkaNode() as node:
        assert node.running
        folder = node.folder
    assert not node.running
    assert not folder.exists()


def test_a_missing_java_is_named_with_its_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoKafkaError, match="openjdk-17-jre-headless"):
        kafka.find_java()


def test_an_old_java_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    java = tmp_path / "java"
    java.write_text("#!/bin/sh\necho 'openjdk version \"1.8.0_392\"' >&2\n", encoding="utf-8")
    java.chmod(0o755)
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(NoKafkaError, match=r"1\.8\.0_392"):
        kafka.find_java()


def test_a_missing_maven_is_named_with_its_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(kafka, "JARS", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoKafkaError, match="install maven"):
        kafka.fetch_jars()

"""A worker and its broker, when one of them is not ready for the other."""

from __future__ import annotations

import asyncio

import pytest

from streams.cli import local
from tests.broker.articles import FOOTBALL, article
from tests.broker.pipeline import Pipeline, Raw
from tests.chaos.audit import audit
from tests.chaos.said import said
from tests.cli.command import kabar
from tests.kafka.node import KafkaNode

pytestmark = [pytest.mark.kafka, pytest.mark.chaos]


async def test_a_worker_that_is_there_first_waits_for_the_broker_with_one_message(
    on_node: Pipeline, node: KafkaNode
) -> None:
    assert on_node.worker is not None
    await asyncio.to_thread(local.stop, on_node.worker)
    await asyncio.to_thread(node.kill)
    worker = on_node.start_another()
    log = on_node.log.with_name("another.log")
    await said(log, "Waiting for a Kafka broker at ")
    await asyncio.to_thread(node.start)
    await on_node.process([Raw(article(f"{FOOTBALL} {n}.", id=f"s-{n}")) for n in range(20)])
    assert worker.poll() is None
    await asyncio.to_thread(on_node.stop)

    text = log.read_text()
    assert text.splitlines()[:2] == [
        f"Waiting for a Kafka broker at {node.bootstrap} ...",
        f"Worker of group '{on_node.prefix}' on {node.bootstrap}, 1 process for language work.",
    ]
    assert text.count("Waiting for a Kafka broker") == 1
    assert "Traceback" not in text
    (await audit(on_node.settings)).assert_conserved()


def test_a_session_timeout_that_the_broker_refuses_ends_the_worker_with_one_plain_sentence(
    node: KafkaNode,
) -> None:
    variables = {"KABAR_BROKERS": node.bootstrap, "KABAR_WEB_PORT": "0", "KABAR_NLP_PROCESSES": "1"}
    result = kabar("worker", KABAR_SESSION_TIMEOUT_SECONDS="1", KABAR_PREFIX="sesi", **variables)
    assert result.returncode == 2
    last = result.stderr.decode().splitlines()[-1]
    assert last.startswith(
        "The broker does not let this worker take part in the consumer group 'kabar': InvalidSessionTimeoutError"
    )
    assert "KABAR_SESSION_TIMEOUT_SECONDS" in last
    assert b"Traceback" not in result.stderr

"""How results reach the broker."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from aiokafka.producer.sender import SendProduceReqHandler

from streams import admin, topics
from streams.app import _sender, create_app
from streams.delivery import Delivery
from streams.metrics import Metrics
from streams.pool import Pool
from streams.records import Emit, Record
from streams.settings import load
from tests.test_compression import BATCH_HEADER_BYTES, GZIP_EXTRA_FLAGS, GZIP_MAGIC, HARDEST

pytestmark = pytest.mark.broker

ARTICLE = b"Presiden menerima duta besar di Istana Merdeka. " * 150
IN_A_CALL = 32
RECORDS = [Record("news.articles.raw", 0, n, 1_700_000_000_000, b"%d" % n, b"") for n in range(IN_A_CALL)]
RESULTS = [
    Emit((topics.ENRICHED,), b"%d" % n, ARTICLE, (), earlier=(Emit((topics.CLEAN,), b"%d" % n, ARTICLE, ()),))
    for n in range(IN_A_CALL)
]


async def test_what_a_call_writes_goes_to_the_broker_in_two_requests_the_last_topic_in_the_second(
    broker_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load(
        brokers=broker_address, prefix=f"sending-{uuid.uuid4().hex[:8]}", partitions=2, web_port=0
    )
    await admin.create_topics(settings)
    requests: list[dict[str, list[bytes]]] = []
    create_request = SendProduceReqHandler.create_request

    def noted(handler: Any) -> Any:
        batches = handler._batches
        requests.append({})
        for place, batch in batches.items():
            requests[-1].setdefault(place.topic, []).append(bytes(batch.get_data_buffer()))
        return create_request(handler)

    async def fail(_: Any, error: Exception) -> None:
        raise error

    app = create_app(settings, Pool(1), Metrics(settings), fail=fail)
    delivery = Delivery("enrich", send=_sender(app), settings=settings)
    try:
        await delivery.deliver(RECORDS[:1], RESULTS[:1])
        monkeypatch.setattr(SendProduceReqHandler, "create_request", noted)
        await delivery.deliver(RECORDS, RESULTS)
    finally:
        await app.producer.stop()
    assert [list(request) for request in requests] == [
        [topic.name(settings)] for topic in (topics.CLEAN, topics.ENRICHED)
    ]
    for batch in (batch for request in requests for batches in request.values() for batch in batches):
        compressed = batch[BATCH_HEADER_BYTES:]
        assert compressed.startswith(GZIP_MAGIC)
        assert compressed[GZIP_EXTRA_FLAGS] != HARDEST

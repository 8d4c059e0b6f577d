"""How results reach the broker."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import pytest
from aiokafka.producer.sender import SendProduceReqHandler

from streams import admin, topics
from streams.app import _sender, create_app
from streams.metrics import Metrics
from streams.pool import Pool
from streams.settings import load

pytestmark = pytest.mark.broker

ARTICLE = b"x" * 8_000
IN_A_CALL = 32


async def test_what_a_call_writes_goes_to_the_broker_in_one_request(
    broker_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load(
        brokers=broker_address, prefix=f"sending-{uuid.uuid4().hex[:8]}", partitions=2, web_port=0
    )
    await admin.create_topics(settings)
    requests: list[Any] = []
    create_request = SendProduceReqHandler.create_request

    def noted(handler: Any) -> Any:
        request = create_request(handler)
        requests.append(request)
        return request

    async def fail(_: Any, error: Exception) -> None:
        raise error

    app = create_app(settings, Pool(1), Metrics(settings), fail=fail)
    send = _sender(app)
    topic = topics.ENRICHED.name(settings)

    async def write(number: int) -> None:
        deliveries = [
            await send(topic, key=b"%d" % place, value=ARTICLE, headers=(), timestamp_ms=None)
            for place in range(number)
        ]
        await asyncio.gather(*deliveries)

    try:
        await write(1)
        monkeypatch.setattr(SendProduceReqHandler, "create_request", noted)
        await write(IN_A_CALL)
    finally:
        await app.producer.stop()
    assert len(requests) == 1

"""Topics for the tests of `streams.client`."""

from __future__ import annotations

import uuid

import pytest

from streams import admin
from streams.settings import Settings, load

# The first member of a group does not leave the embedded broker before its session is over, so let that be soon.
SESSION_S = 3.0
KAFKA_SESSION_S = 6.0  # it allows no less


@pytest.fixture(scope="session")
def session_timeout(request: pytest.FixtureRequest) -> float:
    return KAFKA_SESSION_S if request.config.getoption("--kafka") else SESSION_S


@pytest.fixture
async def topic_settings(broker_address: str, session_timeout: float) -> Settings:
    """Topics of this test alone, which no worker reads."""
    settings = load(
        brokers=broker_address,
        prefix=f"test-{uuid.uuid4().hex[:8]}",
        partitions=2,
        session_timeout_seconds=session_timeout,
    )
    await admin.create_topics(settings)
    return settings

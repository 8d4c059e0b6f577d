"""Dead letters for the tests of `kabar dead`."""

from __future__ import annotations

import uuid

import pytest

from tests.cli.desk import Desk


@pytest.fixture
def desk(broker_address: str) -> Desk:
    return Desk(broker_address, f"dead-{uuid.uuid4().hex[:8]}")

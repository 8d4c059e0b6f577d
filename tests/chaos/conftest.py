"""What the tests that break things share."""

from __future__ import annotations

import random
import secrets

import pytest


@pytest.fixture
def is_full(request: pytest.FixtureRequest) -> bool:
    """Whether to break things at full size."""
    return bool(request.config.getoption("--chaos"))


@pytest.fixture
def chance() -> random.Random:
    """Other moments in every run; the seed is printed, which pytest shows when a test fails."""
    seed = secrets.randbelow(2**32)
    print(f"random seed {seed}")  # noqa: T201 - for whoever has to find out what happened
    return random.Random(seed)  # noqa: S311 - nobody has to be kept from guessing it

"""What the tests that break things share."""

from __future__ import annotations

import random
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.broker.pipeline import Pipeline
from tests.kafka.node import KafkaNode


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


@pytest.fixture(scope="session")
def _node_to_break() -> Iterator[KafkaNode]:
    with KafkaNode() as node:
        yield node


@pytest.fixture
def node(_node_to_break: KafkaNode) -> KafkaNode:
    """An Apache Kafka node that a test may stop, kill or starve; it runs when the test begins."""
    _node_to_break.start()
    return _node_to_break


@pytest.fixture
def on_node(node: KafkaNode, tmp_path: Path) -> Iterator[Pipeline]:
    """A worker on that node."""
    with Pipeline(node.bootstrap, tmp_path, KABAR_NLP_PROCESSES="1") as pipeline:
        yield pipeline

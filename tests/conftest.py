"""Options and fixtures that all tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.broker import EmbeddedBroker
from streams.settings import Settings, load
from tests.broker.pipeline import Pipeline
from tests.kafka.node import KafkaNode
from tests.own_topic import learned


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--kafka", action="store_true", help="run the broker tests against Apache Kafka, and only those"
    )
    parser.addoption(
        "--chaos", action="store_true", help="run what breaks things at its full size, and only that"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Which tests run: see the markers in pyproject.toml."""
    selected, left_out = [], []
    for item in items:
        (selected if _is_wanted(item, config) else left_out).append(item)
    items[:] = selected
    config.hook.pytest_deselected(items=left_out)


def _is_wanted(item: pytest.Item, config: pytest.Config) -> bool:
    broker, kafka, chaos, full = (
        item.get_closest_marker(name) is not None for name in ("broker", "kafka", "chaos", "full")
    )
    if config.getoption("--chaos"):
        return (chaos or full) and (not kafka or config.getoption("--kafka"))
    if config.getoption("--kafka"):
        return (kafka or (broker and not chaos)) and not full
    return not kafka and not full


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("KABAR_", "OTEL_")):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def broker_address(request: pytest.FixtureRequest) -> Iterator[str]:
    """A broker of this run alone: the embedded one, or Apache Kafka with --kafka."""
    if request.config.getoption("--kafka"):
        with KafkaNode() as node:
            yield node.bootstrap
    else:
        with EmbeddedBroker() as broker:
            yield broker.address


@pytest.fixture
def settings(broker_address: str) -> Settings:
    return load(brokers=broker_address)


@pytest.fixture(scope="session")
def cyber(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a topic of one's own, learned from the labels in docs/examples."""
    pytest.importorskip("sklearn", reason="`kabar train` needs the extra `train`")
    return learned(tmp_path_factory.mktemp("own") / "cyber").folder


@pytest.fixture(scope="session")
def pipeline(broker_address: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    """A running worker with topics of its own, shared by the tests that publish to it."""
    with Pipeline(broker_address, tmp_path_factory.mktemp("worker")) as pipeline:
        yield pipeline

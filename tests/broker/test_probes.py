"""What a worker answers to those who operate it."""

from __future__ import annotations

import asyncio
import socket
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from streams import topics
from tests.broker.articles import FOOTBALL, SUMMIT, article
from tests.broker.pipeline import Pipeline, Raw

TIMEOUT_S = 20.0
pytestmark = pytest.mark.broker


@pytest.fixture(scope="module")
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        number: int = free.getsockname()[1]
        return number


@pytest.fixture(scope="module")
def watched(broker_address: str, port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    """A worker through which three articles have gone, one of which it could not read."""
    folder: Path = tmp_path_factory.mktemp("probed")
    with Pipeline(broker_address, folder, KABAR_WEB_PORT=str(port)) as pipeline:
        good = [Raw(article(body, id=f"probe-{n}")) for n, body in enumerate((SUMMIT, FOOTBALL))]
        asyncio.run(pipeline.process([*good, Raw(b"{not json")]))
        yield pipeline


def page(port: int, path: str) -> tuple[int, str]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
        return answer.status, answer.read().decode()


def samples(port: int) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    _, text = page(port, "/metrics")
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.mark.usefixtures("watched")
@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_worker_that_takes_part_is_alive_and_ready(port: int, path: str) -> None:
    assert page(port, path)[0] == 200


def test_the_metrics_account_for_every_article(watched: Pipeline, port: int) -> None:
    # An outcome can be read from the broker a moment before it is counted.
    deadline = time.monotonic() + TIMEOUT_S
    while (found := samples(port)).get(("kabar_records_in_total", (("stage", "clean"),))) != 3:
        assert time.monotonic() < deadline
    enriched = topics.ENRICHED.name(watched.settings)
    assert found["kabar_records_out_total", (("topic", enriched),)] == 2
    assert found["kabar_records_dead_total", (("error", "UndecodableValue"), ("stage", "clean"))] == 1
    assert found["kabar_latency_seconds_count", (("agent", "enrich"),)] == 3
    assert found["kabar_stage_seconds_count", (("stage", "tag"),)] >= 1
    assert found["kabar_assigned_partitions", ()] == 9


@pytest.mark.usefixtures("watched")
def test_the_lag_is_nothing_once_all_is_committed(port: int) -> None:
    # Nothing tells when a worker commits, which it does twice a second.
    deadline = time.monotonic() + TIMEOUT_S
    lag = {"": 1.0}
    while any(lag.values()) and time.monotonic() < deadline:
        lag = {key: value for (name, key), value in samples(port).items() if name == "kabar_lag_records"}
    assert len(lag) == 9
    assert not any(lag.values())

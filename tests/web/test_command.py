"""`kabar web` as a person runs it."""

from __future__ import annotations

import json
import signal
import urllib.request
import uuid
from typing import Any

import pytest

from tests.cli.command import kabar, running

pytestmark = pytest.mark.broker


@pytest.fixture
def on_broker(broker_address: str) -> dict[str, str]:
    variables = {
        "KABAR_BROKERS": broker_address,
        "KABAR_PREFIX": f"page-{uuid.uuid4().hex[:8]}",
        "KABAR_PARTITIONS": "1",
    }
    assert kabar("topics", **variables).returncode == 0
    return variables


def get(address: str) -> Any:
    with urllib.request.urlopen(address, timeout=30) as answer:  # noqa: S310 - an address of ours
        return answer.read()


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_its_first_line_is_the_address_and_a_signal_ends_it(
    on_broker: dict[str, str], end: signal.Signals
) -> None:
    with running("web", "--port", "0", **on_broker) as process:
        assert process.stdout is not None
        address = process.stdout.readline().decode().strip()
        assert b"<title>Kabar</title>" in get(address)
        assert json.loads(get(f"{address}api/state"))["broker"]["address"] == on_broker["KABAR_BROKERS"]
        # It has to let go of those who look.
        with urllib.request.urlopen(f"{address}events", timeout=30) as looking:  # noqa: S310 - an address of ours
            looking.readline()
            process.send_signal(end)
            assert process.wait(15) == 0
        assert process.stderr is not None
        assert process.stderr.read().decode().splitlines() == [
            f"The page of {on_broker['KABAR_PREFIX']} on {on_broker['KABAR_BROKERS']}. Ctrl-C stops."
        ]


def test_who_lets_others_reach_it_is_told_that_there_is_no_login(on_broker: dict[str, str]) -> None:
    with running("web", "--port", "0", "--host", "0.0.0.0", **on_broker) as process:  # noqa: S104 - what is tested
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith(b"http://127.0.0.1:")
        process.stderr.readline()
        assert process.stderr.readline().startswith(b"There is no login")


def test_a_port_that_is_taken_is_one_plain_sentence(on_broker: dict[str, str]) -> None:
    with running("web", "--port", "0", **on_broker) as first:
        assert first.stdout is not None
        port = first.stdout.readline().decode().strip().rstrip("/").rpartition(":")[2]
        second = kabar("web", "--port", port, **on_broker)
    assert second.returncode == 2
    assert second.stderr.decode() == (
        f"The page cannot be served at 127.0.0.1:{port} (Address already in use):"
        " choose another --port, or 0 for any free one.\n"
    )


def test_without_its_topics_it_says_how_to_make_them(on_broker: dict[str, str]) -> None:
    result = kabar("web", "--port", "0", **{**on_broker, "KABAR_PREFIX": "salah-ketik"})
    assert result.returncode == 2
    assert result.stderr.decode().startswith("There is no topic salah-ketik.articles.enriched on ")


def test_without_a_broker_it_says_so_when_its_time_is_up() -> None:
    result = kabar("web", "--port", "0", KABAR_BROKERS="127.0.0.1:1", KABAR_BROKER_WAIT_SECONDS="0")
    assert result.returncode == 2
    assert result.stderr.decode().startswith("No Kafka broker answers at 127.0.0.1:1")

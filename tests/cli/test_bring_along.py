"""The commands that bring broker and worker along: they leave nothing behind."""

from __future__ import annotations

import signal
import socket
import subprocess
import urllib.request
from pathlib import Path

import pytest
from aiokafka import AIOKafkaClient

from tests.cli.command import kabar, none_left_soon, running

# What is set for one's own cluster must not keep the embedded broker from being reached.
OF_ANOTHER_CLUSTER = {
    "KABAR_SECURITY_PROTOCOL": "SASL_SSL",
    "KABAR_SASL_USERNAME": "kabar",
    "KABAR_SASL_PASSWORD": "rahasia",
    "KABAR_SSL_CA_FILE": "/etc/kabar/authority.pem",
}


async def test_the_broker_tells_its_address_answers_and_ends_on_ctrl_c() -> None:
    with running("broker", "--port", "0", PENANDA="kabar-broker-test") as process:
        assert process.stdout is not None
        address = process.stdout.readline().decode().strip()
        client = AIOKafkaClient(bootstrap_servers=address)
        await client.bootstrap()
        await client.close()
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
    assert none_left_soon("PENANDA=kabar-broker-test")


@pytest.mark.parametrize("arguments", [("broker", "--port", "0"), ("up", "--port", "0")])
def test_killed_it_takes_its_children_along(arguments: tuple[str, ...], tmp_path: Path) -> None:
    marker = f"kabar-killed-{arguments[0]}"
    variables = {"PENANDA": marker, "KABAR_WEB_PORT": "0", "KABAR_DATA_DIR": str(tmp_path)}
    with running(*arguments, **variables) as process:
        first = process.stdout if arguments[0] == "broker" else process.stderr
        assert first is not None
        first.readline()
        process.kill()
        process.wait()
    assert none_left_soon(f"PENANDA={marker}")


def test_a_port_that_is_taken_is_one_plain_sentence() -> None:
    with running("broker", "--port", "0") as first:
        assert first.stdout is not None
        port = first.stdout.readline().decode().strip().rpartition(":")[2]
        second = kabar("broker", "--port", port)
    assert second.returncode == 2
    assert second.stderr.decode().startswith(f"Port {port} is taken")


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_up_prints_the_addresses_processes_and_ends_when_asked(end: signal.Signals, tmp_path: Path) -> None:
    marker = f"kabar-up-{end.name}"
    variables = {
        "KABAR_WEB_PORT": "0",
        "KABAR_NLP_PROCESSES": "1",
        "KABAR_DATA_DIR": str(tmp_path / "not" / "there"),
        **OF_ANOTHER_CLUSTER,
    }
    with running("up", "--port", "0", PENANDA=marker, **variables) as process:
        assert process.stderr is not None
        first = process.stderr.readline().decode()
        address = first.split()[2]
        body = b'{"id": "up-1", "body": "Presiden bertemu duta besar Jepang di Jakarta."}'
        assert kabar("publish", "-", "-b", address, stdin=body).returncode == 0
        watch = ("watch", "-b", address, "--json", "--from-beginning", "--max", "1", "--timeout", "60")
        assert b'"id":"up-1"' in kabar(*watch).stdout
        lines = iter(process.stderr.readline, b"")
        page = next(line.split()[1] for line in lines if line.startswith(b"Page:"))
        with urllib.request.urlopen(page.decode(), timeout=30) as answer:  # noqa: S310 - an address of ours
            assert b"<title>Kabar</title>" in answer.read()
        process.send_signal(end)
        try:
            _, _ = process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            pytest.fail("it did not end")
        assert process.returncode == 0
    assert none_left_soon(f"PENANDA={marker}")


def test_up_says_if_the_port_of_the_page_is_taken(tmp_path: Path) -> None:
    variables = {"KABAR_WEB_PORT": "0", "KABAR_NLP_PROCESSES": "1", "KABAR_DATA_DIR": str(tmp_path)}
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = kabar("up", "--port", "0", "--page-port", port, PENANDA="kabar-up-taken", **variables)
    assert result.returncode == 2
    assert f"The page cannot be served at 127.0.0.1:{port} (Address already in use)" in result.stderr.decode()
    assert none_left_soon("PENANDA=kabar-up-taken")

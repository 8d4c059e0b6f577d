"""What every command has in common."""

from __future__ import annotations

import socket

import pytest

from tests.cli.command import kabar

COMMANDS = (
    *("up", "demo", "worker", "publish", "watch", "enrich", "train", "topics", "schemas", "broker", "web"),
    *("dead list", "dead show", "dead replay"),
)


@pytest.mark.parametrize("command", COMMANDS)
def test_its_help_shows_an_example(command: str) -> None:
    result = kabar(*command.split(), "--help")
    assert result.returncode == 0
    assert b"Example" in result.stdout
    assert f"kabar {command}".encode() in result.stdout


def test_the_worker_lists_every_setting_with_its_default() -> None:
    text = kabar("worker", "--help", COLUMNS="200").stdout.decode()
    for line in ("KABAR_BROKERS (localhost:9092)", "KABAR_PREFIX (news)", "KABAR_NLP_PROCESSES (the cores)"):
        assert line in text


def test_a_command_that_does_not_exist_ends_with_2() -> None:
    assert kabar("terbitkan").returncode == 2


def test_without_a_broker_one_plain_sentence_says_what_to_do() -> None:
    result = kabar("topics", KABAR_BROKERS="127.0.0.1:1", KABAR_BROKER_WAIT_SECONDS="0")
    assert result.returncode == 2
    assert result.stderr.decode() == (
        "No Kafka broker answers at 127.0.0.1:1: start one (`kabar up`, `docker compose up`) or set KABAR_BROKERS.\n"
    )


def test_a_worker_whose_broker_never_comes_says_so_once_and_ends() -> None:
    result = kabar("worker", KABAR_BROKERS="127.0.0.1:1", KABAR_BROKER_WAIT_SECONDS="1", KABAR_WEB_PORT="0")
    assert result.returncode == 2
    assert result.stderr.decode() == (
        "Waiting for a Kafka broker at 127.0.0.1:1 ...\n"
        "No Kafka broker answers at 127.0.0.1:1: start one (`kabar up`, `docker compose up`) or set KABAR_BROKERS.\n"
    )


def test_a_wrong_setting_stops_the_worker_with_one_plain_sentence() -> None:
    result = kabar("worker", KABAR_PARTITIONS="nol")
    assert result.returncode == 2
    assert result.stderr.decode().startswith("KABAR_PARTITIONS cannot be 'nol': ")
    assert result.stderr.count(b"\n") == 1


def test_a_worker_without_the_streams_in_c_that_keep_articles_safe_does_not_start() -> None:
    result = kabar("worker", NO_CYTHON="1", KABAR_WEB_PORT="0")
    assert result.returncode == 2
    assert result.stderr.decode().startswith("Faust is here without its C extension, or NO_CYTHON is set")
    assert result.stderr.count(b"\n") == 1


def test_the_version_is_told() -> None:
    result = kabar("--version")
    assert result.stdout.startswith(b"kabar ")


def test_a_folder_that_cannot_be_made_stops_the_worker_with_one_plain_sentence() -> None:
    result = kabar("worker", KABAR_DATA_DIR="/dev/null/kabar")
    assert result.returncode == 2
    assert result.stderr.decode() == "KABAR_DATA_DIR cannot be '/dev/null/kabar': Not a directory.\n"


def test_a_web_port_that_is_taken_stops_the_worker_with_one_plain_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = kabar("worker", "--web-port", str(port))
    assert result.returncode == 2
    assert result.stderr.decode() == (
        f"The web server cannot listen on 127.0.0.1:{port} (Address already in use):"
        " choose another KABAR_WEB_PORT, or 0 for none.\n"
    )

"""`kabar doctor`: what is well, and what to do where something is not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.broker.pipeline import Pipeline
from tests.cli.command import kabar

NOWHERE = {"KABAR_BROKERS": "127.0.0.1:1"}


def found(output: bytes) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in output.splitlines()]


def not_well(output: bytes) -> dict[str, str]:
    return {finding["about"]: finding["do"] for finding in found(output) if not finding["ok"]}


def test_without_a_broker_everything_else_is_looked_at_and_the_exit_code_is_1(tmp_path: Path) -> None:
    result = kabar("doctor", **NOWHERE, KABAR_DATA_DIR=str(tmp_path))
    assert result.returncode == 1
    assert [finding["about"] for finding in found(result.stdout)] == [
        "python",
        "kabar",
        "model",
        "machine",
        "data",
        "broker",
    ]
    assert list(not_well(result.stdout)) == ["broker"]
    assert "kabar up" in not_well(result.stdout)["broker"]


def test_a_folder_that_cannot_be_made_is_said_with_what_to_set(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    result = kabar("doctor", **NOWHERE, KABAR_DATA_DIR=str(tmp_path / "file" / "data"))
    assert "KABAR_DATA_DIR" in not_well(result.stdout)["data"]


@pytest.mark.broker
def test_on_a_cluster_with_its_topics_all_is_well(pipeline: Pipeline, tmp_path: Path) -> None:
    on = {
        "KABAR_BROKERS": pipeline.settings.bootstrap,
        "KABAR_PREFIX": pipeline.prefix,
        "KABAR_GROUP": pipeline.prefix,
        "KABAR_PARTITIONS": "3",
        "KABAR_DATA_DIR": str(tmp_path),
    }
    result = kabar("doctor", **on)
    assert not_well(result.stdout) == {}
    assert result.returncode == 0
    assert found(result.stdout)[-1]["found"].startswith(f"{pipeline.prefix}: ")


@pytest.mark.broker
def test_missing_topics_are_named_with_the_command_that_creates_them(
    broker_address: str, tmp_path: Path
) -> None:
    on = {"KABAR_BROKERS": broker_address, "KABAR_PREFIX": "not-there", "KABAR_DATA_DIR": str(tmp_path)}
    result = kabar("doctor", **on)
    assert result.returncode == 1
    assert "`kabar topics`" in not_well(result.stdout)["topic"]

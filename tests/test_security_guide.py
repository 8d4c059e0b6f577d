"""docs/security.md names every setting, and its examples are ones that can be set; tests/broker/ tries them."""

from __future__ import annotations

import re

import pytest

from streams.settings import Settings, describe
from tests.cli.command import kabar
from tests.security_guide import EXAMPLES, GUIDE

VARIABLES = [name for name, *_ in describe() if re.match(r"KABAR_(SECURITY|SASL|SSL)_", name)]


def test_every_setting_has_a_row_with_its_default() -> None:
    rows = dict(re.findall(r"^\| `(KABAR_\w+)` \| (.*?) \|", GUIDE, re.MULTILINE))
    assert list(rows) == VARIABLES
    defaults = {name: default for name, default, _ in describe() if default != "unset"}
    assert {name: rows[name] for name in VARIABLES if name in defaults} == {
        name: f"`{defaults[name]}`" for name in VARIABLES if name in defaults
    }


def test_every_protocol_but_the_one_without_has_an_example() -> None:
    shown = {example["KABAR_SECURITY_PROTOCOL"] for example in EXAMPLES}
    assert shown == {"SSL", "SASL_PLAINTEXT", "SASL_SSL"}


@pytest.mark.parametrize("variables", EXAMPLES, ids=lambda example: example["KABAR_SECURITY_PROTOCOL"])
def test_the_settings_of_an_example_come_into_force(variables: dict[str, str]) -> None:
    shown = kabar("worker", "--show-settings", **variables)
    lines = shown.stdout.decode().splitlines()
    assert shown.returncode == 0, shown.stderr
    assert {f"{name}={value}" for name, value in variables.items()} <= set(lines)
    assert len(lines) == len(Settings.model_fields)


def test_the_secrets_are_said_to_be_masked() -> None:
    masked = GUIDE.partition("## What is masked")[2]
    assert [name for name in VARIABLES if name.endswith("PASSWORD") and f"`{name}`" not in masked] == []

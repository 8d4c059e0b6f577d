"""Settings from the environment."""

from __future__ import annotations

import pytest

from streams.errors import BadConfiguration
from streams.settings import Settings, describe, load


def test_brokers_are_a_list_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KABAR_BROKERS", "kafka-1:9092, kafka-2:9093")
    assert load().brokers == ("kafka-1:9092", "kafka-2:9093")


def test_a_flag_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KABAR_PREFIX", "lingkungan")
    assert load(prefix="bendera").prefix == "bendera"
    assert load(prefix=None).prefix == "lingkungan"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("KABAR_BROKERS", "kafka"),
        ("KABAR_BROKERS", ","),
        ("KABAR_BROKERS", "localhost:99999"),
        ("KABAR_PREFIX", "berita dunia"),
        ("KABAR_PARTITIONS", "0"),
        ("KABAR_NLP_PROCESSES", "banyak"),
        ("KABAR_WEB_PORT", "70000"),
        ("KABAR_LOG_LEVEL", "loud"),
    ],
)
def test_a_value_that_cannot_work_names_its_variable(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(BadConfiguration, match=f"^{name} cannot be .*{value}"):
        load()


def test_every_setting_is_described_with_its_default() -> None:
    described = {name for name, _, meaning in describe() if meaning}
    assert described == {f"KABAR_{name.upper()}" for name in Settings.model_fields}


def test_a_setting_that_does_not_exist_is_named_and_what_was_given_is_not() -> None:
    with pytest.raises(BadConfiguration) as refused:
        load(sasl_pasword="hunter2")  # noqa: S106 - misspelt on purpose
    assert str(refused.value) == "There is no setting KABAR_SASL_PASWORD."
    assert refused.value.__cause__ is None

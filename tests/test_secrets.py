"""No text that a person or a log gets to see holds a password."""

from __future__ import annotations

import logging
import traceback
from pathlib import Path
from typing import Any

import pytest
from aiokafka.protocol.admin import SaslAuthenticateRequest_v1
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from pydantic import SecretStr

from streams.errors import BadConfiguration
from streams.security import credentials
from streams.settings import Settings, in_force, load
from tests.cli.command import kabar

SECRET_FIELDS = ("sasl_password", "ssl_key_password")
LOGIN = {"security_protocol": "SASL_PLAINTEXT", "sasl_username": "kabar", "sasl_password": "rahasia"}


def test_every_setting_that_sounds_like_a_secret_is_one() -> None:
    named = {name for name in Settings.model_fields if name.endswith(("password", "secret", "token"))}
    assert named == set(SECRET_FIELDS)
    assert {SecretStr | None} == {Settings.model_fields[name].annotation for name in named}


@examples(max_examples=30, deadline=None)
@given(password=st.text(st.characters(exclude_categories=["Cs", "Cc"])).map(lambda text: f"k3rah{text}asia7"))
def test_no_text_that_is_made_of_settings_holds_a_secret(password: str) -> None:
    settings = load(
        security_protocol="SASL_SSL",
        sasl_username="kabar",
        sasl_password=password,
        ssl_cert_file="/none.pem",
        ssl_key_password=password,
    )
    texts = [repr(settings), str(settings), str(in_force(settings)), settings.model_dump_json()]
    texts += [str(settings.model_dump()), repr(credentials(load(**{**LOGIN, "sasl_password": password})))]
    wrong: list[dict[str, Any]] = [
        {"sasl_password": password},  # without a protocol that uses it
        {"security_protocol": "SASL_SSL", "sasl_password": password},
        {"security_protocol": "SASL_SSL", "sasl_username": "kabar", "sasl_password": [password]},
        {"security_protocol": "loud", "sasl_password": password},
        {"partitions": 0, "sasl_password": password, "ssl_key_password": password},
        {"brokers": f"kabar:{password}@kafka:9092"},
        {"brokers": f"kafka://kabar:{password}@kafka:9092"},
    ]
    for values in wrong:
        with pytest.raises(BadConfiguration) as error:
            load(**values)
        texts += ["".join(traceback.format_exception(error.value))]
    assert [text for text in texts if "k3rah" in text or "asia7" in text] == []


def test_the_settings_in_force_are_shown_one_a_line_with_secrets_masked(tmp_path: Path) -> None:
    shown = kabar(
        "worker", "--show-settings", "--prefix", "berita",
        KABAR_BROKERS="kafka-1:9093, kafka-2:9093",
        KABAR_DATA_DIR=str(tmp_path),
        **{f"KABAR_{name.upper()}": value for name, value in LOGIN.items()},
    )  # fmt: skip
    assert (shown.returncode, shown.stderr) == (0, b"")
    lines = shown.stdout.decode().splitlines()
    assert [line.partition("=")[0] for line in lines] == [
        f"KABAR_{name.upper()}" for name in Settings.model_fields
    ]
    assert set(lines) >= {
        "KABAR_BROKERS=kafka-1:9093,kafka-2:9093",
        "KABAR_SECURITY_PROTOCOL=SASL_PLAINTEXT",
        "KABAR_SASL_USERNAME=kabar",
        "KABAR_SASL_PASSWORD=**********",
        "KABAR_SSL_CA_FILE=",
        "KABAR_SSL_CHECK_HOSTNAME=true",
        "KABAR_PREFIX=berita",
        f"KABAR_DATA_DIR={tmp_path}",
    }  # fmt: skip


def test_what_is_shown_of_the_settings_can_be_set_again(tmp_path: Path) -> None:
    shown = kabar("worker", "--show-settings", KABAR_DATA_DIR=str(tmp_path)).stdout
    pairs = (line.split("=", 1) for line in shown.decode().splitlines())
    assert kabar("worker", "--show-settings", **dict(pairs)).stdout == shown


def test_the_request_of_a_login_is_masked_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "aiokafka.conn"):
        request = SaslAuthenticateRequest_v1(b"\0kabar\0rahasia")
        logging.getLogger("aiokafka.conn").debug("Request to %s:%d %d: %s", "kafka", 9093, 3, request)
    [said] = caplog.messages
    assert said == "Request to kafka:9093 3: SaslAuthenticateRequest_v1(**********)"

"""Settings of TLS and SASL: which fit together, what clients are given, and files that cannot be used."""

from __future__ import annotations

import ssl
import traceback
from pathlib import Path
from typing import Any

import pytest

from streams.cli import local
from streams.errors import BadConfiguration
from streams.security import client_options, credentials
from streams.settings import load
from tests.kafka.certificates import Authority

SASL = {"security_protocol": "SASL_SSL", "sasl_username": "kabar", "sasl_password": "rahasia"}


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


# What fits together


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        (
            {"SASL_PASSWORD": "rahasia"},
            ("KABAR_SASL_PASSWORD is set, but KABAR_SECURITY_PROTOCOL is PLAINTEXT, which does not use it:"
            " make that SASL_SSL (or SASL_PLAINTEXT), or unset KABAR_SASL_PASSWORD."),
        ),
        (
            {"SECURITY_PROTOCOL": "SSL", "SASL_MECHANISM": "SCRAM-SHA-256"},
            ("KABAR_SASL_MECHANISM is set, but KABAR_SECURITY_PROTOCOL is SSL, which does not use it:"
            " make that SASL_SSL, or unset KABAR_SASL_MECHANISM."),
        ),
        (
            {"SECURITY_PROTOCOL": "SASL_PLAINTEXT", "SSL_CHECK_HOSTNAME": "false"},
            ("KABAR_SSL_CHECK_HOSTNAME is set, but KABAR_SECURITY_PROTOCOL is SASL_PLAINTEXT, which does not use it:"
            " make that SASL_SSL, or unset KABAR_SSL_CHECK_HOSTNAME."),
        ),
        (
            {"SECURITY_PROTOCOL": "SASL_SSL"},
            "KABAR_SECURITY_PROTOCOL is SASL_SSL, which needs a login: set KABAR_SASL_USERNAME.",
        ),
        (
            {"SECURITY_PROTOCOL": "SASL_SSL", "SASL_USERNAME": "kabar", "SASL_PASSWORD": ""},
            ("KABAR_SECURITY_PROTOCOL is SASL_SSL, which needs a password:"
            " set KABAR_SASL_PASSWORD or KABAR_SASL_PASSWORD_FILE."),
        ),
        (
            {"SECURITY_PROTOCOL": "SASL_SSL", "SASL_PASSWORD": "rahasia", "SASL_PASSWORD_FILE": "/run/secrets/kafka"},
            "KABAR_SASL_PASSWORD and KABAR_SASL_PASSWORD_FILE are both set: unset one of them.",
        ),
        (
            {"SECURITY_PROTOCOL": "SSL", "SSL_KEY_FILE": "/etc/kabar/key.pem"},
            "KABAR_SSL_KEY_FILE is set without the certificate it belongs to: set KABAR_SSL_CERT_FILE.",
        ),
    ],
)  # fmt: skip
def test_settings_that_do_not_fit_together_are_one_sentence(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], sentence: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(f"KABAR_{name}", value)
    with pytest.raises(BadConfiguration) as error:
        load()
    assert str(error.value) == sentence


def test_what_is_set_to_nothing_or_to_its_default_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SASL_USERNAME", "SASL_PASSWORD", "SASL_PASSWORD_FILE", "SSL_CA_FILE", "SSL_KEY_PASSWORD"):
        monkeypatch.setenv(f"KABAR_{name}", "")
    monkeypatch.setenv("KABAR_SSL_CHECK_HOSTNAME", "true")
    assert client_options(load()) == {"bootstrap_servers": "localhost:9092", "security_protocol": "PLAINTEXT"}


# What the clients are given


def test_a_protocol_gives_its_clients_what_it_needs_and_nothing_else(authority: Authority) -> None:
    tls = {"ssl_ca_file": authority.file}
    assert set(client_options(load(security_protocol="ssl", **tls))) == {
        "bootstrap_servers", "security_protocol", "ssl_context",
    }  # fmt: skip
    options = client_options(load(**SASL, **tls, sasl_mechanism="scram-sha-512"))
    context = options.pop("ssl_context")
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert options == {
        "bootstrap_servers": "localhost:9092",
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "kabar",
        "sasl_plain_password": "rahasia",
    }


def test_a_password_is_read_from_its_file_without_the_line_break(tmp_path: Path) -> None:
    path = tmp_path / "password"
    path.write_text(" kata sandi \n", encoding="utf-8")
    options = client_options(load(**{**SASL, "sasl_password": None}, sasl_password_file=path))
    assert options.popitem() == ("sasl_plain_password", " kata sandi ")


@pytest.mark.parametrize("protocol", ["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"])
def test_faust_connects_as_every_other_client_does(protocol: str, authority: Authority) -> None:
    from faust.transport.drivers.aiokafka import credentials_to_aiokafka_auth  # noqa: PLC0415 - it is slow

    settings = load(
        security_protocol=protocol,
        **({"sasl_username": "kabar", "sasl_password": "rahasia"} if "SASL" in protocol else {}),
        **({"ssl_ca_file": authority.file} if protocol.endswith("SSL") else {}),
    )
    of_faust = dict(credentials_to_aiokafka_auth(credentials(settings)))
    ours = client_options(settings)
    assert type(of_faust.pop("ssl_context", None)) is type(ours.pop("ssl_context", None))
    assert of_faust | {"bootstrap_servers": settings.bootstrap} == ours


def test_a_worker_for_the_embedded_broker_knows_nothing_of_tls_and_logins(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in SASL.items():
        monkeypatch.setenv(f"KABAR_{name.upper()}", value)
    monkeypatch.setenv("KABAR_SSL_CA_FILE", "/etc/kabar/authority.pem")
    monkeypatch.setenv("KABAR_PARTITIONS", "5")
    ours = {name for name in local.worker_environment("127.0.0.1:1") if name.startswith("KABAR_")}
    assert ours == {"KABAR_BROKERS", "KABAR_PARTITIONS", "KABAR_SESSION_TIMEOUT_SECONDS"}


# Files that cannot be used


def no_file(_: Authority, folder: Path) -> dict[str, Any]:
    return {"ssl_ca_file": folder / "none.pem"}


def no_authority(_: Authority, folder: Path) -> dict[str, Any]:
    (folder / "empty.pem").write_text("bukan sertifikat", encoding="utf-8")
    return {"ssl_ca_file": folder / "empty.pem"}


def no_key_in_it(authority: Authority, _: Path) -> dict[str, Any]:
    return {"ssl_cert_file": authority.identity("alone")[0]}


def another_key(authority: Authority, _: Path) -> dict[str, Any]:
    return {
        "ssl_cert_file": authority.identity("first")[0],
        "ssl_key_file": authority.identity("second")[1],
    }


def no_key_password(authority: Authority, _: Path) -> dict[str, Any]:
    certificate, key = authority.identity("locked", key_password="kunci")  # noqa: S106 - a key of the test
    return {"ssl_cert_file": certificate, "ssl_key_file": key}


def wrong_key_password(authority: Authority, folder: Path) -> dict[str, Any]:
    return {**no_key_password(authority, folder), "ssl_key_password": "bukan kunci"}


def empty_key_password(authority: Authority, folder: Path) -> dict[str, Any]:
    (folder / "password").write_text("\n", encoding="utf-8")
    return {**no_key_password(authority, folder), "ssl_key_password_file": folder / "password"}


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        (no_file, "KABAR_SSL_CA_FILE cannot be '{folder}/none.pem': No such file or directory."),
        (no_authority, ("KABAR_SSL_CA_FILE cannot be '{folder}/empty.pem':"
                       " there is no certificate in PEM format in it.")),
        (no_key_in_it, ("KABAR_SSL_CERT_FILE '{authority}/alone.pem' must hold a certificate in PEM format and its key,"
                       " or KABAR_SSL_KEY_FILE must hold the key.")),
        (another_key, ("KABAR_SSL_KEY_FILE '{authority}/second.key' is not the key of the certificate in"
                      " '{authority}/first.pem'.")),
        (no_key_password, ("KABAR_SSL_KEY_FILE '{authority}/locked.key' is encrypted:"
                          " set KABAR_SSL_KEY_PASSWORD or KABAR_SSL_KEY_PASSWORD_FILE.")),
        (wrong_key_password, ("KABAR_SSL_KEY_FILE '{authority}/locked.key' does not open with the password of"
                             " KABAR_SSL_KEY_PASSWORD.")),
        (empty_key_password, "KABAR_SSL_KEY_PASSWORD_FILE cannot be '{folder}/password': there is nothing in it."),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used_is_one_sentence(
    authority: Authority, tmp_path: Path, files: Any, sentence: str
) -> None:
    settings = load(security_protocol="SSL", **files(authority, tmp_path))
    with pytest.raises(BadConfiguration) as error:
        client_options(settings)
    assert str(error.value) == sentence.format(folder=tmp_path, authority=authority.file.parent)


def test_a_password_file_that_is_no_text_is_not_shown(tmp_path: Path) -> None:
    path = tmp_path / "password"
    path.write_bytes(b"rahasia\xff")
    settings = load(**{**SASL, "sasl_password": None}, sasl_password_file=path)
    with pytest.raises(BadConfiguration) as error:
        client_options(settings)
    assert str(error.value) == f"KABAR_SASL_PASSWORD_FILE cannot be '{path}': what is in it is not UTF-8."
    assert "rahasia" not in "".join(traceback.format_exception(error.value))

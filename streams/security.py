"""How a broker is talked to: the settings as what aiokafka's clients, and Faust, take.

Every client is made with `client_options`, so that none talks in the clear by oversight:

    AIOKafkaProducer(**client_options(settings), acks="all")
"""

from __future__ import annotations

import logging
import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiokafka.protocol import admin as requests
from pydantic import SecretStr

from streams import header_names
from streams.errors import BadConfiguration
from streams.settings import Settings

if TYPE_CHECKING:
    import faust

# Here because whatever reads from a broker comes by here first.
header_names.tolerate()

_WITH_TOKENS = (
    requests.SaslAuthenticateRequest_v0,
    requests.SaslAuthenticateRequest_v1,
    requests.SaslAuthenticateResponse_v0,
    requests.SaslAuthenticateResponse_v1,
)


def client_options(settings: Settings) -> dict[str, Any]:
    """The arguments with which any client of aiokafka reaches the brokers of the settings.

    Raises:
        BadConfiguration: a file of the settings cannot be used.
    """
    return {"bootstrap_servers": settings.bootstrap, **connection_options(settings)}


def connection_options(settings: Settings) -> dict[str, Any]:
    """The same for a single connection, without the addresses.

    Raises:
        BadConfiguration: a file of the settings cannot be used.
    """
    options: dict[str, Any] = {"security_protocol": settings.security_protocol}
    if settings.uses_tls:
        options["ssl_context"] = ssl_context(settings)
    if settings.uses_sasl:
        options["sasl_mechanism"] = settings.sasl_mechanism
        options["sasl_plain_username"] = settings.sasl_username
        options["sasl_plain_password"] = _password(settings)
    return options


def credentials(settings: Settings) -> faust.SSLCredentials | faust.SASLCredentials | None:
    """The same for Faust, as its `broker_credentials`.

    Raises:
        BadConfiguration: a file of the settings cannot be used.
    """
    import faust  # noqa: PLC0415 - only the worker needs it, and clients of ours should start quickly

    context = ssl_context(settings) if settings.uses_tls else None
    if settings.uses_sasl:
        return faust.SASLCredentials(
            username=settings.sasl_username,
            password=_password(settings),
            ssl_context=context,
            mechanism=settings.sasl_mechanism,
        )
    return None if context is None else faust.SSLCredentials(context)


def ssl_context(settings: Settings) -> ssl.SSLContext:
    """What TLS connections are made with: whom we trust, and our own certificate if there is one.

    Raises:
        BadConfiguration: a file cannot be read, or is not what it should be.
    """
    authorities, certificate, key = settings.ssl_ca_file, settings.ssl_cert_file, settings.ssl_key_file
    for name, path in (
        ("KABAR_SSL_CA_FILE", authorities),
        ("KABAR_SSL_CERT_FILE", certificate),
        ("KABAR_SSL_KEY_FILE", key),
    ):
        if path is not None:
            _read(name, path)
    try:
        context = ssl.create_default_context(cafile=authorities)
    except ssl.SSLError as error:
        raise BadConfiguration(
            f"KABAR_SSL_CA_FILE cannot be {str(authorities)!r}: there is no certificate in PEM format in it."
        ) from error
    context.check_hostname = settings.ssl_check_hostname
    if certificate is not None:
        _load_own_certificate(context, certificate, key, settings)
    return context


def _load_own_certificate(
    context: ssl.SSLContext, certificate: Path, key: Path | None, settings: Settings
) -> None:
    password = _secret(
        "KABAR_SSL_KEY_PASSWORD_FILE", settings.ssl_key_password, settings.ssl_key_password_file
    )
    key_is_in = f"KABAR_SSL_KEY_FILE {str(key)!r}" if key else f"KABAR_SSL_CERT_FILE {str(certificate)!r}"
    was_asked = False

    def answer() -> str:
        # Without an answer of ours OpenSSL would ask on the terminal.
        nonlocal was_asked
        was_asked = True
        return password or ""

    try:
        context.load_cert_chain(certificate, key, answer)
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            problem = f"{key_is_in} is not the key of the certificate in {str(certificate)!r}"
        elif was_asked and password is None:
            problem = f"{key_is_in} is encrypted: set KABAR_SSL_KEY_PASSWORD or KABAR_SSL_KEY_PASSWORD_FILE"
        elif was_asked:
            problem = f"{key_is_in} does not open with the password of KABAR_SSL_KEY_PASSWORD"
        else:
            problem = f"KABAR_SSL_CERT_FILE {str(certificate)!r} must hold a certificate in PEM format" + (
                f", and {key_is_in} its key"
                if key
                else " and its key, or KABAR_SSL_KEY_FILE must hold the key"
            )
        raise BadConfiguration(f"{problem}.") from error


def _password(settings: Settings) -> str | None:
    return _secret("KABAR_SASL_PASSWORD_FILE", settings.sasl_password, settings.sasl_password_file)


def _secret(name: str, value: SecretStr | None, path: Path | None) -> str | None:
    """A secret that is given itself, or in a file, whose last line break does not belong to it."""
    if value is not None:
        return value.get_secret_value()
    if path is None:
        return None
    try:
        secret = _read(name, path).decode().rstrip("\r\n")
    except UnicodeDecodeError:
        # Not chained: the error holds what is in the file.
        raise BadConfiguration(f"{name} cannot be {str(path)!r}: what is in it is not UTF-8.") from None
    if not secret:
        raise BadConfiguration(f"{name} cannot be {str(path)!r}: there is nothing in it.")
    return secret


def _read(name: str, path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadConfiguration(f"{name} cannot be {str(path)!r}: {error.strerror}.") from error


def _hide_tokens(record: logging.LogRecord) -> bool:
    """At `debug` aiokafka logs each request as it is, and that of a login by PLAIN holds the password."""
    if isinstance(record.args, tuple):
        record.args = tuple(
            f"{type(part).__name__}(**********)" if isinstance(part, _WITH_TOKENS) else part
            for part in record.args
        )
    return True


logging.getLogger("aiokafka.conn").addFilter(_hide_tokens)

"""Whether the brokers answer to us, and if not, why not, as one plain sentence.

Of every failure aiokafka's clients say that they were unable to bootstrap. Its connections know more, and what they
do not know can be asked for: a port that closes on us may answer to TLS, or without it, and names the logins it wants.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeGuard

from aiokafka.conn import AIOKafkaConnection, collect_hosts, create_conn
from aiokafka.errors import IllegalSaslStateError, KafkaError, SaslAuthenticationFailed
from aiokafka.protocol.admin import SaslHandShakeRequest
from aiokafka.protocol.metadata import MetadataRequest

from streams.errors import BrokerRefuses, BrokerUnreachable
from streams.security import connection_options
from streams.settings import Settings

_TIMEOUT_MS = 5_000

# OpenSSL's X509_V_ERR_... of an unknown or self-signed issuer, of dates, and of names.
_NOT_TRUSTED = (18, 19, 20, 21)
_OUT_OF_DATE = (9, 10)
_WRONG_HOST = (62, 64)

Address = tuple[str, int]


async def reach(settings: Settings) -> None:
    """Returns once a broker has answered, at an address of the settings and at one that it then gave us.

    Raises:
        BrokerRefuses: one is there, but does not talk to us; the message says what to change.
        BrokerUnreachable: none answers; waiting may mend that.
        BadConfiguration: a file of the settings cannot be used.
    """
    options = connection_options(settings)
    named = [(host, port) for host, port, _ in collect_hosts(settings.bootstrap, randomize=False)]
    try:
        advertised = await _first_answer(named, settings, options)
    except (KafkaError, OSError) as error:
        raise BrokerUnreachable(
            f"No Kafka broker answers at {settings.bootstrap}: start one (`kabar up`,"
            " `docker compose up`) or set KABAR_BROKERS."
        ) from error
    if not advertised:
        raise BrokerUnreachable(
            f"The broker at {settings.bootstrap} is not yet part of its cluster: try again when it is."
        )
    if set(advertised) & set(named):
        return
    try:
        await _first_answer(advertised, settings, options)
    except (KafkaError, OSError) as error:
        host, port = advertised[0]
        raise BrokerUnreachable(
            f"The broker at {settings.bootstrap} says that it is to be reached at {host}:{port}, where none answers:"
            " set advertised.listeners of the cluster to addresses that can be reached from here."
        ) from error


async def _first_answer(
    addresses: Iterable[Address], settings: Settings, options: dict[str, Any]
) -> list[Address]:
    """The addresses that the first broker to answer gives for itself and the others.

    Raises:
        BrokerRefuses: none answers, and one of them for a reason that can be known.
        KafkaError, OSError: none answers.
    """
    failures: list[tuple[Address, KafkaError | OSError]] = []
    for address in addresses:
        try:
            async with _connection(address, options) as connection:
                metadata = await connection.send(MetadataRequest([]))
                return [(host, port) for _node, host, port, *_ in metadata.brokers]
        except (KafkaError, OSError) as error:
            failures.append((address, error))
    for (host, port), failure in failures:
        reason = _reason(failure, settings)
        reason = reason or await _mistaken_protocol((host, port), failure, settings, options)
        if reason is not None:
            raise BrokerRefuses(f"The broker at {host}:{port} {reason}.") from failure
    raise failures[0][1]


@contextlib.asynccontextmanager
async def _connection(address: Address, options: dict[str, Any]) -> AsyncIterator[AIOKafkaConnection]:
    connection = await create_conn(*address, request_timeout_ms=_TIMEOUT_MS, **options)
    try:
        yield connection
    finally:
        await connection.close()


def _reason(error: BaseException, settings: Settings) -> str | None:
    """What the error itself tells, and what to do, to be read after the broker's name."""
    for cause in _chain(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return _reason_of_its_certificate(cause, settings)
        if _is_alert(cause):
            return _reason_of_our_certificate(cause, settings)
        if isinstance(cause, SaslAuthenticationFailed):
            return (
                f"does not let {settings.sasl_username!r} log in by {settings.sasl_mechanism}:"
                " check KABAR_SASL_USERNAME, its password and KABAR_SASL_MECHANISM"
            )
    return None


def _reason_of_its_certificate(error: ssl.SSLCertVerificationError, settings: Settings) -> str:
    if error.verify_code in _NOT_TRUSTED:
        ours = settings.ssl_ca_file
        trusted = f"one in KABAR_SSL_CA_FILE {str(ours)!r}" if ours else "one that this system trusts"
        return (
            f"has a certificate whose authority is not {trusted}:"
            " set KABAR_SSL_CA_FILE to the certificate of that authority"
        )
    if error.verify_code in _WRONG_HOST:
        return (
            "has a certificate for another host: use the name that is in it,"
            " or set KABAR_SSL_CHECK_HOSTNAME to false if you are sure that it is the right broker"
        )
    if error.verify_code in _OUT_OF_DATE:
        return "has a certificate that is not valid today: renew it, or set the clock of this machine"
    return f"has a certificate that cannot be trusted ({error.verify_message}): have it made anew"


def _reason_of_our_certificate(alert: ssl.SSLError, settings: Settings) -> str:
    told = (alert.reason or "").partition("ALERT_")[2].replace("_", " ").lower()
    if settings.ssl_cert_file is not None:
        return (
            f"does not accept the certificate in {str(settings.ssl_cert_file)!r} ({told}): set"
            " KABAR_SSL_CERT_FILE and KABAR_SSL_KEY_FILE to one that is signed by an authority it trusts"
        )
    if "certificate" in told or told == "handshake failure":
        return f"asks for a certificate of ours ({told}): set KABAR_SSL_CERT_FILE and KABAR_SSL_KEY_FILE"
    return f"ends the TLS handshake ({told}): allow it a version and a cipher of TLS that are in use today"


async def _mistaken_protocol(
    address: Address, error: BaseException, settings: Settings, options: dict[str, Any]
) -> str | None:
    """What the broker says when it is asked how it wants to be talked to, if that is not what we do."""
    if any(isinstance(cause, ConnectionRefusedError | socket.gaierror) for cause in _chain(error)):
        return None
    offer = await _offer(address, settings, options)
    if offer is None:
        return None
    if offer.protocol != settings.security_protocol:
        return (
            f"is to be talked to by {offer.protocol}, and KABAR_SECURITY_PROTOCOL is"
            f" {settings.security_protocol}: change it, or take the address of another listener"
        )
    if offer.mechanisms and settings.sasl_mechanism not in offer.mechanisms:
        return (
            f"lets users log in by {' or '.join(offer.mechanisms)}, and KABAR_SASL_MECHANISM is"
            f" {settings.sasl_mechanism}: change it"
        )
    return None


@dataclass(frozen=True, slots=True)
class _Offer:
    """How a broker is to be talked to at an address."""

    protocol: str
    mechanisms: tuple[str, ...] = ()


async def _offer(address: Address, settings: Settings, options: dict[str, Any]) -> _Offer | None:
    """Asks without telling anything of ours: neither name nor password."""
    ways = (
        ("PLAINTEXT", {"security_protocol": "PLAINTEXT"}),
        (
            "SSL",
            {"security_protocol": "SSL", "ssl_context": options.get("ssl_context") or _trusting_anyone()},
        ),
    )
    for protocol, way in ways:
        try:
            async with _connection(address, way) as connection:
                answer = await connection.send(SaslHandShakeRequest(settings.sasl_mechanism))
        except (KafkaError, OSError) as error:
            # To speak of TLS it must be TLS; whether there is a login behind it is not known then.
            if any(_is_alert(cause) for cause in _chain(error)) and not settings.uses_tls:
                return _Offer(protocol)
        else:
            mechanisms = tuple(answer.enabled_mechanisms)
            # The embedded broker refuses any mechanism, and lists just that one as enabled.
            contradicts_itself = answer.error_code and settings.sasl_mechanism in mechanisms
            if answer.error_code == IllegalSaslStateError.errno or contradicts_itself:
                return _Offer(protocol)
            return _Offer(f"SASL_{protocol}", mechanisms)
    return None


def _trusting_anyone() -> ssl.SSLContext:
    """For a look at a port that was meant to be talked to without TLS at all."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _is_alert(error: BaseException) -> TypeGuard[ssl.SSLError]:
    """Whether the other side ended the TLS handshake, and said why."""
    return isinstance(error, ssl.SSLError) and "ALERT_" in (error.reason or "")


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__

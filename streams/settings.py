"""Every setting of Kabar with its default. Each comes from `KABAR_<NAME>`, and the commands' flags override it."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from streams.errors import BadConfiguration

MIB = 1024 * 1024


_UNSET_WHEN_EMPTY = (
    "sasl_username",
    "sasl_password",
    "sasl_password_file",
    "ssl_ca_file",
    "ssl_cert_file",
    "ssl_key_file",
    "ssl_key_password",
    "ssl_key_password_file",
)


def usable_cores() -> int:
    """The cores this process may run on, which in a container can be fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Settings(BaseSettings):
    """What can be configured. Sizes are in bytes and times in seconds unless a name says otherwise."""

    # The text of a validation error would show what was put into a field, and that can be a password.
    model_config = SettingsConfigDict(env_prefix="KABAR_", frozen=True, hide_input_in_errors=True)

    brokers: Annotated[tuple[str, ...], NoDecode] = Field(
        default=("localhost:9092",), description="Kafka brokers, host:port separated by commas"
    )
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        default="PLAINTEXT",
        description="how the brokers are talked to: PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL",
    )
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        default="PLAIN", description="how to log in: PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512"
    )
    sasl_username: str | None = Field(default=None, description="who logs in")
    sasl_password: SecretStr | None = Field(default=None, description="its password")
    sasl_password_file: Path | None = Field(
        default=None, description="a file with the password, in place of KABAR_SASL_PASSWORD"
    )
    ssl_ca_file: Path | None = Field(
        default=None,
        description="certificates (PEM) of the authorities that sign the brokers'; default: the system's",
    )
    ssl_cert_file: Path | None = Field(
        default=None, description="our own certificate (PEM, with its chain), where the brokers ask for one"
    )
    ssl_key_file: Path | None = Field(
        default=None, description="its key (PEM); default: it is in KABAR_SSL_CERT_FILE too"
    )
    ssl_key_password: SecretStr | None = Field(default=None, description="password of an encrypted key")
    ssl_key_password_file: Path | None = Field(
        default=None, description="a file with it, in place of KABAR_SSL_KEY_PASSWORD"
    )
    ssl_check_hostname: bool = Field(
        default=True, description="whether a broker's certificate must name the host it is reached at"
    )
    prefix: str = Field(default="news", pattern=r"^[A-Za-z0-9._-]+$", description="prefix of all topic names")
    group: str = Field(
        default="kabar", min_length=1, description="consumer group; workers of one group share the work"
    )
    partitions: int = Field(default=8, ge=1, description="partitions of a topic that has to be created")
    replication: int = Field(default=1, ge=1, description="replicas of a topic that has to be created")
    nlp_processes: int = Field(
        default_factory=usable_cores,
        ge=1,
        description="processes that clean, tag and classify; default: the cores",
    )
    batch_size: int = Field(
        default=64, ge=1, description="records that an agent lets wait for a free process, at most"
    )
    batch_seconds: float = Field(
        default=0.0,
        ge=0,
        description="how long an agent with less than a batch waits for more records before it begins; 0 = not at all",
    )
    stages_apart: bool = Field(
        default=False,
        description="whether each stage reads what the one before wrote; default: an article goes through all of them"
        " at once, and what they write is the same; before a change, let `clean` and `tagged` run empty, or an older"
        " version of an article may come out after a newer one",
    )
    record_seconds: float = Field(
        default=10.0,
        gt=0,
        description="processor time that a call with a record and those beside it may take, 100 kB more of them that"
        " much longer; past it, and past it again when it is alone, it is a dead letter",
    )
    dead_in_a_row: int = Field(
        default=5_000,
        ge=0,
        description="dead letters in a row, of one partition and stage, at which the worker stops; 0 = no limit",
    )
    faults_in_a_row: int = Field(
        default=100,
        ge=0,
        description="the same for dead letters whose reason no rule foresees: most likely a fault of Kabar",
    )
    dead_share: float = Field(
        default=0.9,
        gt=0,
        le=1,
        description="share of the last KABAR_DEAD_WINDOW records of one partition and stage above which the worker"
        " stops; 1 = no limit",
    )
    dead_window: int = Field(default=10_000, ge=1, description="records over which that share is taken")
    max_body_chars: int = Field(
        default=1_000_000,
        ge=1,
        description="longest article body taken, in characters of text and markup; longer ones are dead letters",
    )
    max_words: int = Field(
        default=10_000,
        ge=1,
        description="most words and punctuation marks of an article's title and text; articles with more, or with"
        " over 15 characters of text for each word allowed, are dead letters",
    )
    max_record_bytes: int = Field(
        default=8 * MIB,
        ge=1024,
        description="largest record published, fetched and allowed on created topics",
    )
    own_topics: Annotated[tuple[Path, ...], NoDecode] = Field(
        default=(),
        description="topics of your own: folders that `kabar train` wrote, separated by commas",
    )
    web_host: str = Field(default="127.0.0.1", description="address the worker's web server listens on")
    web_port: int = Field(default=6066, ge=0, le=65535, description="its port; 0 = no web server")
    data_dir: Path = Field(
        default_factory=lambda: Path.home() / ".local" / "share" / "kabar",
        description="where a worker keeps its files",
    )
    broker_wait_seconds: float = Field(
        default=60.0, ge=0, description="how long to wait for a broker at the start"
    )
    session_timeout_seconds: float = Field(
        default=10.0, ge=1, description="a worker silent for that long loses its partitions to the others"
    )
    log_level: str = Field(
        default="info", pattern="^(debug|info|warning|error)$", description="debug, info, warning or error"
    )

    log_format: str = Field(
        default="auto",
        pattern="^(auto|text|json)$",
        description="text, json (an object a line), or auto: text on a terminal, else json",
    )
    traces: bool = Field(
        default=False,
        description="whether to export OpenTelemetry traces, by OTLP over HTTP to OTEL_EXPORTER_OTLP_ENDPOINT (default:"
        " http://localhost:4318); needs `pip install 'kabar[traces]'`",
    )

    @field_validator("security_protocol", "sasl_mechanism", mode="before")
    @classmethod
    def _in_capitals(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    @field_validator(*_UNSET_WHEN_EMPTY, mode="before")
    @classmethod
    def _empty_is_unset(cls, value: object) -> object:
        """Compose files and charts hand on what is not set as an empty variable."""
        return None if value == "" else value

    @field_validator("brokers", "own_topics", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("brokers")
    @classmethod
    def _are_addresses(cls, brokers: tuple[str, ...]) -> tuple[str, ...]:
        if not brokers:
            raise ValueError("no broker is named")
        # A password can have commas and colons in it, so that no single part may be shown.
        if "@" in "".join(brokers):
            raise ValueError(
                "an address is host:port, and who logs in is KABAR_SASL_USERNAME and KABAR_SASL_PASSWORD"
            )
        for broker in brokers:
            host, _, port = broker.rpartition(":")
            if not host or "/" in host or not port.isdecimal() or not 0 < int(port) < 65_536:
                raise ValueError(f"{broker!r} is not host:port")
        return brokers

    @property
    def bootstrap(self) -> str:
        """The brokers as Kafka clients take them: host:port,host:port."""
        return ",".join(self.brokers)

    @property
    def uses_tls(self) -> bool:
        """Whether the brokers are talked to over TLS."""
        return self.security_protocol in {"SSL", "SASL_SSL"}

    @property
    def uses_sasl(self) -> bool:
        """Whether there is a login with a user name."""
        return self.security_protocol in {"SASL_PLAINTEXT", "SASL_SSL"}


def load(**overrides: Any) -> Settings:
    """The settings from the environment, with those `overrides` that are not None put over them.

    Raises:
        BadConfiguration: a value cannot be used, or does not fit to the others; the message names the variable.
    """
    try:
        settings = Settings(**{name: value for name, value in overrides.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        if first["type"] == "extra_forbidden":
            # What was given may be a secret under a name that is misspelt.
            raise BadConfiguration(f"There is no setting {variable(name)}.") from None
        given = "used" if _may_hold_a_secret(name, first["input"]) else repr(first["input"])
        problem = first["msg"].removeprefix("Value error, ")
        raise BadConfiguration(f"{variable(name)} cannot be {given}: {problem}.") from error
    misfit = _misfit(settings)
    if misfit is not None:
        raise BadConfiguration(f"{misfit}.")
    return settings


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return f"KABAR_{name.upper()}"


@cache
def describe() -> tuple[tuple[str, str, str], ...]:
    """(variable, default, meaning) of every setting, in order, for `--help` and the documentation."""
    defaults = {"nlp_processes": "the cores", "data_dir": "~/.local/share/kabar"}
    return tuple(
        (variable(name), defaults.get(name) or _text(field.default) or "unset", field.description or "")
        for name, field in Settings.model_fields.items()
    )


def in_force(settings: Settings) -> list[tuple[str, str]]:
    """(variable, value) of every setting, in order; a secret is masked, what is not set is empty."""
    return [(variable(name), _text(getattr(settings, name))) for name in Settings.model_fields]


def _text(value: object) -> str:
    """A value as one writes it into the environment, but for secrets."""
    if value is None:
        return ""
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _may_hold_a_secret(name: str, value: object) -> bool:
    field = Settings.model_fields.get(name)
    return (field is not None and SecretStr in get_args(field.annotation)) or (
        name == "brokers" and "@" in str(value)
    )


def _misfit(settings: Settings) -> str | None:
    """What of the security settings does not fit together, and what to do; None if all does."""
    protocol = f"KABAR_SECURITY_PROTOCOL is {settings.security_protocol}"
    wanted = _unused(settings)
    if wanted is not None:
        name, protocols = wanted
        return (
            f"{variable(name)} is set, but {protocol}, which does not use it:"
            f" make that {protocols}, or unset {variable(name)}"
        )
    for name in ("sasl_password", "ssl_key_password"):
        if getattr(settings, name) is not None and getattr(settings, f"{name}_file") is not None:
            return f"{variable(name)} and {variable(name)}_FILE are both set: unset one of them"
    if settings.uses_sasl and settings.sasl_username is None:
        return f"{protocol}, which needs a login: set KABAR_SASL_USERNAME"
    if settings.uses_sasl and settings.sasl_password is None and settings.sasl_password_file is None:
        return f"{protocol}, which needs a password: set KABAR_SASL_PASSWORD or KABAR_SASL_PASSWORD_FILE"
    if settings.ssl_cert_file is None:
        for name in ("ssl_key_file", "ssl_key_password", "ssl_key_password_file"):
            if getattr(settings, name) is not None:
                return (
                    f"{variable(name)} is set without the certificate it belongs to: set KABAR_SSL_CERT_FILE"
                )
    return None


def _unused(settings: Settings) -> tuple[str, str] | None:
    """A setting of what the protocol does not do, and the protocols that would do it.

    Whoever has set it believes that the connection is safer than it is.
    """
    for name, field in Settings.model_fields.items():
        if getattr(settings, name) == field.default:
            continue
        if name.startswith("sasl_") and not settings.uses_sasl:
            return name, "SASL_SSL" if settings.uses_tls else "SASL_SSL (or SASL_PLAINTEXT)"
        if name.startswith("ssl_") and not settings.uses_tls:
            return name, "SASL_SSL" if settings.uses_sasl else "SSL or SASL_SSL"
    return None

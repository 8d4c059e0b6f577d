"""TLS and SASL on Apache Kafka: one node that is talked to in every way there is, by the commands and a worker."""

from __future__ import annotations

import base64
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
)

from streams import admin, connecting, topics
from streams.cli import local
from streams.errors import BrokerRefuses, BrokerUnreachable
from streams.settings import load
from tests.broker.articles import SUMMIT, article
from tests.cli.command import environment, kabar, running
from tests.kafka.certificates import Authority
from tests.kafka.secured import PASSWORD, USER, secured_node
from tests.security_guide import EXAMPLES

KEY_PASSWORD = "kunci-privat-4tls"  # noqa: S105 - of a key that the test makes
WRONG_PASSWORD = "salah-sekali-9"  # noqa: S105 - the point is that it is none

LOGIN = {"KABAR_SASL_USERNAME": USER, "KABAR_SASL_PASSWORD": PASSWORD}
LISTENERS = {"SSL": "TLS", "SASL_SSL": "LOGIN", "SASL_PLAINTEXT": "CLEAR"}
SCRAM = {**LOGIN, "KABAR_SASL_MECHANISM": "SCRAM-SHA-512"}


class Secured:
    """The node, the authority that it trusts, and another that it knows nothing of."""

    def __init__(self, folder: Path) -> None:
        self.authority = Authority(folder / "authority")
        self.other = Authority(folder / "other")
        self.node = secured_node(self.authority)

    def variables(self, listener: str, protocol: str, **others: str) -> dict[str, str]:
        """The settings for a listener; the authority is told where there is TLS."""
        told = {"KABAR_SSL_CA_FILE": str(self.authority.file)} if protocol.endswith("SSL") else {}
        return {
            "KABAR_BROKERS": self.node.address(listener),
            "KABAR_SECURITY_PROTOCOL": protocol,
            "KABAR_PARTITIONS": "2",
            **told,
            **others,
        }

    def identity(self, name: str, *, of: Authority, key_password: str | None = None) -> dict[str, str]:
        certificate, key = of.identity(name, key_password=key_password)
        return {"KABAR_SSL_CERT_FILE": str(certificate), "KABAR_SSL_KEY_FILE": str(key)}


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    secured = Secured(tmp_path_factory.mktemp("secured"))
    with secured.node:
        yield secured


def page_of(variables: dict[str, str]) -> str:
    """The first article that the live page is sent."""
    with running("web", "--port", "0", **variables) as page:
        assert page.stdout is not None
        address = page.stdout.readline().decode().strip()
        with urllib.request.urlopen(f"{address}events", timeout=30) as events:  # noqa: S310 - an address of ours
            return next(line for line in map(bytes.decode, events) if '"article"' in line)


def through(variables: dict[str, str], folder: Path, prefix: str) -> tuple[dict[str, Any], str]:
    """An article published by a command, worked on by a worker and followed by a command; what the worker said."""
    variables = {**variables, "KABAR_PREFIX": prefix, "KABAR_GROUP": prefix}
    of_worker = {
        "KABAR_WEB_PORT": "0",
        "KABAR_DATA_DIR": str(folder),
        "KABAR_NLP_PROCESSES": "1",
        "KABAR_LOG_LEVEL": "debug",
    }
    said = folder / "worker.log"
    assert kabar("topics", **variables).returncode == 0
    with (
        said.open("wb") as log,
        local.worker(environment(**variables, **of_worker), output=log),
    ):
        published = kabar("publish", "-", stdin=article(SUMMIT, id="aman"), **variables)
        assert published.returncode == 0, published.stderr
        watched = kabar("watch", "--json", "--from-beginning", "--max", "1", "--timeout", "60", **variables)
    text = said.read_text(errors="replace")
    assert watched.returncode == 0, text
    checked = kabar("topics", "--check", **variables)
    assert checked.returncode == 0, checked.stderr
    for command in ("lag", "doctor"):
        looked = kabar(command, **{**variables, "KABAR_DATA_DIR": str(folder)})
        assert looked.returncode == 0, (looked.stdout, looked.stderr)
    assert "aman" in page_of(variables)
    return orjson.loads(watched.stdout), text


@pytest.mark.kafka
def test_with_a_password_over_tls_an_article_goes_all_the_way_and_the_password_is_nowhere_to_be_read(
    secured: Secured, tmp_path: Path
) -> None:
    password = tmp_path / "password"
    password.write_text(f"{PASSWORD}\n", encoding="utf-8")
    variables = secured.variables(
        "LOGIN", "SASL_SSL", KABAR_SASL_USERNAME=USER, KABAR_SASL_PASSWORD_FILE=str(password)
    )
    event, said = through(variables, tmp_path, "sandi")

    assert (event["id"], event["topics"][0]["assigned"]) == ("aman", True)
    # Debug logs show every request, that of the login among them.
    assert "SaslAuthenticateRequest_v" in said
    token = base64.b64encode(f"\0{USER}\0{PASSWORD}".encode()).decode()
    assert [form for form in (PASSWORD, token, PASSWORD[:8]) if form in said] == []


@pytest.mark.kafka
def test_with_certificates_on_both_sides_an_article_goes_all_the_way(
    secured: Secured, tmp_path: Path
) -> None:
    ours = secured.identity("locked", of=secured.authority, key_password=KEY_PASSWORD)
    variables = secured.variables("MUTUAL", "SSL", **ours, KABAR_SSL_KEY_PASSWORD=KEY_PASSWORD)
    event, said = through(variables, tmp_path, "sertifikat")
    assert event["id"] == "aman"
    assert KEY_PASSWORD not in said


@pytest.mark.kafka
@pytest.mark.parametrize(
    "example",
    [*EXAMPLES, {**EXAMPLES[1], "KABAR_SASL_MECHANISM": "SCRAM-SHA-256"}],
    ids=lambda example: f"{example['KABAR_SECURITY_PROTOCOL']} {example.get('KABAR_SASL_MECHANISM', '')}",
)
async def test_each_example_of_the_guide_leads_to_the_topics(
    secured: Secured, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, example: dict[str, str]
) -> None:
    protocol = example["KABAR_SECURITY_PROTOCOL"]
    password = tmp_path / "password"
    password.write_text(PASSWORD, encoding="utf-8")
    ours = {"KABAR_SASL_USERNAME": USER, "KABAR_SASL_PASSWORD_FILE": str(password)}
    ours |= secured.identity("client", of=secured.authority)
    listener = "MUTUAL" if "KABAR_SSL_CERT_FILE" in example else LISTENERS[protocol]
    # The example, with the address, the names and the files of this node in place of its own.
    here = {name: ours.get(name, value) for name, value in example.items()}
    for name, value in {**here, **secured.variables(listener, protocol)}.items():
        monkeypatch.setenv(name, value)
    settings = load()
    await admin.wait_for_broker(settings)
    await admin.create_topics(settings)
    assert [state.differences for state in await admin.describe_topics(settings)] == [()] * len(topics.ALL)


@pytest.mark.kafka
@pytest.mark.parametrize(
    ("listener", "protocol", "others", "sentence"),
    [
        (
            "TLS",
            "SSL",
            {"KABAR_SSL_CA_FILE": ""},
            "has a certificate whose authority is not one that this system trusts: set KABAR_SSL_CA_FILE to",
        ),
        ("TLS", "PLAINTEXT", {}, "is to be talked to by SSL, and KABAR_SECURITY_PROTOCOL is PLAINTEXT: "),
        ("TLS", "SASL_SSL", SCRAM, "is to be talked to by SSL, and KABAR_SECURITY_PROTOCOL is SASL_SSL: "),
        (
            "LOGIN",
            "PLAINTEXT",
            {},
            "is to be talked to by SASL_SSL, and KABAR_SECURITY_PROTOCOL is PLAINTEXT: ",
        ),
        ("LOGIN", "SSL", {}, "is to be talked to by SASL_SSL, and KABAR_SECURITY_PROTOCOL is SSL: "),
        ("CLEAR", "SASL_SSL", SCRAM, "is to be talked to by SASL_PLAINTEXT, "),
        ("PLAINTEXT", "SSL", {}, "is to be talked to by PLAINTEXT, and KABAR_SECURITY_PROTOCOL is SSL: "),
        (
            "CLEAR",
            "SASL_PLAINTEXT",
            LOGIN,
            "lets users log in by SCRAM-SHA-512, and KABAR_SASL_MECHANISM is PLAIN:",
        ),
        (
            "CLEAR",
            "SASL_PLAINTEXT",
            {**SCRAM, "KABAR_SASL_USERNAME": "siapa"},
            "does not let 'siapa' log in by SCRAM-SHA-512: check KABAR_SASL_USERNAME,",
        ),
        (
            "MUTUAL",
            "SSL",
            {},
            "asks for a certificate of ours (bad certificate): set KABAR_SSL_CERT_FILE and ",
        ),
    ],
)
async def test_what_does_not_fit_to_the_broker_is_said_at_once(
    secured: Secured,
    monkeypatch: pytest.MonkeyPatch,
    listener: str,
    protocol: str,
    others: dict[str, str],
    sentence: str,
) -> None:
    for name, value in {**secured.variables(listener, protocol), **others}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(BrokerRefuses) as refusal:
        await connecting.reach(load())
    assert str(refusal.value).startswith(f"The broker at {secured.node.address(listener)} {sentence}")


@pytest.mark.kafka
async def test_an_advertised_address_where_nobody_is_is_told_of(secured: Secured) -> None:
    address = secured.node.address("ASTRAY")
    tls = {"security_protocol": "SSL", "ssl_ca_file": secured.authority.file}
    with pytest.raises(BrokerUnreachable) as failure:
        await admin.wait_for_broker(load(brokers=address, broker_wait_seconds=0, **tls))
    assert str(failure.value).startswith(
        f"The broker at {address} says that it is to be reached at 127.0.0.1:1, where none answers: "
    )


@pytest.mark.kafka
async def test_a_certificate_of_an_authority_unknown_to_the_broker_is_not_accepted(secured: Secured) -> None:
    certificate, key = secured.other.identity("stranger")
    settings = load(
        brokers=secured.node.address("MUTUAL"),
        security_protocol="SSL",
        ssl_ca_file=secured.authority.file,
        ssl_cert_file=certificate,
        ssl_key_file=key,
    )
    with pytest.raises(BrokerRefuses, match=rf"does not accept the certificate in '{certificate}' \("):
        await connecting.reach(settings)


@pytest.mark.kafka
async def test_a_certificate_for_another_host_is_only_taken_when_names_are_not_checked(
    secured: Secured,
) -> None:
    port = secured.node.address("TLS").rpartition(":")[2]
    by_name = {
        "brokers": f"localhost:{port}",
        "security_protocol": "SSL",
        "ssl_ca_file": secured.authority.file,
    }
    with pytest.raises(BrokerRefuses, match=f"^The broker at localhost:{port} has a certificate for another"):
        await connecting.reach(load(**by_name))
    await connecting.reach(load(**by_name, ssl_check_hostname=False))


@pytest.mark.kafka
@pytest.mark.parametrize(
    "arguments", [("topics",), ("publish", "-"), ("watch",), ("worker", "--web-port", "0")], ids=" ".join
)
def test_a_wrong_password_ends_a_command_with_one_sentence_that_does_not_show_it(
    secured: Secured, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    others = {
        "KABAR_SASL_USERNAME": USER,
        "KABAR_SASL_PASSWORD": WRONG_PASSWORD,
        "KABAR_DATA_DIR": str(tmp_path),
    }
    result = kabar(
        *arguments, stdin=article(), timeout=30, **secured.variables("LOGIN", "SASL_SSL", **others)
    )
    assert result.returncode == 2
    assert result.stderr.decode() == (
        f"The broker at {secured.node.address('LOGIN')} does not let 'kabar' log in by PLAIN:"
        " check KABAR_SASL_USERNAME, its password and KABAR_SASL_MECHANISM.\n"
    )
    assert result.stdout == b""


@pytest.fixture(scope="module")
def forbidden(secured: Secured) -> dict[str, str]:
    """Topics that `USER` sees and may neither read nor write, and a consumer group that it may not use."""
    variables = secured.variables(
        "LOGIN", "SASL_SSL", **LOGIN, KABAR_PREFIX="dilarang", KABAR_GROUP="dilarang"
    )
    assert kabar("topics", **variables).returncode == 0
    prefixed, literal = ResourcePatternType.PREFIXED, ResourcePatternType.LITERAL
    allow, anywhere = AclPermissionType.ALLOW, "*"
    rules = [
        AclBinding(ResourceType.TOPIC, "dilarang.", prefixed, f"User:{USER}", anywhere, AclOperation.DESCRIBE, allow),
        AclBinding(ResourceType.GROUP, "dilarang", literal, "User:lain", anywhere, AclOperation.READ, allow),
    ]  # fmt: skip
    client = AdminClient({"bootstrap.servers": secured.node.bootstrap})
    for made in client.create_acls(rules).values():
        made.result(30)
    return variables


@pytest.mark.kafka
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("watch", "--from-beginning"), "does not let Kabar read dilarang.articles.enriched: ask for the right to."),
        (("publish", "-"), "does not let Kabar write dilarang.articles.raw: ask for the right to."),
        (("worker", "--web-port", "0"), ("does not let Kabar use the consumer group dilarang: ask for the right to read"
                     " with it, or set KABAR_GROUP to one that it allows.")),
    ],
    ids=["watch", "publish", "worker"],
)  # fmt: skip
def test_a_right_that_is_missing_is_one_sentence(
    forbidden: dict[str, str], tmp_path: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    result = kabar(*arguments, stdin=article(), timeout=60, **forbidden, KABAR_DATA_DIR=str(tmp_path))
    assert (result.returncode, result.stderr.decode()) == (2, f"The cluster {sentence}\n")


@pytest.mark.broker
async def test_the_embedded_broker_says_that_it_knows_no_login(broker_address: str) -> None:
    login = {"sasl_username": USER, "sasl_password": PASSWORD}
    settings = load(brokers=broker_address, security_protocol="SASL_PLAINTEXT", **login)
    with pytest.raises(
        BrokerRefuses, match="is to be talked to by PLAINTEXT, and KABAR_SECURITY_PROTOCOL is"
    ):
        await connecting.reach(settings)

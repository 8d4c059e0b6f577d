"""docker-compose.yml and Dockerfile, checked without Docker: by their specifications and against the code."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
import tomllib
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from dockerfile_parse import DockerfileParser
from jsonschema import Draft202012Validator

from streams import settings
from tests.kafka import installation as kafka

if TYPE_CHECKING:
    from collections.abc import Iterator

REPOSITORY = Path(__file__).parents[1]
DOCKERFILE = REPOSITORY / "Dockerfile"
SCHEMA = json.loads(Path(__file__).with_name("data").joinpath("compose-spec.json").read_bytes())
# Read by the image itself; all else that starts with KAFKA_ becomes a line of server.properties.
NOT_PROPERTIES = {"KAFKA_HEAP_OPTS"}


def compose() -> dict[str, Any]:
    """The file with every `${NAME:-default}` at its default, as Compose reads it where nothing is set."""
    text = (REPOSITORY / "docker-compose.yml").read_text(encoding="utf-8")
    document = yaml.safe_load(re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text))
    assert isinstance(document, dict)
    return document


def service(name: str) -> dict[str, Any]:
    found = compose()["services"][name]
    assert isinstance(found, dict)
    return found


def instructions(name: str) -> list[str]:
    parser = DockerfileParser(path=str(REPOSITORY))
    return [step["value"] for step in parser.structure if step["instruction"] == name]


def kafka_properties() -> dict[str, str]:
    """server.properties as the image writes it from its environment."""
    return {
        name.removeprefix("KAFKA_").lower().replace("_", "."): value
        for name, value in service("kafka")["environment"].items()
        if name.startswith("KAFKA_") and name not in NOT_PROPERTIES
    }


def test_it_follows_the_compose_specification() -> None:
    errors = [error.message for error in Draft202012Validator(SCHEMA).iter_errors(compose())]
    assert errors == []


@pytest.mark.parametrize(
    ("place", "key", "value"),
    [
        ((), "service", {}),
        (("services", "worker"), "restrat", "always"),
        (("services", "kafka"), "ports", "9092"),
    ],
)
def test_the_specification_rejects_a_slip(place: tuple[str, ...], key: str, value: object) -> None:
    document = compose()
    spot = document
    for name in place:
        spot = spot[name]
    spot[key] = value
    assert list(Draft202012Validator(SCHEMA).iter_errors(document))


def test_the_topics_are_made_once_kafka_answers() -> None:
    topics = service("topics")
    assert topics["command"] == ["topics"]
    assert topics["depends_on"] == {"kafka": {"condition": "service_healthy"}}
    assert topics["restart"] == "no"


def test_a_worker_starts_when_the_topics_are_there() -> None:
    worker = service("worker")
    assert worker["command"] == ["worker"]
    assert worker["depends_on"]["topics"] == {"condition": "service_completed_successfully"}
    assert worker["restart"] == "unless-stopped"


def test_workers_can_be_multiplied() -> None:
    assert not {"container_name", "ports", "hostname", "volumes"} & set(service("worker"))


@pytest.mark.parametrize("name", ["topics", "worker"])
def test_every_variable_is_a_setting(name: str) -> None:
    known = {variable for variable, _default, _meaning in settings.describe()}
    theirs = {variable for variable in service(name)["environment"] if variable.startswith("OTEL_")}
    assert set(service(name)["environment"]) - theirs <= known


@pytest.mark.parametrize("name", ["topics", "worker"])
def test_the_settings_are_accepted(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, value in service(name)["environment"].items():
        monkeypatch.setenv(variable, str(value))
    assert settings.load().brokers == ("kafka:9092",)


def test_kafka_data_outlives_its_container() -> None:
    data = kafka_properties()["log.dirs"]
    volume, _, folder = service("kafka")["volumes"][0].partition(":")
    assert folder == data
    assert volume in compose()["volumes"]


def test_kafka_is_published_on_the_host_alone_at_the_address_it_tells() -> None:
    host, published, inside = service("kafka")["ports"][0].split(":")
    properties = kafka_properties()
    assert host == "127.0.0.1"
    assert f"HOST://localhost:{published}" in properties["advertised.listeners"].split(",")
    assert f"HOST://:{inside}" in properties["listeners"].split(",")


def test_every_service_has_its_limits() -> None:
    for name in compose()["services"]:
        found = service(name)
        assert found["deploy"]["resources"]["limits"]["memory"], name
        assert found["init"] is True, name
        assert "restart" in found, name


def test_images_are_pinned_to_a_version() -> None:
    images = [found["image"] for found in compose()["services"].values()]
    images += [value.split()[0] for value in instructions("FROM")]
    assert all(re.search(r":v?\d+\.\d+", image) for image in images), images


def test_the_image_carries_the_version_of_the_project() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert service("worker")["image"] == service("topics")["image"] == f"kabar:{project['version']}"


def test_it_runs_the_kafka_that_the_tests_run() -> None:
    version = re.search(r"<kafka\.version>(.+)</kafka\.version>", kafka.POM.read_text(encoding="utf-8"))
    assert version is not None
    assert service("kafka")["image"] == f"apache/kafka:{version[1]}"


@pytest.mark.kafka
def test_apache_kafka_accepts_its_configuration(tmp_path: Path) -> None:
    properties = {**kafka_properties(), "log.dirs": str(tmp_path / "data")}
    path = tmp_path / "server.properties"
    path.write_text("".join(f"{name}={value}\n" for name, value in properties.items()), encoding="utf-8")

    told = kafka.format_storage(
        path,
        java=kafka.find_java(),
        jars=kafka.fetch_jars(),
        scram_users={},
        cluster_id=service("kafka")["environment"]["CLUSTER_ID"],
    )

    # A property of no known name is passed over in silence, so each has to be among those that were read.
    read = set(re.findall(r"^\t([\w.]+) = ", told, flags=re.MULTILINE))
    assert set(properties) <= read


def test_the_dockerfile_has_no_fault_a_linter_sees() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([hadolint, "--no-color", DOCKERFILE], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_dockerfile_copies_what_is_there_and_not_ignored() -> None:
    kept = (REPOSITORY / ".dockerignore").read_text(encoding="utf-8").splitlines()
    copies = [value.split() for value in instructions("COPY") if not value.startswith("--from")]
    sources = [source for *sources, _target in copies for source in sources]
    assert "streams" in sources
    assert [source for source in sources if not (REPOSITORY / source).exists()] == []
    assert [source for source in sources if f"!{source}" not in kept] == []


def test_the_image_runs_as_an_ordinary_user() -> None:
    user = instructions("USER")[-1].split(":")[0]
    assert int(user) > 0
    assert any(f"--uid {user} " in value for value in instructions("RUN"))


class Answering(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        pass


@pytest.fixture
def web_port() -> Iterator[int]:
    with HTTPServer(("127.0.0.1", 0), Answering) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def healthcheck(port: int) -> int:
    """The exit status of the image's healthcheck, asking that port."""
    value = instructions("HEALTHCHECK")[0]
    _python, *arguments = json.loads(value[value.index("[") :])
    command = [sys.executable, *arguments]
    return subprocess.run(
        command, env={"KABAR_WEB_PORT": str(port)}, capture_output=True, check=False
    ).returncode


def test_a_worker_that_answers_is_healthy(web_port: int) -> None:
    assert healthcheck(web_port) == 0


def test_a_worker_that_does_not_answer_is_unhealthy() -> None:
    with HTTPServer(("127.0.0.1", 0), Answering) as server:
        port = server.server_port
    assert healthcheck(port) == 1

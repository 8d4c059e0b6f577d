"""The contract's files as validators, so that tests can hold real records against them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import orjson
import yaml
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from streams import topics
from streams.records import Headers

SCHEMAS = Path(__file__).parents[1] / "schemas"


@cache
def asyncapi() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((SCHEMAS / "asyncapi.yaml").read_text(encoding="utf-8"))
    return document


@cache
def schema(name: str) -> dict[str, Any]:
    """The JSON Schema in a file of `schemas/`."""
    document: dict[str, Any] = orjson.loads((SCHEMAS / name).read_bytes())
    return document


def problems_of_value(message: str, value: bytes | None) -> list[str]:
    """What is wrong with a record's value, as a message of the contract."""
    return _problems(_payload_validator(message), None if value is None else orjson.loads(value))


def problems_of_headers(message: str, headers: Headers) -> list[str]:
    """What is wrong with a record's headers, as a message of the contract; of a name, the last one counts."""
    texts = {name: (value or b"").decode("utf-8", errors="replace") for name, value in headers}
    return _problems(Draft202012Validator(_message(message)["headers"]), texts)


def message_of(topic: topics.Topic, value: bytes | None) -> str:
    """The one message of the topic's channel that a record with this value is."""
    channels = asyncapi()["channels"]
    channel = topic.suffix.replace(".", "-")
    if channel not in channels and topic.suffix.startswith("topics."):
        channel = "topics-own"
    names: list[str] = list(channels[channel]["messages"])
    if names == ["DeadLetter"]:
        return "DeadLetter"
    fitting = [name for name in names if not problems_of_value(name, value)]
    assert len(fitting) == 1, (topic.suffix, fitting, [problems_of_value(name, value) for name in names])
    return fitting[0]


def _message(name: str) -> dict[str, Any]:
    message: dict[str, Any] = asyncapi()["components"]["messages"][name]
    return message


@cache
def _payload_validator(message: str) -> Draft202012Validator:
    payload = _message(message)["payload"]
    files = [(path.as_uri(), Resource.from_contents(schema(path.name))) for path in SCHEMAS.glob("*.json")]
    # References to other files are relative to the document that has them.
    document = {"$id": (SCHEMAS / "asyncapi.yaml").as_uri(), **payload.get("schema", payload)}
    return Draft202012Validator(document, registry=Registry().with_resources(files))


def _problems(validator: Draft202012Validator, instance: Any) -> list[str]:
    return [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(instance)]

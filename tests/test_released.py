"""Commands, exit codes, settings, metrics and names only get more: today's against those of the last release."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest

from tests.public_surface import RELEASED, Surface, breaches, surface

TODAY: Surface = orjson.loads(orjson.dumps(surface()))
LAG = ("commands", "kabar lag", "options", "--above")
STAGE = ("commands", "kabar dead list", "options", "--stage")


def test_nothing_that_was_released_is_taken_away_or_changed() -> None:
    assert breaches(orjson.loads(RELEASED.read_bytes()), TODAY) == []


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Everything that is named in the surface."""
    for name, child in node.items() if isinstance(node, dict) else enumerate(node):
        if name in {"version", "accepts", "default", "flag", "required", "repeatable", "kind"}:
            continue
        if path:
            yield (*path, name)
        if isinstance(child, dict | list):
            yield from places(child, (*path, name))


NAMED = [place for place in places(TODAY) if place[-1] not in {"arguments", "options", "labels"}]


def at(document: Any, path: tuple[Any, ...]) -> Any:
    for name in path:
        document = document[name]
    return document


def test_whatever_is_taken_away_is_found() -> None:
    missed = []
    for path in NAMED:
        document = copy.deepcopy(TODAY)
        del at(document, path[:-1])[path[-1]]
        if not breaches(TODAY, document):
            missed.append(path)
    assert len(NAMED) > 200
    assert missed == []


def is_required(path: tuple[Any, ...]) -> bool:
    """What has to be given is no addition: a parameter of a call, an option, an argument."""
    named = at(TODAY, path)
    return "arguments" in path or named is True or (isinstance(named, dict) and named.get("required") is True)


def test_whatever_is_added_is_no_breach() -> None:
    found = []
    for path in NAMED:
        document = copy.deepcopy(TODAY)
        del at(document, path[:-1])[path[-1]]
        if not is_required(path):
            found += breaches(document, TODAY)
    assert found == []


def put(path: tuple[Any, ...], value: Any) -> Callable[[Any], None]:
    def change(document: Any) -> None:
        at(document, path[:-1])[path[-1]] = value

    return change


CHANGES: dict[str, Callable[[Any], None]] = {
    "`kabar lag --above` has to be given now": put((*LAG, "required"), True),
    "`kabar lag --above` takes no value any more": put((*LAG, "flag"), True),
    "`kabar lag --json` takes a value now": put(
        ("commands", "kabar lag", "options", "--json", "flag"), False
    ),
    "`kabar lag --above` accepts less: minimum was 0 and is 1": put((*LAG, "accepts", "minimum"), 1),
    "`kabar up --port` is 9093 where nothing is said, and was 9092": put(
        ("commands", "kabar up", "options", "--port", "default"), 9093
    ),
    "`kabar dead list --stage` accepts less: enum was ['clean', 'tag', 'classify'] and is ['tag']": put(
        (*STAGE, "accepts", "enum"), ["tag"]
    ),
    "`kabar web --name` can be given only once now": put(
        ("commands", "kabar web", "options", "--name", "repeatable"), False
    ),
    "argument 1 of `kabar publish` can be given only once now": put(
        ("commands", "kabar publish", "arguments", 0, "repeatable"), False
    ),
    "argument 1 of `kabar lag` has to be given now": put(
        ("commands", "kabar lag", "arguments"), [{**at(TODAY, LAG), "required": True}]
    ),
    "the setting KABAR_PREFIX is berita where nothing is said, and was news": put(
        ("settings", "KABAR_PREFIX", "default"), "berita"
    ),
    "the setting KABAR_PARTITIONS accepts less: minimum was 1 and is 2": put(
        ("settings", "KABAR_PARTITIONS", "accepts", "minimum"), 2
    ),
    "publish of streams.client.Client has to be given desk now": put(
        ("streams.client", "Client", "publish", "desk"), True
    ),
    "streams.client.connect has to be given group now": put(
        ("streams.client", "connect", "connect", "group"), True
    ),
    "id of streams.client.Enriched is called now": put(("streams.client", "Enriched", "id"), {}),
    "the metric kabar_lag_records was a gauge and is a counter": put(
        ("metrics", "kabar_lag_records", "kind"), "counter"
    ),
}


@pytest.mark.parametrize("sentence", CHANGES)
def test_a_change_is_told_in_a_sentence(sentence: str) -> None:
    document = copy.deepcopy(TODAY)
    CHANGES[sentence](document)
    assert breaches(TODAY, document) == [sentence]


def test_more_may_be_accepted() -> None:
    document = copy.deepcopy(TODAY)
    put((*LAG, "accepts"), {"type": "integer"})(document)
    put(("settings", "KABAR_LOG_LEVEL", "accepts"), {"type": "string"})(document)
    at(document, (*STAGE, "accepts", "enum")).append("summarise")
    assert breaches(TODAY, document) == []

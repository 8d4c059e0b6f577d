"""The contract is only ever added to: today's `schemas/` against those of the last release.

`tests/data/released-schemas` is that release's copy. It is a yardstick and no more, so it is not among the files that
users look at: whoever relied on it can take today's.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from tests.compatibility import ASYNCAPI, Way, contract_breaches, schema_breaches
from tests.contract_documents import SCHEMAS

RELEASED = Path(__file__).parent / "data" / "released-schemas"


def documents(folder: Path) -> dict[str, Any]:
    return {
        path.name: yaml.safe_load(path.read_bytes())
        if path.name == ASYNCAPI
        else orjson.loads(path.read_bytes())
        for path in folder.iterdir()
    }


TODAY = documents(SCHEMAS)
READ = ("article.json",)
WRITTEN = ("clean-article.json", "tagged-article.json", "enriched-article.json")


def test_nothing_that_was_released_is_taken_away() -> None:
    assert contract_breaches(documents(RELEASED), TODAY) == []


def test_the_contract_is_compatible_with_itself() -> None:
    assert contract_breaches(TODAY, TODAY) == []


def nodes(schema: Any, place: str = "$") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every schema within a schema."""
    yield place, schema
    for name, child in [*schema.get("properties", {}).items(), *schema.get("$defs", {}).items()]:
        yield from nodes(child, f"{place}.{name}")
    for number, child in enumerate(schema.get("anyOf", [])):
        yield from nodes(child, f"{place}|{number}")
    if "items" in schema:
        yield from nodes(schema["items"], f"{place}[]")


def changed(document: Any, change: Callable[[dict[str, Any]], bool]) -> Iterator[tuple[str, Any]]:
    """The document with one schema in it changed, for each that `change` can be made to."""
    for index, (place, _) in enumerate(nodes(document)):
        mutated = copy.deepcopy(document)
        _, node = list(nodes(mutated))[index]
        if change(node):
            yield place, mutated


def having(keyword: str, change: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], bool]:
    def apply(node: dict[str, Any]) -> bool:
        if keyword not in node:
            return False
        change(node)
        return True

    return apply


def by(keyword: str, step: float) -> Callable[[dict[str, Any]], bool]:
    return having(keyword, lambda node: node.update({keyword: node[keyword] + step}))


def or_null(node: dict[str, Any]) -> bool:
    if node.get("type", "null") == "null":
        return False
    node["type"] = [node["type"], "null"]
    return True


FORBIDDEN: dict[str, tuple[tuple[str, ...], Callable[[dict[str, Any]], bool]]] = {
    "$id changed": ((*READ, *WRITTEN), having("$id", lambda node: node.update({"$id": "urn:kabar:other"}))),
    "property removed": ((*READ, *WRITTEN), having("properties", lambda node: node["properties"].popitem())),
    "pattern changed": ((*READ, *WRITTEN), having("pattern", lambda node: node.update(pattern="^x$"))),
    "format changed": ((*READ, *WRITTEN), having("format", lambda node: node.update(format="date"))),
    "type changed": ((*READ, *WRITTEN), having("type", lambda node: node.update(type="array-of-old"))),
    # What publishers send
    "property newly required": (READ, having("properties", lambda node: node["required"].append("title"))),
    "pattern added": (READ, having("type", lambda node: node.update(pattern=node.get("pattern", "") + "^x"))),
    "upper limit lowered": (READ, by("maxLength", -1)),
    "lower limit added": (READ, having("type", lambda node: node.update(minLength=1))),
    "null no longer taken": (READ, having("anyOf", lambda node: node["anyOf"].pop())),
    "unknown fields refused": (
        READ,
        having("additionalProperties", lambda node: node.update(additionalProperties=False)),
    ),
    "values listed": (READ, having("type", lambda node: node.update(enum=["only this"]))),
    # What consumers receive
    "property no longer required": (WRITTEN, having("required", lambda node: node["required"].pop())),
    "pattern no longer promised": (WRITTEN, having("pattern", lambda node: node.pop("pattern"))),
    "format no longer promised": (WRITTEN, having("format", lambda node: node.pop("format"))),
    "type no longer promised": (WRITTEN, having("type", lambda node: node.pop("type"))),
    "null where there was none": (
        WRITTEN,
        or_null,
    ),
    "another alternative": (WRITTEN, having("anyOf", lambda node: node["anyOf"].append({"type": "integer"}))),
    "another value of an enum": (WRITTEN, having("enum", lambda node: node["enum"].append("NEW"))),
    "enum no longer promised": (WRITTEN, having("enum", lambda node: node.pop("enum"))),
    "upper limit raised": (WRITTEN, by("maximum", 1)),
    "upper limit gone": (WRITTEN, having("maximum", lambda node: node.pop("maximum"))),
    "lower limit lowered": (WRITTEN, by("minimum", -1)),
    "shorter text": (WRITTEN, by("minLength", -1)),
    "longer text": (WRITTEN, by("maxLength", 1)),
    "list that may be empty": (WRITTEN, by("minItems", -1)),
    "topic that may be left out": (WRITTEN[2:], having("allOf", lambda node: node["allOf"].pop())),
    "rule dropped": (WRITTEN[2:], having("then", lambda node: node.pop("then"))),
    "rule changed": (WRITTEN[2:], having("if", lambda node: node.update({"if": {}}))),
}
CASES = [(name, file) for name, (files, _) in FORBIDDEN.items() for file in files]


def way_of(file: str) -> Way:
    return Way.READ if file in READ else Way.WRITTEN


@pytest.mark.parametrize(("name", "file"), CASES)
def test_a_forbidden_change_is_found_wherever_it_is_made(name: str, file: str) -> None:
    change = FORBIDDEN[name][1]
    mutants = list(changed(TODAY[file], change))

    # Not all has a list, a number or an enum in it.
    assert mutants or file == "clean-article.json"
    assert [
        place for place, mutant in mutants if not schema_breaches(TODAY[file], mutant, way_of(file))
    ] == []
    for _, mutant in mutants:
        assert contract_breaches(TODAY, {**TODAY, file: mutant})


ADDITIONS: dict[str, tuple[tuple[str, ...], Callable[[dict[str, Any]], bool]]] = {
    "property": (
        (*READ, *WRITTEN),
        having("properties", lambda node: node["properties"].update(new={"type": "string"})),
    ),
    "words": ((*READ, *WRITTEN), having("type", lambda node: node.update(description="in other words"))),
    # What publishers may send
    "longer text": (READ, by("maxLength", 1)),
    "any text": (READ, having("pattern", lambda node: node.pop("pattern"))),
    "null": (READ, having("anyOf", lambda node: node["anyOf"].append({"type": "integer"}))),
    "property no longer required": (READ, having("required", lambda node: node["required"].pop())),
    # What consumers are promised
    "property newly required": (WRITTEN, having("required", lambda node: node["required"].append("new"))),
    "shorter text": (WRITTEN, by("maxLength", -1)),
    "text that is not empty": (WRITTEN, by("minLength", 1)),
    "pattern": (WRITTEN, having("type", lambda node: "pattern" in node or node.update(pattern="^x"))),
    "never null": (WRITTEN, having("anyOf", lambda node: node["anyOf"].pop())),
    "one value less": (WRITTEN[1:], having("enum", lambda node: node["enum"].pop())),
}


@pytest.mark.parametrize(
    ("name", "file"), [(name, file) for name, (files, _) in ADDITIONS.items() for file in files]
)
def test_an_addition_passes(name: str, file: str) -> None:
    mutants = list(changed(TODAY[file], ADDITIONS[name][1]))

    assert mutants
    for _, mutant in mutants:
        assert contract_breaches(TODAY, {**TODAY, file: mutant}) == []


def test_a_type_may_become_one_of_several_where_it_is_read_and_not_where_it_is_written() -> None:
    one, several = {"type": "string"}, {"anyOf": [{"type": "string"}, {"type": "null"}]}

    assert schema_breaches(one, several, Way.READ) == []
    assert schema_breaches(several, one, Way.WRITTEN) == []
    assert schema_breaches(several, one, Way.READ) == ["$: {'type': 'null'} is no longer accepted"]
    assert schema_breaches(one, several, Way.WRITTEN) == ["$: {'type': 'null'} is new"]


def test_a_definition_may_move() -> None:
    by_name = {"$defs": {"A": {"type": "string"}}, "properties": {"a": {"$ref": "#/$defs/A"}}}
    in_place = {"properties": {"a": {"type": "string"}}}

    assert schema_breaches(by_name, in_place, Way.WRITTEN) == []
    assert schema_breaches(in_place, by_name, Way.READ) == []


def pop(*path: str) -> Callable[[Any], Any]:
    def apply(document: Any) -> None:
        for name in path[:-1]:
            document = document[name]
        document.pop(path[-1]) if isinstance(document, dict) else document.remove(path[-1])

    return apply


def put(value: Any, *path: str) -> Callable[[Any], Any]:
    def apply(document: Any) -> None:
        for name in path[:-1]:
            document = document[name]
        document[path[-1]] = value

    return apply


MESSAGES = ("components", "messages")
HEADERS = (*MESSAGES, "EnrichedArticle", "headers")
BREACHES_OF_ASYNCAPI: dict[str, Callable[[Any], Any]] = {
    "topic removed": pop("channels", "topics-terrorism"),
    "topic renamed": put("news.articles.rich", "channels", "articles-enriched", "address"),
    "message removed": pop(*MESSAGES, "Tombstone"),
    "message renamed": put("Rich", *MESSAGES, "EnrichedArticle", "name"),
    "message no longer taken on a topic": pop("channels", "articles-raw", "messages", "ArticleCloudEvent"),
    "message no longer on a topic": pop("channels", "articles-enriched", "messages", "Tombstone"),
    "another message on a topic": put({}, "channels", "articles-enriched", "messages", "DeadLetter"),
    "operation removed": pop("operations", "sendArticlesEnriched"),
    "header removed": pop(*HEADERS, "properties", "ce_subject"),
    "header no longer always there": pop(*HEADERS, "required", "ce_id"),
    "header with another value": put("v2", *HEADERS, "properties", "ce_type", "const"),
    "header of dead letters removed": pop(*MESSAGES, "DeadLetter", "headers", "properties", "kabar.version"),
    "header needed of publishers": put(
        ["content-type", "new"], *MESSAGES, "ArticleCloudEvent", "headers", "required"
    ),
    "another content type": put("application/avro", *MESSAGES, "EnrichedArticle", "contentType"),
    "another value": put("./clean-article.json", *MESSAGES, "EnrichedArticle", "payload", "schema", "$ref"),
    "another key": put("integer", *MESSAGES, "EnrichedArticle", "bindings", "kafka", "key", "type"),
    "deletion with a value": put("string", *MESSAGES, "Tombstone", "payload", "type"),
}


@pytest.mark.parametrize("name", BREACHES_OF_ASYNCAPI)
def test_a_breach_of_asyncapi_is_found(name: str) -> None:
    document = copy.deepcopy(TODAY[ASYNCAPI])
    BREACHES_OF_ASYNCAPI[name](document)
    assert contract_breaches(TODAY, {**TODAY, ASYNCAPI: document})


@pytest.mark.parametrize("file", TODAY)
def test_a_file_that_is_gone_is_found(file: str) -> None:
    assert contract_breaches(TODAY, {name: content for name, content in TODAY.items() if name != file}) == [
        f"{file}: is removed"
    ]


ADDITIONS_TO_ASYNCAPI: dict[str, Callable[[Any], Any]] = {
    "topic": put({"address": "news.topics.economy", "messages": {}}, "channels", "topics-economy"),
    "message": put({}, *MESSAGES, "Correction"),
    "message taken": put({}, "channels", "articles-raw", "messages", "Correction"),
    "header": put({"type": "string"}, *HEADERS, "properties", "ce_new"),
    "partitions": put(16, "channels", "articles-raw", "bindings", "kafka", "partitions"),
    "words": put("in other words", *MESSAGES, "EnrichedArticle", "title"),
}


@pytest.mark.parametrize("name", ADDITIONS_TO_ASYNCAPI)
def test_an_addition_to_asyncapi_passes(name: str) -> None:
    document = copy.deepcopy(TODAY[ASYNCAPI])
    ADDITIONS_TO_ASYNCAPI[name](document)
    assert contract_breaches(TODAY, {**TODAY, ASYNCAPI: document}) == []

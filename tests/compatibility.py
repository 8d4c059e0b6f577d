"""What a change of the contract takes from the services that rely on it: everything that is not an addition.

A schema of what Kabar *reads* may come to allow more, one of what it *writes* may come to promise more. A change that
is neither is held to be a breach, also where it might be harmless: then a person has to look at it.

Of the libraries for this, jsoncompat 0.3.1 lets a pattern change, and refuses a new optional property.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from typing import Any

Schema = Mapping[str, Any]
Documents = Mapping[str, Any]
"""File name to decoded content of `schemas/`."""

ASYNCAPI = "asyncapi.yaml"

_MEANINGLESS = {"title", "description", "examples", "$comment", "$defs"}
_UPPER_LIMITS = {"maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxContains", "maxProperties"}
_LOWER_LIMITS = {"minimum", "exclusiveMinimum", "minLength", "minItems", "minContains", "minProperties"}
_ANYTHING: Schema = {}


class Way(Enum):
    """Which way values go."""

    READ = "Kabar reads them, so what was valid stays valid"
    WRITTEN = "Kabar writes them, so what was promised stays promised"


def schema_breaches(old: Schema, new: Schema, way: Way) -> list[str]:
    """What consumers, or publishers, of the old JSON Schema cannot rely on with the new one; empty if nothing."""
    return list(_Comparison(old, new, way).schema(old, new, "$"))


class _Comparison:
    def __init__(self, old: Schema, new: Schema, way: Way) -> None:
        self._definitions = (old.get("$defs", {}), new.get("$defs", {}))
        self._way = way

    def schema(self, old: Schema | bool, new: Schema | bool, place: str) -> Iterator[str]:
        old, new = self._resolved(old, 0), self._resolved(new, 1)
        alternatives = "anyOf" in old or "anyOf" in new
        if alternatives:
            yield from self._alternatives(_branches(old), _branches(new), place)
        for keyword in sorted((old.keys() | new.keys()) - _MEANINGLESS):
            if not (alternatives and keyword in {"anyOf", "type"}):
                yield from self._keyword(keyword, old, new, place)

    def _resolved(self, schema: Schema | bool, side: int) -> Schema:
        if isinstance(schema, bool):
            return _ANYTHING if schema else {"not": {}}
        reference = schema.get("$ref", "")
        if not reference.startswith("#/$defs/"):
            return schema
        return {
            **self._definitions[side][reference.removeprefix("#/$defs/")],
            **{keyword: value for keyword, value in schema.items() if keyword != "$ref"},
        }

    def _keyword(self, keyword: str, old: Schema, new: Schema, place: str) -> Iterator[str]:
        one, two = old.get(keyword), new.get(keyword)
        if keyword == "properties":
            yield from self._properties(one or {}, two or {}, place)
        elif keyword == "required":
            yield from self._required(set(one or ()), set(two or ()), place)
        elif keyword in {"items", "additionalProperties"}:
            yield from self.schema(old.get(keyword, True), new.get(keyword, True), f"{place}.{keyword}")
        elif one != two:
            yield from self._constraint(keyword, one, two, place)

    def _constraint(self, keyword: str, old: Any, new: Any, place: str) -> Iterator[str]:
        """Of a keyword that says nothing, or something else, in one of the two."""
        if keyword.startswith("$") or (None not in (old, new) and not self._is_addition(keyword, old, new)):
            yield f"{place}: {keyword} was {old!r} and is {new!r}"
        elif old is None and self._way is Way.READ:
            yield f"{place}: {keyword} {new!r} is new, so that less is accepted"
        elif new is None and self._way is Way.WRITTEN:
            yield f"{place}: {keyword} {old!r} is no longer promised"

    def _is_addition(self, keyword: str, old: Any, new: Any) -> bool:
        wider, narrower = (new, old) if self._way is Way.READ else (old, new)
        if keyword in _UPPER_LIMITS:
            return bool(narrower <= wider)
        if keyword in _LOWER_LIMITS:
            return bool(narrower >= wider)
        if keyword in {"type", "enum"}:
            return all(value in _listed(wider) for value in _listed(narrower))
        if keyword == "allOf":  # each of them narrows
            return all(part in narrower for part in wider)
        return False

    def _properties(self, old: Schema, new: Schema, place: str) -> Iterator[str]:
        for name, schema in old.items():
            if name in new:
                yield from self.schema(schema, new[name], f"{place}.{name}")
            else:
                yield f"{place}.{name} is removed"

    def _required(self, old: set[str], new: set[str], place: str) -> Iterator[str]:
        if self._way is Way.READ:
            yield from (f"{place}.{name} is newly required" for name in sorted(new - old))
        else:
            yield from (f"{place}.{name} is no longer required" for name in sorted(old - new))

    def _alternatives(self, old: Sequence[Schema], new: Sequence[Schema], place: str) -> Iterator[str]:
        if self._way is Way.READ:
            for one in old:
                if not any(self._is_compatible(one, two) for two in new):
                    yield f"{place}: {one!r} is no longer accepted"
        else:
            for two in new:
                if not any(self._is_compatible(one, two) for one in old):
                    yield f"{place}: {two!r} is new"

    def _is_compatible(self, old: Schema, new: Schema) -> bool:
        return not any(self.schema(old, new, ""))


def _branches(schema: Schema) -> Sequence[Schema]:
    """The alternatives of a schema; `type: string` has one."""
    if "anyOf" in schema:
        branches: Sequence[Schema] = schema["anyOf"]
        return branches
    return [{"type": name} for name in _listed(schema["type"])] if "type" in schema else [_ANYTHING]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def contract_breaches(old: Documents, new: Documents) -> list[str]:
    """The same for all documents of the contract, each breach with the file it is in."""
    return [f"{name}: {breach}" for name in old for breach in _document_breaches(name, old, new)]


def _document_breaches(name: str, old: Documents, new: Documents) -> Iterator[str]:
    if name not in new:
        yield "is removed"
    elif name == ASYNCAPI:
        yield from _asyncapi_breaches(old[name], new[name])
    else:
        for way in _ways_of_payload(f"./{name}", old[ASYNCAPI]):
            yield from schema_breaches(old[name], new[name], way)


def _asyncapi_breaches(old: Any, new: Any) -> Iterator[str]:
    for name, channel in old["channels"].items():
        yield from _channel_breaches(name, channel, new["channels"].get(name), _ways(old)[name])
    for name, operation in old["operations"].items():
        now = new["operations"].get(name, {})
        if (operation["action"], operation["channel"]) != (now.get("action"), now.get("channel")):
            yield f"operation {name} is removed or does something else"
    for name, message in old["components"]["messages"].items():
        now = new["components"]["messages"].get(name)
        for breach in _message_breaches(message, now, _ways_of_message(name, old)):
            yield f"message {name} {breach}"


def _message_breaches(old: Any, new: Any, ways: set[Way]) -> Iterator[str]:
    if new is None:
        yield "is removed"
        return
    if any(old.get(field) != new.get(field) for field in ("name", "contentType", "correlationId")):
        yield "has another name, content type or correlation id"
    if _key(old) != _key(new):
        yield "has another key"
    for way in ways:
        for part in ("headers", "payload"):
            for breach in schema_breaches(_part(old, part), _part(new, part), way):
                yield f"{part}: {breach}"


def _channel_breaches(name: str, old: Any, new: Any, way: Way) -> Iterator[str]:
    if new is None:
        yield f"channel {name} is removed"
        return
    if old["address"] != new["address"]:
        yield f"channel {name} was {old['address']} and is {new['address']}"
    yield from (
        f"channel {name} has no {gone} any more" for gone in old["messages"].keys() - new["messages"].keys()
    )
    if way is Way.WRITTEN:
        # A consumer of the topic would not know what to do with it.
        yield from (
            f"channel {name} has {added} as well" for added in new["messages"].keys() - old["messages"].keys()
        )


def _ways(document: Any) -> dict[str, Way]:
    """Of each channel, by its name."""
    return {
        operation["channel"]["$ref"].rpartition("/")[2]: Way.READ
        if operation["action"] == "receive"
        else Way.WRITTEN
        for operation in document["operations"].values()
    }


def _ways_of_message(name: str, document: Any) -> set[Way]:
    """Both, for one that publishers write and Kabar passes on."""
    ways = _ways(document)
    return {ways[channel] for channel, details in document["channels"].items() if name in details["messages"]}


def _ways_of_payload(reference: str, document: Any) -> set[Way]:
    messages = document["components"]["messages"]
    users = [name for name, message in messages.items() if _part(message, "payload").get("$ref") == reference]
    return set().union(*(_ways_of_message(name, document) for name in users))


def _part(message: Any, name: str) -> Schema:
    part: Schema = message.get(name, {})
    return part.get("schema", part) if name == "payload" else part


def _key(message: Any) -> Any:
    return message["bindings"]["kafka"].get("key", {}).get("type")

"""The public contract as documents, written from the code: a JSON Schema per value, and asyncapi.yaml."""

from __future__ import annotations

from typing import Any, get_args

import orjson
import yaml

from streams import asyncapi, events
from streams.articles import MAX_ID_CHARS, MAX_TITLE_CHARS
from streams.settings import Settings

DIALECT = "https://json-schema.org/draft/2020-12/schema"
VALUES = (
    events.PublishedArticle,
    events.CleanArticle,
    events.TaggedArticle,
    events.EnrichedArticle,
    events.Replay,
)

_DATE = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIME = r"[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})"
_LANGUAGE_TAG = "[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,8}"

_CLEAN: dict[str, dict[str, Any]] = {
    "id": {
        "description": "the publisher's id, else one derived from `url` or the content; also the record's key",
        "minLength": 1,
        "maxLength": MAX_ID_CHARS,
    },
    "source": {"description": "name of the publisher"},
    "published_at": {
        "description": "RFC 3339 date-time, in the offset that the publisher wrote",
        "format": "date-time",
        "pattern": f"^{_DATE}[Tt]{_TIME}$",
    },
    "language": {"pattern": f"^{_LANGUAGE_TAG}$"},
    "metadata": {"description": "the publisher's `metadata`, with every field the contract does not name"},
    "text": {"minLength": 1},
    "credits": {"description": "names and marks of authors and editors, taken out of the text"},
}
_PROMISES: dict[type[events.Event], dict[str, dict[str, Any]]] = {
    events.PublishedArticle: {
        "body": {"pattern": r"\S"},
        "id": {
            "maxLength": MAX_ID_CHARS,
            "not": {"type": "string", "pattern": r"[\u0000-\u001f\u007f-\u009f]"},
        },
        "title": {"maxLength": MAX_TITLE_CHARS},
        "published_at": {"pattern": f"^{_DATE}[Tt]{_TIME}$"},
        "language": {"pattern": f"^({_LANGUAGE_TAG})?$"},
    },
    events.CleanArticle: _CLEAN,
    events.EnrichedArticle: {
        "topics": {
            "description": "every topic, each once, assigned or not",
            "allOf": [
                {
                    "contains": {"properties": {"id": {"const": topic}}, "required": ["id"]},
                    "minContains": 1,
                    "maxContains": 1,
                }
                for topic in get_args(events.TopicId)
            ],
        },
        "own_topics": {"minItems": 1},
    },
    events.Span: {
        "end": {"description": "first code point after it", "minimum": 1},
        "text": {"minLength": 1},
    },
    events.Entity: {
        "id": {"pattern": r"^http://www\.wikidata\.org/entity/Q[1-9][0-9]*$"},
        "name": {"minLength": 1},
        "iso3166": {"pattern": "^[A-Z]{2}$"},
        "salience": {"description": "its share of what the article is about"},
        "mentions": {"description": "in reading order, those of the title first"},
    },
    events.Topic: {
        "medtop": {"pattern": f"^{events.MEDTOP_PATTERN}$"},
        "evidence": {"description": "what speaks for an assigned topic, in reading order"},
    },
    events.OwnTopic: {
        "id": {"pattern": f"^{events.OWN_TOPIC_PATTERN}$", "not": {"enum": list(get_args(events.TopicId))}},
        "medtop": {"pattern": f"^{events.MEDTOP_PATTERN}$"},
        "evidence": {"description": "what speaks for an assigned topic, in reading order"},
    },
    events.Pipeline: {"version": {"minLength": 1}, "model": {"minLength": 1}},
    events.RecordPlace: {"topic": {"minLength": 1}},
    events.Replay: {"when": {"format": "date-time", "pattern": f"^{_DATE}T{_TIME}$"}},
}
"""What the contract promises of a field beyond its type. It holds for the classes derived from it too."""

_ASSIGNED_FOR_A_REASON = {
    "if": {"properties": {"assigned": {"const": True}}},
    "then": {"properties": {"evidence": {"minItems": 1}}},
}
_RULES: dict[type[events.Event], dict[str, Any]] = {
    events.Topic: _ASSIGNED_FOR_A_REASON,
    events.OwnTopic: _ASSIGNED_FOR_A_REASON,
}
"""What it promises of fields together."""


def documents() -> dict[str, str]:
    """File name to content of everything in `schemas/`."""
    files = {file_of(value): _json(json_schema(value)) for value in VALUES}
    document = asyncapi.document(load_defaults(), {value: f"./{file_of(value)}" for value in VALUES})
    files["asyncapi.yaml"] = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=110)
    return files


def file_of(value: type[events.Event]) -> str:
    """The name of the file with the JSON Schema of a value."""
    return f"{value.schema_name()}.json"


def load_defaults() -> Settings:
    """The defaults as documented, whatever this machine's environment says."""
    return Settings.model_construct(**{name: field.default for name, field in Settings.model_fields.items()})


def name_of(value: type[events.Event] | None) -> str:
    """What the contract calls a value."""
    return "DeadLetter" if value is None else value.contract_name or value.__name__


def json_schema(value: type[events.Event]) -> dict[str, Any]:
    """JSON Schema 2020-12 of a value. Fields may be added later, so unknown ones are allowed."""
    generated = value.model_json_schema(
        mode="validation" if value is events.PublishedArticle else "serialization"
    )
    schema = _tidied(generated)
    _promise(schema, value)
    for name, definition in schema.get("$defs", {}).items():
        _promise(definition, getattr(events, name))
    return {"$schema": DIALECT, "$id": value.schema_id(), **schema}


def _promise(schema: dict[str, Any], value: type[events.Event]) -> None:
    for parent in reversed(value.__mro__):
        schema.update(_RULES.get(parent, {}))
        for field, promise in _PROMISES.get(parent, {}).items():
            schema["properties"][field].update(promise)


def _tidied(node: Any) -> Any:
    """Without the titles that only repeat a field's name, and without the defaults that only say "absent"."""
    if isinstance(node, list):
        return [_tidied(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        key: {name: _tidied(schema) for name, schema in value.items()}
        if key == "properties"
        else _tidied(value)
        for key, value in node.items()
        if not (key == "title" and "properties" not in node) and not (key == "default" and value is None)
    }


def _json(document: dict[str, Any]) -> str:
    return orjson.dumps(document, option=orjson.OPT_INDENT_2).decode() + "\n"

"""The public contract as documents, written from the code: a JSON Schema per value, and asyncapi.yaml."""

from __future__ import annotations

from typing import Any

import orjson
import yaml

from streams import dead_letters, events, topics
from streams.settings import Settings

DIALECT = "https://json-schema.org/draft/2020-12/schema"
VALUES = (events.PublishedArticle, events.CleanArticle, events.TaggedArticle, events.EnrichedArticle)
_ASYNCAPI = "3.0.0"
_KAFKA_BINDING = "0.5.0"

_CLOUDEVENT_HEADERS = {
    "content-type": ("application/json", True),
    "ce_specversion": ("CloudEvents version, 1.0", True),
    "ce_id": (
        "the same for the same input record and pipeline version, so that a replay can be dropped by it",
        True,
    ),
    "ce_source": ("which agent wrote it, as in /kabar/clean", True),
    "ce_type": ("news.article.clean.v1, news.article.tagged.v1 or news.article.enriched.v1", True),
    "ce_time": ("RFC 3339 time of the raw record", True),
    "ce_subject": ("article id", False),
    "ce_dataschema": ("$id of the JSON Schema of the value", True),
    "ce_correlationid": ("id of the raw event", True),
    "ce_causationid": ("id of the event it came from", True),
    "traceparent": ("W3C trace context of the publisher, carried on", False),
    "tracestate": ("W3C trace context of the publisher, carried on", False),
}
_DEAD_LETTER_HEADERS = {
    dead_letters.EXCEPTION: "class of the error",
    dead_letters.MESSAGE: "the reason, one plain sentence",
    dead_letters.STACKTRACE: "stack trace",
    dead_letters.TOPIC: "topic it failed on",
    dead_letters.PARTITION: "partition it failed on, in digits",
    dead_letters.OFFSET: "offset it failed at, in digits",
    dead_letters.STAGE: "agent it failed in: clean, tag or classify",
    dead_letters.ATTEMPTS: "how often it was tried, in digits",
    dead_letters.VERSION: "version of Kabar",
}


def documents() -> dict[str, str]:
    """File name to content of everything in `schemas/`."""
    files = {f"{value.schema_name()}.json": _json(json_schema(value)) for value in VALUES}
    files["asyncapi.yaml"] = yaml.safe_dump(
        asyncapi(load_defaults()), sort_keys=False, allow_unicode=True, width=110
    )
    return files


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
    return {"$schema": DIALECT, "$id": value.schema_id(), **_tidied(generated)}


def asyncapi(settings: Settings) -> dict[str, Any]:
    """AsyncAPI 3.0 of all topics with their keys, values and headers (Kafka bindings 0.5.0)."""
    return {
        "asyncapi": _ASYNCAPI,
        "info": {
            "title": "Kabar",
            "version": "1.0.0",
            "description": "News articles in; cleaned, tagged and classified events out. Another topic prefix than"
            f" `{settings.prefix}` can be set; the rest of the names is fixed.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "kafka": {
                "host": settings.brokers[0],
                "protocol": "kafka",
                "description": "the cluster of KABAR_BROKERS",
            }
        },
        "channels": {_channel_name(topic): _channel(topic, settings) for topic in topics.ALL},
        "operations": {_operation_name(topic): _operation(topic) for topic in topics.ALL},
        "components": {
            "messages": {
                **{name_of(value): _message(value) for value in VALUES},
                name_of(None): _dead_letter_message(),
            }
        },
    }


def _channel_name(topic: topics.Topic) -> str:
    return topic.suffix.replace(".", "-")


def _channel(topic: topics.Topic, settings: Settings) -> dict[str, Any]:
    name = name_of(topic.value)
    return {
        "address": topic.name(settings),
        "description": f"{topic.purpose}; written by: {topic.written_by}",
        "messages": {name: {"$ref": f"#/components/messages/{name}"}},
        "bindings": {
            "kafka": {
                "topic": topic.name(settings),
                "partitions": settings.partitions,
                "replicas": settings.replication,
                "topicConfiguration": {
                    "cleanup.policy": ["delete"],
                    "retention.ms": topic.retention_ms,
                    "max.message.bytes": int(topic.config(settings)["max.message.bytes"]),
                },
                "bindingVersion": _KAFKA_BINDING,
            }
        },
    }


def _operation_name(topic: topics.Topic) -> str:
    verb = "publish" if topic.value_is_published else "consume"
    return verb + "".join(part.capitalize() for part in topic.suffix.split("."))


def _operation(topic: topics.Topic) -> dict[str, Any]:
    """As the one who speaks to Kabar: publishers send, services downstream receive."""
    return {
        "action": "send" if topic.value_is_published else "receive",
        "channel": {"$ref": f"#/channels/{_channel_name(topic)}"},
        "summary": topic.purpose,
    }


def _message(value: type[events.Event]) -> dict[str, Any]:
    published = value is events.PublishedArticle
    return {
        "name": name_of(value),
        "title": (value.__doc__ or "").split(". ")[0].rstrip("."),
        "contentType": "application/json",
        "headers": {
            "type": "object",
            "properties": {name: _text(meaning) for name, (meaning, _) in _CLOUDEVENT_HEADERS.items()},
            **(
                {}
                if published
                else {"required": [name for name, (_, always) in _CLOUDEVENT_HEADERS.items() if always]}
            ),
        },
        "payload": {
            "schemaFormat": "application/schema+json;version=draft-2020-12",
            "schema": json_schema(value),
        },
        "bindings": {
            "kafka": {
                "key": {
                    "type": "string",
                    "description": "article id" + ("; may be absent" if published else ""),
                },
                "bindingVersion": _KAFKA_BINDING,
            }
        },
    }


def _dead_letter_message() -> dict[str, Any]:
    return {
        "name": name_of(None),
        "title": "A record that could not be processed: its key, value, headers and timestamp, and why",
        "contentType": "application/octet-stream",
        "headers": {
            "type": "object",
            "properties": {name: _text(meaning) for name, meaning in _DEAD_LETTER_HEADERS.items()},
            "required": list(_DEAD_LETTER_HEADERS),
        },
        "bindings": {
            "kafka": {
                "key": {"type": "string", "description": "the original key"},
                "bindingVersion": _KAFKA_BINDING,
            }
        },
    }


def _text(description: str) -> dict[str, str]:
    return {"type": "string", "description": description}


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

"""The contract as an AsyncAPI 3.0 document, with Kafka bindings 0.5.0.

It describes Kabar as one application, as the specification wants it: Kabar receives from `raw` and sends to the
rest. Whoever publishes or consumes does the opposite. Values are schemas in files beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from streams import dead_letters, envelope, events, topics
from streams.records import CARRIED_ON
from streams.settings import Settings

VERSION = "3.0.0"
KAFKA_BINDING = "0.5.0"
JSON_SCHEMA = "application/schema+json;version=draft-2020-12"

_TRACE = {
    "traceparent": "W3C trace context of the publisher, carried on; a stage with KABAR_TRACES names its own span in it",
    "tracestate": "W3C trace context of the publisher, carried on",
}
_REPLAY = {
    dead_letters.REPLAY_ATTEMPTS: "only on a dead letter that was sent back: how often it had been tried before",
    dead_letters.REPLAY_OF: "only on a dead letter that was sent back: its topic/partition@offset",
}
_CARRIED_ON = {CARRIED_ON[0]: "true on `clean` and `tagged` if the stages after have done their work already"}
_TYPES: dict[type[events.Event], tuple[str, str]] = {
    events.CleanArticle: ("clean", "news.article.clean.v1"),
    events.TaggedArticle: ("tag", "news.article.tagged.v1"),
    events.EnrichedArticle: ("classify", "news.article.enriched.v1"),
}
"""Which stage writes a value, and its `ce_type`."""

_MEANINGS = {
    "ce_id": "the same for the same input record and pipeline version, so that a replay can be dropped by it",
    "ce_source": "which stage made it",
    "ce_time": "RFC 3339 time of the raw record",
    "ce_subject": "article id",
    "ce_dataschema": "$id of the JSON Schema of the value",
    "ce_correlationid": "id of the raw event",
    "ce_causationid": "id of the event it came from",
}
_DEAD_LETTER: dict[str, dict[str, Any]] = {
    dead_letters.EXCEPTION: {"description": "class of the error"},
    dead_letters.MESSAGE: {"description": "the reason, one plain sentence"},
    dead_letters.STACKTRACE: {"description": "stack trace"},
    dead_letters.TOPIC: {"description": "topic it failed on"},
    dead_letters.PARTITION: {"description": "partition it failed on", "pattern": "^[0-9]+$"},
    dead_letters.OFFSET: {"description": "offset it failed at", "pattern": "^[0-9]+$"},
    dead_letters.STAGE: {
        "description": "stage it failed in",
        "enum": [stage for stage, _ in _TYPES.values()],
    },
    dead_letters.ATTEMPTS: {"description": "how often it was tried", "pattern": "^[0-9]+$"},
    dead_letters.VERSION: {"description": "version of Kabar"},
}
_TRIMMED = {
    "description": "size in bytes the value had; only where it was cut short to fit",
    "pattern": "^[0-9]+$",
}


_OWN_ID = "topic"
OWN = replace(topics.own(f"{{{_OWN_ID}}}"), purpose="the articles about a topic of KABAR_OWN_TOPICS")
"""The topics of one's own, of which there may be any number."""


def document(settings: Settings, schemas: Mapping[type[events.Event], str]) -> dict[str, Any]:
    """All topics with their keys, values and headers.

    Args:
        settings: the topics' prefix, partitions and limits.
        schemas: where the JSON Schema of each value is, as seen from this document.
    """
    return {
        "asyncapi": VERSION,
        "info": {
            "title": "Kabar",
            "version": "1.0.0",
            "description": "News articles in; cleaned, tagged and classified events out. Kabar receives what publishers"
            " send and sends what services downstream receive. Another topic prefix than"
            f" `{settings.prefix}` can be set; the rest of the names is fixed.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": envelope.CONTENT_TYPE,
        "servers": {
            "kafka": {
                "host": settings.brokers[0],
                "protocol": "kafka",
                "description": "the cluster of KABAR_BROKERS",
            }
        },
        "channels": {_channel_id(topic): _channel(topic, settings) for topic in (*topics.ALL, OWN)},
        "operations": {_operation_id(topic): _operation(topic, settings) for topic in (*topics.ALL, OWN)},
        "components": {
            "messages": {
                "Article": _article(schemas),
                "ArticleCloudEvent": _structured(schemas),
                **{value.__name__: _result(value, schemas) for value in _TYPES},
                "Tombstone": _tombstone(),
                "DeadLetter": _dead_letter(),
                "Replay": _replay(schemas),
            }
        },
    }


def _channel_id(topic: topics.Topic) -> str:
    return "topics-own" if topic is OWN else topic.suffix.replace(".", "-")


def _messages(topic: topics.Topic) -> tuple[str, ...]:
    if topic.value is None:
        return ("DeadLetter",)
    if topic.value_is_published:
        return ("Article", "ArticleCloudEvent", "Tombstone")
    if topic.value is events.Replay:
        return ("Replay",)
    return (topic.value.__name__, "Tombstone")


def _channel(topic: topics.Topic, settings: Settings) -> dict[str, Any]:
    is_named = topic is not OWN
    parameter = {"description": "what it was called when it was trained", "examples": ["cyber"]}
    return {
        "address": topic.name(settings),
        "description": f"{topic.purpose}; written by: {topic.written_by}",
        **({} if is_named else {"parameters": {_OWN_ID: parameter}}),
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in _messages(topic)},
        "bindings": {
            "kafka": {
                **({"topic": topic.name(settings)} if is_named else {}),
                "partitions": settings.partitions,
                "replicas": settings.replication,
                "topicConfiguration": {
                    "cleanup.policy": topic.config(settings)["cleanup.policy"].split(","),
                    "retention.ms": topic.retention_ms,
                    "max.message.bytes": int(topic.config(settings)["max.message.bytes"]),
                },
                "bindingVersion": KAFKA_BINDING,
            }
        },
    }


def _operation_id(topic: topics.Topic) -> str:
    verb = "receive" if topic.value_is_published else "send"
    return verb + "".join(part.capitalize() for part in _channel_id(topic).split("-"))


def _operation(topic: topics.Topic, settings: Settings) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "action": "receive" if topic.value_is_published else "send",
        "channel": {"$ref": f"#/channels/{_channel_id(topic)}"},
        "summary": topic.purpose,
    }
    if topic.value_is_published:
        group = {"type": "string", "enum": [settings.group]}
        operation["bindings"] = {"kafka": {"groupId": group, "bindingVersion": KAFKA_BINDING}}
    return operation


def _article(schemas: Mapping[type[events.Event], str]) -> dict[str, Any]:
    return {
        "name": "Article",
        "title": "What a publisher sends",
        "description": "Plain JSON, or a CloudEvent in binary mode: then with the ce_ headers.",
        "contentType": envelope.CONTENT_TYPE,
        "headers": {
            "type": "object",
            "properties": {
                "ce_specversion": {"type": "string", "const": "1.0"},
                "ce_id": _text("id of the publisher's event; becomes ce_correlationid of all that follows"),
                "ce_source": _text("who published it; with ce_id it names the event"),
                "ce_type": _text("the publisher's name for the kind of event"),
                **{name: _text(meaning) for name, meaning in (_TRACE | _REPLAY).items()},
            },
        },
        "payload": {"schemaFormat": JSON_SCHEMA, "schema": {"$ref": schemas[events.PublishedArticle]}},
        "bindings": _key("article id; may be absent"),
    }


def _structured(schemas: Mapping[type[events.Event], str]) -> dict[str, Any]:
    return {
        "name": "ArticleCloudEvent",
        "title": "What a publisher sends, as a CloudEvent in structured mode",
        "contentType": envelope.STRUCTURED,
        "headers": {
            "type": "object",
            "properties": {"content-type": _text(f"{envelope.STRUCTURED}, with or without parameters")},
            "required": ["content-type"],
        },
        "payload": {
            "schemaFormat": JSON_SCHEMA,
            "schema": {
                "type": "object",
                "properties": {
                    "specversion": {"const": "1.0"},
                    **{name: {"type": "string", "minLength": 1} for name in ("id", "source", "type")},
                    "data": {"$ref": schemas[events.PublishedArticle]},
                    "data_base64": {"type": "string", "description": "the same as UTF-8 JSON in base64"},
                },
                "required": ["specversion", "id", "source", "type"],
                "oneOf": [{"required": ["data"]}, {"required": ["data_base64"]}],
            },
        },
        "bindings": _key("article id; may be absent"),
    }


def _result(value: type[events.Event], schemas: Mapping[type[events.Event], str]) -> dict[str, Any]:
    stage, event_type = _TYPES[value]
    particulars = {
        "ce_source": {"const": f"/kabar/{stage}"},
        "ce_type": {"const": event_type},
        "ce_dataschema": {"const": value.schema_id()},
    }
    return {
        "name": value.__name__,
        "title": (value.__doc__ or "").partition("\n")[0].rstrip("."),
        "contentType": envelope.CONTENT_TYPE,
        "headers": _event_headers(particulars, required=True),
        "correlationId": {"location": "$message.header#/ce_correlationid"},
        "payload": {"schemaFormat": JSON_SCHEMA, "schema": {"$ref": schemas[value]}},
        "bindings": _key("article id"),
    }


def _tombstone() -> dict[str, Any]:
    """It is written by publishers, without our headers, and passed on by every stage, with them."""
    return {
        "name": "Tombstone",
        "title": "A null value: the article of this key is deleted",
        "description": "Kabar passes it on to every topic downstream, with the same headers as an article.",
        "headers": _event_headers({}, required=False),
        "payload": {"type": "null"},
        "bindings": _key("id of the deleted article"),
    }


def _event_headers(particulars: Mapping[str, Mapping[str, Any]], *, required: bool) -> dict[str, Any]:
    """Headers of an event of ours, with what is particular to some of them."""
    headers: dict[str, dict[str, Any]] = {
        "content-type": {"type": "string", "const": envelope.CONTENT_TYPE},
        "ce_specversion": {"type": "string", "const": "1.0"},
        "ce_type": {"type": "string"},
        **{name: _text(meaning) for name, meaning in _MEANINGS.items()},
    }
    headers["ce_time"]["format"] = "date-time"
    for name, more in particulars.items():
        headers[name].update(more)
    schema = {
        "type": "object",
        "properties": {
            **headers,
            **{name: _text(meaning) for name, meaning in (_TRACE | _REPLAY | _CARRIED_ON).items()},
        },
    }
    return {**schema, "required": list(headers)} if required else schema


def _dead_letter() -> dict[str, Any]:
    properties = {name: {"type": "string", **header} for name, header in _DEAD_LETTER.items()}
    return {
        "name": "DeadLetter",
        "title": "A record that could not be processed: its key, value, headers and timestamp, and why",
        "description": "The original bytes, whatever they are, and the original headers before these. Where a header"
        " comes more than once, the last one tells of the last failure.",
        "contentType": "application/octet-stream",
        "headers": {
            "type": "object",
            "properties": {
                **properties,
                dead_letters.TRIMMED_FROM: {"type": "string", **_TRIMMED},
                **{name: _text(meaning) for name, meaning in _REPLAY.items()},
            },
            "required": list(_DEAD_LETTER),
        },
        "bindings": _key("the original key, if it had one"),
    }


def _replay(schemas: Mapping[type[events.Event], str]) -> dict[str, Any]:
    return {
        "name": "Replay",
        "title": "A note that a dead letter was sent back to the topic it had failed on",
        "contentType": envelope.CONTENT_TYPE,
        "headers": {
            "type": "object",
            "properties": {"content-type": {"type": "string", "const": envelope.CONTENT_TYPE}},
            "required": ["content-type"],
        },
        "payload": {"schemaFormat": JSON_SCHEMA, "schema": {"$ref": schemas[events.Replay]}},
        "bindings": _key("partition@offset of the dead letter"),
    }


def _key(meaning: str) -> dict[str, Any]:
    return {"kafka": {"key": _text(meaning), "bindingVersion": KAFKA_BINDING}}


def _text(description: str) -> dict[str, Any]:
    return {"type": "string", "description": description}

"""CloudEvents 1.0 headers (Kafka protocol binding 1.0.3), deterministic event ids, and what is carried along."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from streams.articles import decode_json, json_type
from streams.dead_letters import OF_A_REPLAY
from streams.errors import UndecodableValue
from streams.records import CARRIED_ON, Headers, Record, last_header

CONTENT_TYPE = "application/json"
STRUCTURED = "application/cloudevents+json"

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "kabar")
_CORE_ATTRIBUTES = frozenset(
    (
        "specversion",
        "id",
        "source",
        "type",
        "subject",
        "time",
        "dataschema",
        "datacontenttype",
        "data",
        "data_base64",
    )
)
# Trace context travels under its own W3C names, not as CloudEvents attributes, in Kafka headers.
_TRACE_CONTEXT = frozenset(("traceparent", "tracestate"))
_REQUIRED = ("specversion", "id", "source", "type")
_ATTRIBUTES = "specversion id source type time subject dataschema datacontenttype correlationid causationid"
# Nobody but a stage may say that a record has been carried on: the next stage would leave it.
_OURS = (
    frozenset(("content-type", CARRIED_ON[0], *(f"ce_{name}" for name in _ATTRIBUTES.split()))) | OF_A_REPLAY
)
# What the String type of CloudEvents 1.0.2 (section 3.2) leaves out: control characters and noncharacters.
_DISALLOWED = re.compile(
    "[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef"
    + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000))
    + "]"
)
# Names of attributes are letters and digits (section 3.1, which has the letters small).
_ATTRIBUTE_NAME = re.compile("[A-Za-z0-9]+")


@dataclass(frozen=True, slots=True)
class Origin:
    """The event that a record carries: who it is, and what travels on from it."""

    id: str
    """Its CloudEvents id; for a record that is no CloudEvent, one derived from its place and content."""
    source: str
    correlation_id: str
    """Id of the raw event at the start of the chain."""
    time: str
    """RFC 3339 time of the raw record at the start of the chain."""
    carried: Headers
    """Headers that are not ours."""
    digest: str = ""
    """SHA-256 of a raw record's value: publishers give two versions of an article the same id by mistake."""


@dataclass(frozen=True, slots=True)
class EventType:
    """What a stage says of the events it emits."""

    stage: str
    type: str
    """`ce_type`, as in `news.article.clean.v1`."""
    schema: str
    """`ce_dataschema`: the `$id` of the value's JSON Schema."""

    @property
    def source(self) -> str:
        """`ce_source`."""
        return f"/kabar/{self.stage}"


def origin_of(record: Record, *, is_raw: bool) -> Origin:
    """The event in a binary-mode CloudEvent, or in a record that is no CloudEvent at all.

    Args:
        record: the record as it was read.
        is_raw: whether it came from a publisher, so that it starts a chain of its own.
    """
    required = {name: last_header(record.headers, f"ce_{name}") for name in _REQUIRED}
    event_id, source = required["id"], required["source"]
    # An id counts with its source only: two publishers may both have an event 1.
    if not event_id or not source or not all(required.values()):
        event_id, source = _derived_event_id(record), f"/kafka/{record.topic}"
    correlation = None if is_raw else last_header(record.headers, "ce_correlationid")
    time = None if is_raw else last_header(record.headers, "ce_time")
    return Origin(
        id=event_id,
        source=source,
        correlation_id=correlation or event_id,
        time=time or rfc3339(record.timestamp_ms),
        carried=tuple(header for header in record.headers if header[0] not in _OURS),
        digest=_digest(record) if is_raw else "",
    )


def is_structured(record: Record) -> bool:
    """Whether the value is a structured-mode CloudEvent, by its content type."""
    media_type = (last_header(record.headers, "content-type") or "").partition(";")[0]
    return media_type.strip().lower() == STRUCTURED


def decode_structured(record: Record) -> tuple[Origin, Any]:
    """The event and the decoded data of a structured-mode CloudEvent (CloudEvents JSON event format 1.0.2).

    Raises:
        UndecodableValue: the value is no CloudEvent, or its data is not JSON.
    """
    event = decode_json(record.value or b"")
    if not isinstance(event, dict):
        raise UndecodableValue(f"a CloudEvent must be a JSON object, not {json_type(event)}")
    for name in _REQUIRED:
        if not isinstance(event.get(name), str) or not event[name]:
            raise UndecodableValue(f"the CloudEvent has no {name}")
    if event["specversion"] != "1.0":
        raise UndecodableValue(f"CloudEvents {event['specversion'][:20]!r} is not supported, only '1.0'")
    carried = [header for header in record.headers if header[0] not in _OURS]
    for name, value in event.items():
        if name in _CORE_ATTRIBUTES or not isinstance(value, str | int | bool):
            continue
        text = str(value).lower() if isinstance(value, bool) else str(value)
        header = name if name in _TRACE_CONTEXT else f"ce_{name}"
        if header not in _OURS and _ATTRIBUTE_NAME.fullmatch(name):
            carried.append((header, attribute(text).encode()))
    origin = Origin(
        id=event["id"],
        source=event["source"],
        correlation_id=event["id"],
        time=rfc3339(record.timestamp_ms),
        carried=tuple(carried),
        digest=_digest(record),
    )
    return origin, _structured_data(event)


def attribute(text: str) -> str:
    """`text` as the value of an attribute: characters that CloudEvents does not allow in one are percent-encoded.

    So no id, key or source of a publisher can start a header or a line of its own where headers are printed or passed
    on as text. Which article it is, the record's key and its value's `id` tell without loss.
    """
    return _DISALLOWED.sub(lambda match: quote(match[0].encode("utf-8", errors="surrogatepass")), text)


def headers_for(event_type: EventType, origin: Origin, *, subject: str | None, version: str) -> Headers:
    """The headers of the event that a stage makes from `origin`.

    `ce_id` is a name-based UUID (RFC 9562, version 5) of the pipeline version, the event type and the identity
    of the event it came from, with the content of a raw one: the same input and version give the same id, so a
    replay can be dropped by it, and other content gives another, also under an id that its publisher used before.

    Args:
        event_type: what is emitted.
        origin: the event it was made from.
        subject: the article id, or of a deletion its key; written as `attribute` has it. None if there is none.
        version: the pipeline version.
    """
    identity = f"{version}\n{event_type.type}\n{origin.source}\n{origin.id}\n{origin.digest}"
    event_id = str(uuid.uuid5(_NAMESPACE, identity))
    ours = {
        "content-type": CONTENT_TYPE,
        "ce_specversion": "1.0",
        "ce_id": event_id,
        "ce_source": event_type.source,
        "ce_type": event_type.type,
        "ce_time": origin.time,
        "ce_subject": subject,
        "ce_dataschema": event_type.schema,
        "ce_correlationid": origin.correlation_id,
        "ce_causationid": origin.id,
    }
    return (*((name, attribute(value).encode()) for name, value in ours.items() if value), *origin.carried)


def rfc3339(timestamp_ms: int) -> str:
    """Unix milliseconds as an RFC 3339 date-time in UTC; times outside the years 1 to 9999 become the epoch."""
    try:
        moment = datetime.fromtimestamp(timestamp_ms / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        moment = datetime.fromtimestamp(0, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _derived_event_id(record: Record) -> str:
    """The place alone would repeat when a cluster is made anew; the content alone, when a publisher sends twice."""
    place = f"{record.topic}/{record.partition}/{record.offset}/{record.timestamp_ms}"
    return str(uuid.uuid5(_NAMESPACE, f"{place}\n{_digest(record)}"))


def _digest(record: Record) -> str:
    return hashlib.sha256(record.value or b"").hexdigest()


def _structured_data(event: dict[str, Any]) -> Any:
    if event.get("data_base64") is not None:
        try:
            return decode_json(base64.b64decode(event["data_base64"], validate=True))
        except (binascii.Error, TypeError, ValueError) as error:
            raise UndecodableValue("data_base64 of the CloudEvent is not base64") from error
    if "data" not in event:
        raise UndecodableValue("the CloudEvent has no data")
    return event["data"]

"""What a span says: OpenTelemetry's semantic conventions for messaging, and what is ours. Never an article's text.

The conventions are not stable yet, and their package keeps them in a module that may change at any time; so the names
are written down here, and a test holds them against that package.
"""

from __future__ import annotations

from streams import logs

SYSTEM = "messaging.system"
KAFKA = "kafka"
OPERATION_NAME = "messaging.operation.name"
OPERATION_TYPE = "messaging.operation.type"
DESTINATION = "messaging.destination.name"
PARTITION = "messaging.destination.partition.id"
OFFSET = "messaging.kafka.offset"
GROUP = "messaging.consumer.group.name"
MESSAGE_ID = "messaging.message.id"
KEY = "messaging.kafka.message.key"
TOMBSTONE = "messaging.kafka.message.tombstone"
ERROR_TYPE = "error.type"

STAGE = "kabar.stage"
CALL_RECORDS = "kabar.call.records"
"""How many records the stage worked on together; its time is theirs as well."""

MAX_ID_CHARS = 200

Attributes = dict[str, str | bool | int]


def of_message(topic: str, *, key: bytes | None, message_id: str | None, is_tombstone: bool) -> Attributes:
    """Which message a span is about.

    Args:
        topic: where it lies, or goes.
        key: its key. Like the id it is whatever its publisher made it, and cut.
        message_id: the id of the event in it, where that is known.
        is_tombstone: whether it is a deletion.
    """
    attributes: Attributes = {SYSTEM: KAFKA, DESTINATION: topic}
    if key is not None:
        attributes[KEY] = logs.article_of(key)
    if message_id is not None:
        attributes[MESSAGE_ID] = message_id[:MAX_ID_CHARS]
    if is_tombstone:
        attributes[TOMBSTONE] = True
    return attributes

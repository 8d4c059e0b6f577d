"""A streaming data frame of Quix Streams as its documentation begins: apply, then to_topic."""

from __future__ import annotations

from typing import Any

from quixstreams import Application, message_context
from quixstreams.models import SerializationContext, Serializer

from bench.rivals.enricher import Enricher
from streams import topics
from streams.records import Emit, Record
from streams.settings import load


class _Value(Serializer):
    """Writes what is to be written as it is."""

    def __call__(self, value: Emit, ctx: SerializationContext) -> bytes:  # noqa: ARG002 - as Quix Streams calls it
        return value.value or b""


settings = load()
enrich = Enricher(settings)
session_ms = round(settings.session_timeout_seconds * 1000)
app = Application(
    broker_address=settings.bootstrap,
    consumer_group=settings.group,
    auto_offset_reset="earliest",
    auto_create_topics=False,
    use_changelog_topics=False,
    consumer_extra_config={"session.timeout.ms": session_ms, "heartbeat.interval.ms": session_ms // 4},
    # In its own folder: processes that share one fall over each other when they make it.
    state_dir=settings.data_dir / "state",
    loglevel="WARNING",
)


def _enriched(value: bytes, key: bytes | None, timestamp: int, headers: Any) -> Emit:
    place = message_context()
    given = tuple(headers or ())
    record = Record(place.topic, place.partition, place.offset, timestamp, key, value, given)
    return enrich(record)


def _goes_to(topic: topics.Topic) -> Any:
    return lambda emit: topic in emit.topics


raw = app.topic(topics.RAW.name(settings), value_deserializer="bytes", key_deserializer="bytes")
frame = app.dataframe(raw).apply(_enriched, metadata=True)
frame = frame.set_headers(lambda emit, _key, _timestamp, _headers: list(emit.headers))
for written in (topics.ENRICHED, *topics.BY_TOPIC_ID.values()):
    target = app.topic(written.name(settings), value_serializer=_Value(), key_serializer="bytes")
    frame[frame.apply(_goes_to(written))].to_topic(target, key=lambda emit: emit.key)


if __name__ == "__main__":
    app.run()

"""A Faust agent as its documentation begins: one event at a time, the model in the agent's process."""

from __future__ import annotations

import os
import sys
from typing import Any

import faust

from bench.rivals.enricher import Enricher, names
from streams import topics
from streams.records import Record
from streams.settings import load

settings = load()
enrich = Enricher(settings)
app = faust.App(
    settings.group,
    broker=f"kafka://{settings.bootstrap}",
    datadir=str(settings.data_dir / str(os.getpid())),
    consumer_auto_offset_reset="earliest",
    broker_session_timeout=settings.session_timeout_seconds,
    broker_heartbeat_interval=settings.session_timeout_seconds / 4,
    topic_allow_declare=False,
    topic_disable_leader=True,
    web_enabled=False,
)


def _topic(name: str) -> Any:
    return app.topic(name, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw")


outgoing = {topic.name(settings): _topic(topic.name(settings)) for topic in topics.ALL}


@app.agent(outgoing[topics.RAW.name(settings)])
async def enriching(stream: Any) -> None:
    """Raw articles in, enriched ones out."""
    async for event in stream.events():
        message = event.message
        emit = enrich(
            Record(
                topic=message.topic,
                partition=message.partition,
                offset=message.offset,
                timestamp_ms=round(message.timestamp * 1000),
                key=message.key,
                value=message.value,
                headers=tuple(message.headers or ()),
            )
        )
        for name in names(emit, settings):
            await outgoing[name].send(key=emit.key, value=emit.value, headers=list(emit.headers))


if __name__ == "__main__":
    sys.argv[1:] = ["worker", "--loglevel", "warn", "--without-web"]
    app.main()

"""The Faust app, with the whole topology on one screen.

articles.raw --clean--> articles.clean --tag--> articles.tagged --classify--> articles.enriched
               |                          |                         |-------> topics.diplomacy
               |                          |                         |-------> topics.terrorism
               +------------+-------------+-------------------------+-------> topics of KABAR_OWN_TOPICS
                            v
                      articles.dead

The agent that reads `raw` takes an article through all three stages at once and writes all these topics; the other two
work on what lies between the stages and has not been carried on. With KABAR_STAGES_APART each does its stage alone.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import faust

from streams import own_topics, probes, topics
from streams.agents import classify, clean, tag
from streams.chain import Chain
from streams.delivery import Send
from streams.metrics import Metrics
from streams.no_tables import NoTables
from streams.pool import Pool
from streams.records import Headers
from streams.runner import Runner
from streams.security import credentials
from streams.settings import Settings
from streams.transport import Transport, let_go

if TYPE_CHECKING:
    from streams.traces.stages import StageTraces

NEVER_SECONDS = 1e9
MOST_IN_A_BATCH = 262_144
"""Bytes before compression. A partition has one batch at a time, and what does not fit waits for the next request: with
the usual 16 kB that is every third article."""


def create_app(
    settings: Settings,
    pool: Pool,
    metrics: Metrics,
    *,
    fail: Callable[[faust.App, Exception], Awaitable[None]],
    traces: StageTraces | None = None,
) -> faust.App:
    """The app with its three agents, not yet started; `pool` has to be started before it.

    `fail` is told of a fault of ours, after which no agent goes on: it has to end the app. `traces` makes spans of
    what the agents work on, where they are wanted.

    An agent's concurrency stays 1: with more, Faust commits past a gap of one unacknowledged record, and a killed
    worker loses it. Partitions, processes and workers are what scales.
    """
    app = _configured(settings)
    transport = Transport(app.conf.broker_consumer, app)
    transport.between = frozenset(topic.name(settings) for topic in (topics.CLEAN, topics.TAGGED))
    app.transport = transport
    send = _sender(app)
    first = clean.stage(settings) if settings.stages_apart else Chain.of(settings)
    for work in (first, tag.stage(), classify.stage(own_topics.of(settings))):
        source = app.topic(
            work.reads.name(settings),
            key_type=bytes,
            value_type=bytes,
            key_serializer="raw",
            value_serializer="raw",
        )
        runner = Runner(
            work,
            pool=pool,
            send=send,
            settings=settings,
            metrics=metrics,
            fail=partial(fail, app),
            let_go=partial(let_go, app),
            traces=traces,
        )
        app.agent(source, name=work.name, concurrency=1)(runner.run)
    probes.serve(app, metrics, pool)
    return app


def _configured(settings: Settings) -> faust.App:
    request_timeout = max(40.0, settings.session_timeout_seconds * 2)
    return faust.App(
        settings.group,
        broker=[f"kafka://{broker}" for broker in settings.brokers],
        broker_credentials=credentials(settings),
        datadir=str(settings.data_dir),
        autodiscover=False,
        # Topics are created by `kabar topics` (and by a worker that finds them missing), never by Faust.
        topic_allow_declare=False,
        topic_disable_leader=True,
        TableManager=NoTables,
        stream_wait_empty=True,
        stream_buffer_maxsize=settings.batch_size,
        broker_max_poll_records=max(1, settings.batch_size // 4),
        processing_guarantee="at_least_once",
        consumer_auto_offset_reset="earliest",
        consumer_max_fetch_size=settings.max_record_bytes + topics.DEAD_LETTER_ROOM,
        producer_max_request_size=settings.max_record_bytes + topics.DEAD_LETTER_ROOM,
        producer_compression_type="gzip",
        producer_linger_ms=0,
        producer_max_batch_size=min(MOST_IN_A_BATCH, settings.max_record_bytes),
        producer_acks=-1,
        broker_commit_interval=0.5,
        broker_session_timeout=settings.session_timeout_seconds,
        broker_heartbeat_interval=settings.session_timeout_seconds / 4,
        broker_request_timeout=request_timeout,
        # aiokafka stays out of the group once nothing was fetched for so long; results may wait longer for a broker.
        broker_max_poll_interval=NEVER_SECONDS,
        web_enabled=settings.web_port > 0,
        web_host=settings.web_host,
        web_bind=settings.web_host,
        web_port=settings.web_port or 6066,
        worker_redirect_stdouts=False,
    )


def _sender(app: faust.App) -> Send:
    producer: Any = None

    async def send(
        topic: str, *, key: bytes | None, value: bytes | None, headers: Headers, timestamp_ms: int | None
    ) -> Awaitable[Any]:
        nonlocal producer
        if producer is None:
            # Not each time: it lets others run, and the producer would not wait for the next record.
            producer = await app.maybe_start_producer()
        # Faust counts seconds and cuts to whole milliseconds: without the half, many would lose one.
        seconds = None if timestamp_ms is None else (timestamp_ms + math.copysign(0.5, timestamp_ms)) / 1000
        delivery: Awaitable[Any] = await producer.send(topic, key, value, None, seconds, list(headers))
        return delivery

    return send

"""aiokafka as one would tune it: batches, a process for each core, sends gathered, committed after each batch."""

from __future__ import annotations

import asyncio
import signal
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from itertools import chain

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from bench.rivals.enricher import Enricher, names, record_of, say_at_work
from streams import topics
from streams.children import ended_with_us
from streams.records import Emit, Record
from streams.settings import load

BATCH = 64


@cache
def _enricher() -> Enricher:
    return Enricher(load())


def _start() -> None:
    end_with_parent = ended_with_us(signal.SIGKILL)
    if end_with_parent is not None:
        end_with_parent()
    _enricher()


def _enrich(records: list[Record]) -> list[Emit]:
    return _enricher().all(records)


async def _run() -> None:
    settings = load()
    loop = asyncio.get_running_loop()
    consumer = AIOKafkaConsumer(
        topics.RAW.name(settings),
        bootstrap_servers=settings.bootstrap,
        group_id=settings.group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        session_timeout_ms=round(settings.session_timeout_seconds * 1000),
        heartbeat_interval_ms=round(settings.session_timeout_seconds * 250),
    )
    producer = AIOKafkaProducer(bootstrap_servers=settings.bootstrap)
    processes = settings.nlp_processes
    with ProcessPoolExecutor(processes, initializer=_start) as pool:
        # Before anything runs beside it that a fork would copy.
        await loop.run_in_executor(pool, _enrich, [])
        async with consumer, producer:
            while True:
                fetched = await consumer.getmany(timeout_ms=200, max_records=BATCH)
                records = [record_of(message) for messages in fetched.values() for message in messages]
                if not records:
                    continue
                shares = [records[start::processes] for start in range(min(processes, len(records)))]
                done = await asyncio.gather(*(loop.run_in_executor(pool, _enrich, share) for share in shares))
                sent = [
                    await producer.send(name, emit.value, key=emit.key, headers=list(emit.headers))
                    for emit in chain.from_iterable(done)
                    for name in names(emit, settings)
                ]
                await asyncio.gather(*sent)
                await consumer.commit()
                say_at_work()


if __name__ == "__main__":
    asyncio.run(_run())

"""From `raw` to `enriched`: one article at a time on an idle system, and many at half of what it can take."""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from bench import material
from bench.arrivals import AT_ONCE_MS, Arrivals, StandstillError
from bench.brokers import Broker
from bench.contestants import KABAR, EndedError, Running
from bench.telling import Tell
from bench.throughput import new_prefix
from streams import admin, topics
from streams.settings import Settings
from tests.broker.pipeline import Raw
from tests.chaos import corpus

SEED = 2024
PAUSE_S = (0.3, 0.7)
WARM_UP = 60
NOT_COUNTED_S = 5.0


@dataclass(frozen=True, slots=True)
class Plan:
    """How much."""

    rate: float
    """Articles a second, on the mean; they come as by chance (Poisson)."""
    seconds: float = 30.0
    alone: int = 30
    """Articles on the idle system."""


@dataclass(frozen=True, slots=True)
class Latencies:
    """What was measured on one broker, in milliseconds."""

    broker: str
    rate: float
    load_average: float
    alone_ms: tuple[float, ...] = ()
    half_load_ms: tuple[float, ...] = ()
    behind_ms: float = 0.0
    """How far the publisher was behind its times at most: it would hide latency."""
    fault: str | None = None


def failed(broker: str, fault: str) -> dict[str, Any]:
    """In place of what could not be measured."""
    return asdict(Latencies(broker, 0.0, os.getloadavg()[0], fault=fault))


def measure(broker: Broker, plan: Plan, *, folder: Path, tell: Tell) -> dict[str, Any]:
    """Both latencies of a worker on a broker that is awake."""
    settings = broker.settings(new_prefix())
    try:
        return asdict(asyncio.run(_measured(broker, plan, settings, folder, tell)))
    except (EndedError, StandstillError, KafkaError) as error:
        return failed(broker.name, str(error))


async def _measured(broker: Broker, plan: Plan, settings: Settings, folder: Path, tell: Tell) -> Latencies:
    chance = random.Random(SEED)  # noqa: S311 - the same times in each run are wanted
    times = _times(plan, chance)
    articles = material.articles(0, WARM_UP + plan.alone + len(times))
    await admin.wait_for_topics(settings)
    await corpus.publish(articles[:WARM_UP], settings)
    with Running.of(KABAR, settings, folder) as running:
        async with (
            Arrivals.on(settings, fetch_wait_ms=AT_ONCE_MS) as arrivals,
            AIOKafkaProducer(bootstrap_servers=settings.bootstrap, linger_ms=0) as producer,
        ):
            await arrivals.reach(WARM_UP, check=running.check)
            publisher = _Publisher(producer, settings, arrivals, running)
            alone = await publisher.one_at_a_time(articles[WARM_UP : WARM_UP + plan.alone], chance, tell)
            many, behind = await publisher.at(times, articles[WARM_UP + plan.alone :], tell)
    return Latencies(broker.name, plan.rate, os.getloadavg()[0], tuple(alone), tuple(many), behind)


def _times(plan: Plan, chance: random.Random) -> list[float]:
    """When to publish, in seconds from the start."""
    times, at = [], chance.expovariate(plan.rate)
    while at < plan.seconds:
        times.append(at)
        at += chance.expovariate(plan.rate)
    return times


class _Publisher:
    def __init__(
        self, producer: AIOKafkaProducer, settings: Settings, arrivals: Arrivals, running: Running
    ) -> None:
        self._producer = producer
        self._topic = topics.RAW.name(settings)
        self._arrivals = arrivals
        self._running = running

    async def one_at_a_time(self, articles: Sequence[Raw], chance: random.Random, tell: Tell) -> list[float]:
        """Milliseconds of each; the next is published a while after the last came out."""
        found = []
        for number, raw in enumerate(articles):
            await asyncio.sleep(chance.uniform(*PAUSE_S))
            sent = time.perf_counter()
            await self._producer.send(self._topic, raw.value, key=raw.key)
            await self._arrivals.reach(self._arrivals.count + 1, check=self._running.check)
            found.append(self._milliseconds(raw, sent))
            tell(number + 1, len(articles))
        return found

    async def at(
        self, times: Sequence[float], articles: Sequence[Raw], tell: Tell
    ) -> tuple[list[float], float]:
        """Milliseconds of each that was published after the first seconds, and how late one was published."""
        before, began, behind, sent = self._arrivals.count, time.perf_counter(), 0.0, []
        for at, raw in zip(times, articles, strict=True):
            await asyncio.sleep(max(0.0, began + at - time.perf_counter()))
            sent.append(time.perf_counter())
            behind = max(behind, sent[-1] - began - at)
            await self._producer.send(self._topic, raw.value, key=raw.key)
            tell(self._arrivals.count - before, len(times))
        await self._arrivals.reach(before + len(times), check=self._running.check)
        pairs = zip(sent, articles, strict=True)
        counted = [self._milliseconds(raw, at) for at, raw in pairs if at - began >= NOT_COUNTED_S]
        return counted, behind * 1000

    def _milliseconds(self, raw: Raw, sent: float) -> float:
        assert raw.key is not None  # noqa: S101 - all of ours have one
        return (self._arrivals.at[raw.key] - sent) * 1000

"""From the start of a worker's process to its first event, with one article waiting for it."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path
from typing import Any

from aiokafka.errors import KafkaError

from bench import material
from bench.arrivals import AT_ONCE_MS, Arrivals, StandstillError
from bench.brokers import Broker
from bench.contestants import KABAR, EndedError, Running
from bench.throughput import new_prefix
from streams import admin
from tests.chaos import corpus

TIMES = 5


def measure(broker: Broker, *, folder: Path) -> dict[str, Any]:
    """Once, on a broker that is awake: seconds, or why there are none."""
    found: dict[str, Any] = {"broker": broker.name, "seconds": None, "fault": None}
    try:
        found["seconds"] = asyncio.run(_seconds(broker, folder))
    except (EndedError, StandstillError, KafkaError) as error:
        found["fault"] = str(error)
    return {**found, "load_average": os.getloadavg()[0]}


async def _seconds(broker: Broker, folder: Path) -> float:
    settings = broker.settings(new_prefix())
    await admin.wait_for_topics(settings)
    await corpus.publish(material.articles(0, 1), settings)
    async with Arrivals.on(settings, fetch_wait_ms=AT_ONCE_MS) as arrivals:
        began = time.perf_counter()
        with Running.of(KABAR, settings, folder) as running:
            await arrivals.reach(1, check=running.check)
    return max(arrivals.at.values()) - began

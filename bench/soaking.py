"""A long run: articles through workers on Apache Kafka, measured all the way."""

from __future__ import annotations

import asyncio
import os
import subprocess
import time
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from aiokafka.errors import KafkaError

from bench.lag import Offsets, Progress
from bench.memory import Memory, Watched
from streams import admin
from streams.cli import local
from streams.settings import Settings, load
from tests.chaos import corpus
from tests.chaos.audit import Audit, audit
from tests.kafka.node import KafkaNode

PATIENCE_S = 300.0
"""Without anything new for so long, a run is taken to be stuck."""
LOOK_S = 1.0
PUBLISHED_AT_ONCE = 250


@dataclass(frozen=True)
class Plan:
    """What is asked for."""

    articles: int
    workers: int
    processes: int
    """For language work, in each worker."""
    ahead: int | None
    """How many articles at most may lie on the topics without having come out; None for all at once."""
    every: float
    """Seconds between two samples of memory."""
    record_seconds: float | None = None
    """KABAR_RECORD_SECONDS of the workers; None for Kabar's own."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One moment of a run."""

    at: float
    """Seconds since the first article was published."""
    progress: Progress
    memory: dict[str, Memory]


@dataclass
class Run:
    """What was measured, as far as the run came."""

    plan: Plan
    samples: list[Sample] = field(default_factory=list)
    is_cut_short: bool = False
    """Whether somebody ended it before all articles were published."""
    faults: list[str] = field(default_factory=list)
    """What a run must not meet: workers that ended by themselves, a standstill."""
    audit: Audit | None = None
    """None if it was ended before that."""
    load_average: list[float] = field(default_factory=list)
    """Of the machine, over a minute, at each sample: others may have used it too."""


class Soak:
    """Runs a plan.

    Args:
        plan: what to do.
        folder: where the workers keep their files and logs.
        tell: called with each sample.
    """

    def __init__(self, plan: Plan, folder: Path, *, tell: Callable[[Sample], None]) -> None:
        self.run = Run(plan)
        self._folder = folder
        self._tell = tell
        self._stops = asyncio.Event()
        self._more_out = asyncio.Condition()
        self._progress = Progress(published=0, out=0, lag={})
        self._workers: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def is_stopping(self) -> bool:
        """Whether it was asked to."""
        return self._stops.is_set()

    def stop_publishing(self) -> None:
        """No further articles; the run ends in order when those that are in have come out."""
        self._stops.set()

    async def work(self) -> Run:
        """Broker, workers, articles, audit. Cancelled, it leaves what it has measured in `run`.

        Raises:
            NoKafkaError: Apache Kafka cannot run here.
        """
        async with AsyncExitStack() as stack:
            node = KafkaNode()
            stack.push_async_callback(asyncio.to_thread, node.close)
            await asyncio.to_thread(node.start)
            settings = load(brokers=node.bootstrap, prefix="soak", group="soak")
            await admin.create_topics(settings)
            self._start_workers(settings, stack)
            stack.push_async_callback(asyncio.to_thread, self._stop_workers)
            offsets = await stack.enter_async_context(Offsets.of(settings))
            await self._until_ready(offsets)
            watched = Watched(
                {name: process.pid for name, process in self._workers.items()},
                {"broker": node.pid, "driver": os.getpid()},
            )
            await self._measure(offsets, watched, settings)
            await asyncio.to_thread(self._stop_workers)
            self.run.audit = await audit(settings)
        return self.run

    def _start_workers(self, settings: Settings, stack: AsyncExitStack) -> None:
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("KABAR_")},
            "KABAR_BROKERS": settings.bootstrap,
            "KABAR_PREFIX": settings.prefix,
            "KABAR_GROUP": settings.group,
            "KABAR_WEB_PORT": "0",
            "KABAR_NLP_PROCESSES": str(self.run.plan.processes),
        }
        if self.run.plan.record_seconds is not None:
            environment["KABAR_RECORD_SECONDS"] = str(self.run.plan.record_seconds)
        for number in range(1, self.run.plan.workers + 1):
            name = f"worker {number}"
            folder = self._folder / f"worker-{number}"
            folder.mkdir()
            with (folder / "log").open("wb") as log:
                worker = local.worker({**environment, "KABAR_DATA_DIR": str(folder)}, output=log)
                self._workers[name] = stack.enter_context(worker)

    def _stop_workers(self) -> None:
        for process in self._workers.values():
            local.stop(process)

    async def _until_ready(self, offsets: Offsets) -> None:
        """A worker that joins later would take partitions from the others, who then do some work twice."""
        while not self._notes_a_fault() and await offsets.members() < self.run.plan.workers:  # noqa: ASYNC110 - the broker is asked
            await asyncio.sleep(LOOK_S)

    async def _measure(self, offsets: Offsets, watched: Watched, settings: Settings) -> None:
        publishing = asyncio.create_task(self._publish(settings))
        began, next_sample, last_out = time.monotonic(), 0.0, 0.0
        try:
            while not self._notes_a_fault():
                # A broker that is slow to answer is asked again; one that is gone is a standstill.
                progress = self._progress
                with suppress(KafkaError):
                    progress = await offsets.progress()
                at = time.monotonic() - began
                if progress.out > self._progress.out:
                    last_out = at
                await self._note(progress)
                is_through = publishing.done() and progress.is_through
                if at >= next_sample or is_through:
                    next_sample = at + self.run.plan.every
                    await self._sample(at, watched)
                if is_through:
                    publishing.result()
                    return
                if at - last_out > PATIENCE_S:
                    self.run.faults.append(f"nothing came out for {PATIENCE_S:.0f} s")
                await asyncio.sleep(min(LOOK_S, self.run.plan.every))
        finally:
            publishing.cancel()

    async def _sample(self, at: float, watched: Watched) -> None:
        sample = Sample(at, self._progress, await asyncio.to_thread(watched.measure))
        self.run.samples.append(sample)
        self.run.load_average.append(os.getloadavg()[0])
        self._tell(sample)

    async def _note(self, progress: Progress) -> None:
        self._progress = progress
        async with self._more_out:
            self._more_out.notify_all()

    async def _publish(self, settings: Settings) -> None:
        records, published = corpus.articles(self.run.plan.articles), 0
        while not self._stops.is_set() and (some := list(islice(records, PUBLISHED_AT_ONCE))):
            published += await corpus.publish(some, settings)
            await self._room_after(published)
        self.run.is_cut_short = published < self.run.plan.articles

    async def _room_after(self, published: int) -> None:
        ahead = self.run.plan.ahead
        async with self._more_out:
            await self._more_out.wait_for(
                lambda: ahead is None or self._stops.is_set() or published - self._progress.out < ahead
            )

    def _notes_a_fault(self) -> bool:
        for name, process in self._workers.items():
            if process.poll() is not None and not self.run.faults:
                log = (self._folder / name.replace(" ", "-") / "log").read_text(errors="replace")
                self.run.faults.append(
                    f"{name} ended by itself with status {process.returncode}: {log.splitlines()[-1:]}"
                )
        return bool(self.run.faults)

"""The processes that do a worker's language work, and what happens when one of them dies or hangs.

Children are forked from one that has loaded the model already (a fork server), so they share its memory and
start at once. A call that takes too long is ended by the kernel with its process, so to hang is to die. A record
that kills its process is found by running each record of the failed call alone in a process set apart; its
neighbours come out, it becomes a dead letter.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import forkserver
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from typing import Any

from streams.errors import InvalidRecord, ProcessKilled, TookTooLong
from streams.own_topics import TrainedTopic
from streams.records import Emit, Outcome, Record, joined, onward
from streams.stage import Stage, Work, rejection, spent

log = logging.getLogger(__name__)

_PRELOAD = "streams.preload"
TRIES = 2
"""Among others and alone. What fails both times is at fault itself, and is not tried again."""

SMALL_RECORD_BYTES = 100_000
"""Records up to this size have the same time limit, larger ones a longer one in proportion."""

_ONE_THREAD_EACH = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")

WAITING = 6
"""How much longer a call may last, by the clock, than the processor time it may take."""


def begin_loading() -> None:
    """Starts the process that the others are forked from, and returns at once: it loads the models meanwhile."""
    _context()
    forkserver.ensure_running()


class Pool:
    """A fixed number of processes that turn records into outcomes.

    Args:
        processes: how many records' batches are worked on at the same time, at least 1.
        seconds: the processor time that a call with a small record may take; see `limit_seconds`.
        told: told of each call how many seconds each of its stages took.
        own_topics: those whose models the processes load at the start.
    """

    def __init__(
        self,
        processes: int,
        *,
        seconds: float = 10.0,
        told: Callable[[Mapping[str, float]], None] = lambda _: None,
        own_topics: Sequence[TrainedTopic] = (),
    ) -> None:
        self.processes = processes
        self.restarts = 0
        """How often the processes were replaced because one of them died."""
        self.model = ""
        """Name and version of what the processes work with, once they are started."""
        self._told = told
        self._seconds = seconds
        self._own_topics = tuple(own_topics)
        self._executor: ProcessPoolExecutor | None = None
        self._apart: ProcessPoolExecutor | None = None
        self._one_suspect_at_a_time = asyncio.Lock()

    def start(self) -> None:
        """Starts the processes and waits until each has the model.

        Raises:
            ModelMissing: the packaged model, or that of a topic of one's own, is absent or damaged.
        """
        self._executor = self._new_executor(self.processes)
        loading = [self._executor.submit(_load_models, self._own_topics) for _ in range(self.processes)]
        for ready in loading:
            self.model = ready.result()

    def stop(self) -> None:
        """Ends the processes; work that has not begun is given up."""
        for executor in (self._executor, self._apart):
            if executor is not None:
                executor.shutdown(wait=False, cancel_futures=True)
        self._executor = self._apart = None

    async def outcomes(self, work: Work, records: Sequence[Record]) -> list[Outcome]:
        """What `work` makes of the records, in order, by one of the processes as soon as one is free."""
        executor = self._running()
        try:
            return await self._call(executor, work, records)
        except BrokenProcessPool:
            if self._executor is executor:
                log.warning("A language process ended in the middle of its work: all are replaced.")
                executor.shutdown(wait=False, cancel_futures=True)
                self._executor = None
                self.restarts += 1
            return [await self._outcome_apart(work, record) for record in records]

    def limit_seconds(self, records: Sequence[Record]) -> float:
        """The processor time that a call with these records may take: `seconds`, and again for each 100 kB in all.

        That is what a loop without end uses up, and it is the same on a machine that is busy with other things. A call
        that waits for something instead is ended after `WAITING` times as long.
        """
        size = sum(len(record.value or b"") for record in records)
        return self._seconds * (1 + size // SMALL_RECORD_BYTES)

    async def _outcome_apart(self, work: Work, record: Record) -> Outcome:
        """The outcome of one record in a process of its own, so that a death is that record's doing.

        It goes from stage to stage in calls of their own: a death tells which of them it was.
        """
        first, *others = work.parts
        async with self._one_suspect_at_a_time:
            outcome = joined(None, await self._part_apart(first, record), stage=first.name)
            for part in others:
                if isinstance(outcome, Emit):
                    later = await self._part_apart(part, onward(record, outcome))
                    outcome = joined(outcome, later, stage=part.name)
        return outcome

    async def _part_apart(self, stage: Stage[Any, Any], record: Record) -> Outcome:
        await self._ready_apart()
        limit, began = self.limit_seconds([record]), time.monotonic()
        try:
            [outcome] = await self._call(self._running_apart(), stage, [record])
        except BrokenProcessPool:
            self._give_up_apart()
            return rejection(_reason(time.monotonic() - began, limit), attempts=TRIES)
        return outcome

    async def _call(
        self, executor: ProcessPoolExecutor, work: Work, records: Sequence[Record]
    ) -> list[Outcome]:
        loop = asyncio.get_running_loop()
        limit = self.limit_seconds(records)
        outcomes, seconds = await loop.run_in_executor(executor, _in_time, work, records, limit)
        self._told(seconds)
        return outcomes

    async def _ready_apart(self) -> None:
        """Sees to it that the process set apart lives: if one ended while idle, that was no record's doing."""
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(self._running_apart(), _load_models, self._own_topics)
        except BrokenProcessPool:
            self._give_up_apart()
            await loop.run_in_executor(self._running_apart(), _load_models, self._own_topics)

    def _running_apart(self) -> ProcessPoolExecutor:
        if self._apart is None:
            self._apart = self._new_executor(1)
        return self._apart

    def _give_up_apart(self) -> None:
        if self._apart is not None:
            self._apart.shutdown(wait=False, cancel_futures=True)
        self._apart = None
        self.restarts += 1

    def _running(self) -> ProcessPoolExecutor:
        if self._executor is None:
            self._executor = self._new_executor(self.processes)
        return self._executor

    @staticmethod
    def _new_executor(processes: int) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(processes, mp_context=_context(), initializer=_start_child)


def _context() -> BaseContext:
    for variable in _ONE_THREAD_EACH:
        os.environ.setdefault(variable, "1")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([_PRELOAD])
    return context


def _reason(seconds: float, limit: float) -> InvalidRecord:
    if seconds < limit:
        return ProcessKilled("the process working on this record alone died")
    return TookTooLong(f"working on this record alone took more than {limit:g} s")


def _in_time(
    work: Work, records: Sequence[Record], seconds: float
) -> tuple[list[Outcome], Mapping[str, float]]:
    """The outcomes and the seconds of each stage; past the time the kernel ends this process, whatever it hangs in.

    The time counts from here, not from when the parent asked: a call may wait long for a free process.
    """
    timers = ((signal.ITIMER_PROF, seconds), (signal.ITIMER_REAL, WAITING * seconds))
    for timer, limit in timers:
        signal.setitimer(timer, limit)
    try:
        spent.clear()
        return work.outcomes(records), dict(spent)
    finally:
        for timer, _ in timers:
            signal.setitimer(timer, 0)


def _load_models(own_topics: Sequence[TrainedTopic]) -> str:
    model = importlib.import_module("streams.nlp.model")
    for topic in own_topics:
        model.load_own(topic)
    name_version: str = model.load().name_version
    return name_version


def _start_child() -> None:
    # Ctrl-C reaches the whole process group; the parent decides when its children end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for timer_has_run_out in (signal.SIGALRM, signal.SIGPROF):
        signal.signal(timer_has_run_out, signal.SIG_DFL)
    _end_with_parent()


def _end_with_parent() -> None:
    """A parent that was killed cannot end its children, and they would wait for work forever.

    Linux does it, by a signal when the pipe that only the parent holds open is closed (SIGIO, which ends a process
    whatever it hangs in). Elsewhere a thread waits; with a second one, whatever it does, each allocation takes locks,
    and language work takes some per cent longer.
    """
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    if sys.platform != "linux":
        threading.Thread(target=_exit_after, args=(parent,), daemon=True).start()
        return
    import fcntl  # noqa: PLC0415 - not there on Windows

    signal.signal(signal.SIGIO, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGIO})
    fcntl.fcntl(parent.sentinel, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(parent.sentinel, fcntl.F_SETFL, fcntl.fcntl(parent.sentinel, fcntl.F_GETFL) | os.O_ASYNC)
    if not parent.is_alive():
        os._exit(1)


def _exit_after(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)

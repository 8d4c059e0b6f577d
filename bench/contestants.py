"""Who takes part, and how each is started, watched and ended."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from bench.memory import Watched
from bench.rivals.enricher import AT_WORK
from streams.children import ended_with_us
from streams.settings import Settings, usable_cores

REPOSITORY = Path(__file__).parents[1]
OVERLAY = REPOSITORY / ".venv" / "rivals"
"""Libraries that only the rival that needs them may see."""
_ONE_THREAD_EACH = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


class EndedError(Exception):
    """A contestant's process ended by itself."""


@dataclass(frozen=True, slots=True)
class Contestant:
    """Something that turns raw articles into enriched ones on a broker."""

    name: str
    module: str
    """What `python -m` runs."""
    arguments: tuple[str, ...] = ()
    processes: int = 1
    """How many of it, in one consumer group."""
    is_naive: bool = False
    """Whether it is what a tutorial leads to, in one process: Kabar aims to be well ahead of it."""
    needs_overlay: bool = False
    works_loudly: bool = True
    """Whether each process says when it has its first result."""


KABAR = Contestant("Kabar", "streams", ("worker",), works_loudly=False)
_IN_PROCESS = (
    Contestant("naive Faust agent", "bench.rivals.naive_faust", is_naive=True),
    Contestant("naive aiokafka loop", "bench.rivals.naive_aiokafka", is_naive=True),
    Contestant("Quix Streams", "bench.rivals.quix", is_naive=True, needs_overlay=True),
    Contestant("FastStream", "bench.rivals.faststream_app", is_naive=True),
)
BATCHED = Contestant("aiokafka with batches and a process pool", "bench.rivals.batched_aiokafka")


def rivals(cores: int) -> tuple[Contestant, ...]:
    """All of them; those that work in one process also once for each core."""
    once_per_core = tuple(
        replace(one, name=f"{one.name} x{cores}", processes=cores, is_naive=False) for one in _IN_PROCESS
    )
    return (*_IN_PROCESS, BATCHED, *(once_per_core if cores > 1 else ()))


def environment(settings: Settings, folder: Path, *, with_overlay: bool = False) -> dict[str, str]:
    """All of the environment that a contestant's process gets."""
    places = [*([str(OVERLAY)] if with_overlay else []), str(REPOSITORY)]
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("KABAR_")},
        **dict.fromkeys(_ONE_THREAD_EACH, "1"),
        "PYTHONPATH": os.pathsep.join(places),
        "KABAR_BROKERS": settings.bootstrap,
        "KABAR_PREFIX": settings.prefix,
        "KABAR_GROUP": settings.group,
        "KABAR_PARTITIONS": str(settings.partitions),
        "KABAR_NLP_PROCESSES": str(settings.nlp_processes),
        "KABAR_SESSION_TIMEOUT_SECONDS": str(settings.session_timeout_seconds),
        "KABAR_WEB_PORT": "0",
        "KABAR_DATA_DIR": str(folder),
    }


@contextmanager
def child(
    module: str, *arguments: str, environment: dict[str, str], log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """A Python module as a process of its own; at the end it and all below it are killed.

    Nothing in it is worth keeping: its topics and its group are not used again.
    """
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - modules of ours
            [sys.executable, "-m", module, *arguments],
            env=environment,
            cwd=REPOSITORY,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=ended_with_us(signal.SIGKILL),  # noqa: PLW1509 - see there
        )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


class Running:
    """A contestant at work."""

    def __init__(
        self, contestant: Contestant, processes: Sequence[subprocess.Popen[bytes]], logs: Sequence[Path]
    ) -> None:
        self.contestant = contestant
        self._processes = processes
        self._logs = logs

    @classmethod
    @contextmanager
    def of(cls, contestant: Contestant, settings: Settings, folder: Path) -> Iterator[Running]:
        """Started now, killed at the end of the block."""
        with ExitStack() as stack:
            processes, logs = [], []
            for number in range(contestant.processes):
                own = folder / f"{settings.prefix}-{number}"
                own.mkdir()
                logs.append(own / "log")
                processes.append(
                    stack.enter_context(
                        child(
                            contestant.module,
                            *contestant.arguments,
                            environment=environment(settings, own, with_overlay=contestant.needs_overlay),
                            log=logs[-1],
                        )
                    )
                )
            yield cls(contestant, processes, logs)

    def check(self) -> None:
        """Returns if all of its processes are there.

        Raises:
            EndedError: one is not; the message has its last words.
        """
        for process, log in zip(self._processes, self._logs, strict=True):
            if process.poll() is not None:
                raise EndedError(f"ended by itself with status {process.returncode}: {last_words(log)}")

    def says_all_at_work(self) -> bool:
        """Whether each of its processes has said that it has had its share."""
        return all(AT_WORK in log.read_text(errors="replace") for log in self._logs)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Stands still inside the block: so all that is published there is there when it goes on, and none is begun."""
        self._signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        for process in self._processes:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, number)

    def cpu_seconds(self) -> float:
        """Processor time, user and system, of all its processes up to now, those that have ended included."""
        return sum(cpu_seconds(process.pid) for process in self._processes)

    def pss_mb(self) -> float:
        """Memory of all its processes, each shared page counted once, in MB (10^6 bytes)."""
        found = Watched({str(process.pid): process.pid for process in self._processes}, {}).measure()
        return sum(memory.pss for memory in found.values())


def cpu_seconds(pid: int) -> float:
    """Processor time of a process and all below it up to now, those that have ended included."""
    root, total = psutil.Process(pid), 0.0
    for process in (root, *root.children(recursive=True)):
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total


_FOLDERS = re.compile(r"(?<![\w:/.])/(?:[^\s'\"/]+/)+")


def last_words(log: Path) -> str:
    """The end of a log, files by their names alone: it goes into the results, and folders are a machine's own."""
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return _FOLDERS.sub("", " | ".join(lines[-3:]))[-600:] or "it said nothing"


def language_processes(workers: int = 1) -> int:
    """How many each of so many workers has on this machine."""
    return max(1, usable_cores() // workers)

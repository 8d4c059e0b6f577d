"""Starting a worker: everything is checked before Faust runs, so that a fault of ours is one plain sentence."""

from __future__ import annotations

import asyncio
import logging
import math
import os
import socket
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from signal import Signals
from typing import Any, NoReturn

import faust
import faust.streams as faust_streams
from aiokafka.errors import KafkaError

from streams import admin, logs, own_topics, traces
from streams.app import create_app
from streams.errors import BadConfiguration, SetupError
from streams.metrics import Metrics
from streams.pool import Pool
from streams.settings import Settings

DRAIN_SECONDS = 9.0
END_SECONDS = 1.0
"""Of these, for the process itself to end."""
EXIT_KILLED = 1
EXIT_FAULT = 1
EXIT_SETUP = 2


async def _end(app: faust.App, error: Exception) -> None:
    """Ends the app after a fault of ours, with what is unfinished left unacknowledged for the next worker."""

    def at_once() -> None:
        _say(str(error))
        os._exit(EXIT_SETUP if isinstance(error, SetupError) else EXIT_FAULT)

    _after(DRAIN_SECONDS, at_once)
    await app.crash(error)


class _Worker(faust.Worker):
    """Faust's worker without its banner, saying when it is ready."""

    _must_end_at = math.inf
    """Of the monotonic clock: when it is ended, wherever it is."""

    def seconds_left(self) -> float:
        """How long it may still take for what is not an article; no limit until it is asked to stop."""
        return max(0.0, self._must_end_at - time.monotonic() - END_SECONDS)

    def _schedule_shutdown(self, signal: Signals) -> None:
        """The first signal lets it finish what it has begun, for so long; a second ends it at once.

        Nothing is lost either way: what is not acknowledged is read again.
        """
        if self._signal_stop_time:
            os._exit(EXIT_KILLED)
        self._must_end_at = time.monotonic() + DRAIN_SECONDS
        _after(DRAIN_SECONDS, partial(os._exit, EXIT_KILLED))
        super()._schedule_shutdown(signal)

    async def on_startup_finished(self) -> None:
        await self.maybe_start_blockdetection()
        _say("Ready: articles are being processed. Ctrl-C stops.")


def run(settings: Settings) -> NoReturn:
    """Runs a worker until SIGINT or SIGTERM, then lets it finish what it has begun; ends the process.

    Exit codes: 0 after a signal; 1 when it could not finish in time, or by a fault of Kabar; 2 by what its last
    sentence says, such as too many dead letters.

    Raises:
        SetupError: there is no model, no broker, or a topic that cannot be created; or, later, we may not read or
            write, or too many records are dead letters.
    """
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadConfiguration(
            f"KABAR_DATA_DIR cannot be {str(settings.data_dir)!r}: {error.strerror}."
        ) from error
    _require_fast_streams()
    _check_web_port(settings)
    spans = traces.of_stages(settings)
    own = own_topics.of(settings)
    metrics = Metrics(settings)
    pool = Pool(settings.nlp_processes, seconds=settings.record_seconds, told=metrics.worked, own_topics=own)
    try:
        asyncio.run(_prepare(settings, pool))
        as_json = None if settings.log_format == "auto" else settings.log_format == "json"
        logs.to_stderr(settings.log_level, as_json=as_json, filters=(_UntilFaultOfOurs(),))
        _use_fast_loops()
        # Faust takes the current event loop when the app is made, and runs the app in it.
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        app = create_app(settings, pool, metrics, fail=_end, traces=spans)
        app.finalize()
        worker = _Worker(app, loop=loop, quiet=True, override_logging=False, redirect_stdouts=False)
        try:
            _run_to_its_end(worker)
        finally:
            if spans is not None:
                spans.stop(min(traces.FLUSH_SECONDS, worker.seconds_left()))
    finally:
        pool.stop()


def _use_fast_loops() -> None:
    """Event loops of libuv, here and in Faust's threads: a fifth less of the worker's own processor time."""
    if sys.platform != "win32":
        import uvloop  # noqa: PLC0415 - not there on Windows

        asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())


def _after(seconds: float, do: Callable[[], None]) -> None:
    timer = threading.Timer(seconds, do)
    timer.daemon = True
    timer.start()


def _run_to_its_end(worker: _Worker) -> NoReturn:
    """Runs it; a fault of ours that ends it is raised, where Faust would print a stack trace."""
    try:
        worker.execute_from_commandline()
    except SystemExit:
        reason = worker.crash_reason
        if isinstance(reason, SetupError):
            raise reason from None
        if isinstance(reason, KafkaError):
            raise SetupError(
                f"The worker had to end because of the broker: {reason!r}. Nothing is lost; start it again."
            ) from reason
        raise


def _require_fast_streams() -> None:
    """Faust's streams in Python acknowledge what they skip when partitions are given out anew; those in C do not."""
    in_c: Any = faust_streams._CStreamIterator  # type: ignore[attr-defined]  # noqa: SLF001 - told nowhere else
    if in_c is None:
        raise SetupError(
            "Faust is here without its C extension, or NO_CYTHON is set: it could lose articles."
            " Unset NO_CYTHON, or install the wheel of faust-streaming."
        )


def _check_web_port(settings: Settings) -> None:
    if not settings.web_port:
        return
    try:
        with socket.create_server((settings.web_host, settings.web_port)):
            pass
    except OSError as error:
        address, problem = f"{settings.web_host}:{settings.web_port}", os.strerror(error.errno or 0)
        raise BadConfiguration(
            f"The web server cannot listen on {address} ({problem}):"
            " choose another KABAR_WEB_PORT, or 0 for none."
        ) from error


async def _prepare(settings: Settings, pool: Pool) -> None:
    load_model = asyncio.get_running_loop().run_in_executor(None, pool.start)
    # Side by side, and whichever fails first is reported first.
    await asyncio.gather(load_model, _prepare_broker(settings))
    _say(
        f"Worker of group {settings.group!r} on {settings.bootstrap},"
        f" {settings.nlp_processes} process{'es' if settings.nlp_processes > 1 else ''} for language work."
    )


async def _prepare_broker(settings: Settings) -> None:
    await admin.wait_for_broker(settings, say=_say)
    await admin.require_group(settings)
    created = await admin.wait_for_topics(settings, say=_say)
    if created:
        _say(f"Created {', '.join(created)} with {settings.partitions} partitions each.")


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)  # noqa: T201 - the worker's own voice, not a log


class _UntilFaultOfOurs(logging.Filter):
    """Silence from a fault of ours on: the sentence that ends the worker says it all, and its end is no news."""

    _has_come = False

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the message may be written."""
        told = record.args if isinstance(record.args, tuple) else ()
        raised = record.exc_info[1] if record.exc_info else None
        self._has_come |= any(isinstance(thing, SetupError) for thing in (*told, raised))
        return not self._has_come

"""A worker of our own as a child process, for the commands that bring everything along."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO

from streams.broker import SESSION_TIMEOUT_SECONDS
from streams.children import ended_with_us

STOP_SECONDS = 15.0


_OF_ANOTHER_BROKER = ("KABAR_SECURITY_PROTOCOL", "KABAR_SASL_", "KABAR_SSL_")


def worker_environment(address: str) -> dict[str, str]:
    """The environment of a worker for an embedded broker at `address`; what the user has set stays.

    But not how their own cluster is talked to: the embedded broker knows neither TLS nor a login.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_OF_ANOTHER_BROKER)}
    return {**session_timeout(), **kept, "KABAR_BROKERS": address}


def forget_security() -> None:
    """Takes the settings of TLS and SASL out of our environment."""
    for name in list(os.environ):
        if name.startswith(_OF_ANOTHER_BROKER):
            del os.environ[name]


def session_timeout() -> dict[str, str]:
    """The setting with which a fresh consumer group is quick to join on the embedded broker."""
    return {"KABAR_SESSION_TIMEOUT_SECONDS": str(SESSION_TIMEOUT_SECONDS)}


@contextmanager
def worker(
    environment: Mapping[str, str], *, output: IO[bytes] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A running worker; at the end it is asked to stop, given `STOP_SECONDS`, and killed.

    Args:
        environment: all of its environment.
        output: where its stdout and stderr go; ours if None.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "streams", "worker"],
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output and subprocess.STDOUT,
        # Ctrl-C is passed on below, once, instead of reaching it and its children by themselves.
        start_new_session=True,
        preexec_fn=ended_with_us(signal.SIGTERM),  # noqa: PLW1509 - see there
    )
    try:
        yield process
    finally:
        stop(process)


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ends a worker, giving it the time to finish what it has begun."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

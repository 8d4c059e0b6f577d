"""A worker and the page as child processes, for the commands that bring everything along."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO

from streams.broker import SESSION_TIMEOUT_SECONDS
from streams.children import ended_with_us
from streams.errors import SetupError

STOP_SECONDS = 15.0
PAGE_PORT = 8000

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
    with _child(
        "worker", environment=environment, stdout=output, stderr=subprocess.STDOUT if output else None
    ) as process:
        yield process


@contextmanager
def page(environment: Mapping[str, str], *, port: int | None) -> Iterator[str]:
    """The page, served for as long as the context lasts; its address.

    Args:
        environment: all of its environment.
        port: None for the usual one, or any free one if that is taken.

    Raises:
        SetupError: it cannot be served; why, it has said on stderr.
    """
    if port is None:
        port = PAGE_PORT if is_free(PAGE_PORT) else 0
    options = ("--port", str(port))
    with _child("web", *options, environment=environment, stdout=subprocess.PIPE, stderr=None) as process:
        assert process.stdout is not None  # noqa: S101 - it is a pipe
        address = process.stdout.readline().decode().strip()
        if not address:
            raise SetupError("The page cannot be served; why, is said above.")
        yield address


def is_free(port: int) -> bool:
    """Whether one can listen on a port of 127.0.0.1."""
    try:
        with socket.create_server(("127.0.0.1", port)):
            return True
    except OSError:
        return False


@contextmanager
def _child(
    *arguments: str, environment: Mapping[str, str], stdout: IO[bytes] | int | None, stderr: int | None
) -> Iterator[subprocess.Popen[bytes]]:
    """A command of ours that runs; at the end it is asked to stop, given `STOP_SECONDS`, and killed."""
    process = subprocess.Popen(  # noqa: S603 - ourselves, with arguments of ours
        [sys.executable, "-m", "streams", *arguments],
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        # Ctrl-C is passed on below, once, instead of reaching it and its children by themselves.
        start_new_session=True,
        preexec_fn=ended_with_us(signal.SIGTERM),  # noqa: PLW1509 - see there
    )
    try:
        yield process
    finally:
        stop(process)
        if process.stdout is not None:
            process.stdout.close()


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ends a child, giving it the time to finish what it has begun."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

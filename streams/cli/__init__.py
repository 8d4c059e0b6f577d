"""The command line `kabar`. Each command is a module; heavy imports wait until a command needs them."""

from __future__ import annotations

import logging
import signal
import sys
from types import FrameType
from typing import NoReturn

from streams.errors import KabarError

EXIT_SETUP = 2
EXIT_INTERRUPTED = 130
EXIT_CODES = {
    0: "done",
    1: "not all of it worked, or a check found something",
    EXIT_SETUP: "a fault that the message explains",
    EXIT_INTERRUPTED: "Ctrl-C before it was done",
}
"""What every command may end with."""


def main() -> NoReturn:
    """Runs `kabar` and ends the process with one of `EXIT_CODES`."""
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, _end_as_by_ctrl_c)
    # Their warnings while a broker, or a collector of traces, is away repeat what our own sentence says.
    for name in ("aiokafka", "opentelemetry.exporter", "opentelemetry.sdk._shared_internal"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        from streams.cli.commands import app

        app(standalone_mode=True)
    except KabarError as error:
        sys.exit(_fail(str(error)))
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)
    sys.exit(0)


def _fail(sentence: str) -> int:
    from streams.cli.console import printable

    # It may name a file, or quote a setting.
    print("\n".join(map(printable, sentence.split("\n"))), file=sys.stderr)  # noqa: T201 - the one plain sentence of an error
    return EXIT_SETUP


def _end_as_by_ctrl_c(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt

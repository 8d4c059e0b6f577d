"""Child processes that end with us, even if we are killed and can no longer end them."""

from __future__ import annotations

import ctypes
import signal
import sys
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def ended_with_us(by: signal.Signals) -> Callable[[], None] | None:
    """What to pass as `preexec_fn` of a `Popen`, so that Linux sends the child `by` when we end; None elsewhere.

    It runs between fork and exec, where taking a lock could hang: it makes one system call and nothing else.
    """
    if _LIBC is None:
        return None
    prctl, number = _LIBC.prctl, int(by)

    def ask() -> None:
        prctl(_PR_SET_PDEATHSIG, number)

    return ask

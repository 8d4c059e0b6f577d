"""Figures of the last minute: how fast a topic grows, and how long articles took."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

WINDOW_SECONDS = 60.0
_MOST_LATENCIES = 20_000


class Rate:
    """How fast a number that only grows has grown over the last minute. Times are seconds of any one clock."""

    def __init__(self) -> None:
        self._samples: deque[tuple[float, int]] = deque()

    def note(self, total: int, *, now: float) -> None:
        """The number is `total` now. One that shrank is another's: a cluster was made anew."""
        if self._samples and total < self._samples[-1][1]:
            self._samples.clear()
        self._samples.append((now, total))
        while self._samples[0][0] < now - WINDOW_SECONDS:
            self._samples.popleft()

    @property
    def per_second(self) -> float:
        """Growth per second, 0.0 until there are two samples."""
        if len(self._samples) < 2:
            return 0.0
        (began, first), (ended, last) = self._samples[0], self._samples[-1]
        return (last - first) / (ended - began) if ended > began else 0.0


@dataclass(frozen=True, slots=True)
class Percentiles:
    """How long the articles of the last minute took, in milliseconds."""

    articles: int
    p50: float
    p99: float


class Latencies:
    """How long articles took, as far as they came in the last minute; of very many, the last ones."""

    def __init__(self) -> None:
        self._samples: deque[tuple[float, float]] = deque(maxlen=_MOST_LATENCIES)

    def note(self, milliseconds: float, *, now: float) -> None:
        """One came now that took so long."""
        self._samples.append((now, milliseconds))

    def percentiles(self, *, now: float) -> Percentiles | None:
        """None if none came."""
        while self._samples and self._samples[0][0] < now - WINDOW_SECONDS:
            self._samples.popleft()
        if not self._samples:
            return None
        ordered = sorted(milliseconds for _, milliseconds in self._samples)
        return Percentiles(len(ordered), p50=_nearest(ordered, 0.5), p99=_nearest(ordered, 0.99))


def _nearest(ordered: Sequence[float], share: float) -> float:
    """The nearest-rank percentile: a value that was measured, never one between two."""
    return ordered[max(0, ceil(share * len(ordered)) - 1)]

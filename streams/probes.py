"""What a worker answers over HTTP to those who operate it: `/metrics`, `/healthz` and `/readyz`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import faust
from faust.types import TP
from faust.web import Request, Response, View
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from streams.metrics import Metrics
from streams.pool import Pool

UNAVAILABLE = 503


class AppStanding:
    """How a Faust app stands, asked for in the loop that it runs in."""

    def __init__(self, app: faust.App, pool: Pool) -> None:
        self._app = app
        self._pool = pool
        self._generations = 0
        app.on_partitions_assigned.connect(self._assigned, weak=False)

    def _assigned(self, *_: Any, **__: Any) -> None:
        self._generations += 1

    @property
    def is_member(self) -> bool:
        """Whether it has been given its share of the partitions, which may be none, and is not about to stop."""
        return self._generations > 0 and not self._app.should_stop and not self._app.rebalancing

    def lag(self) -> Mapping[tuple[str, int], int]:
        """By topic and partition: records that are not committed yet; nothing before the first fetch."""
        if not self.is_member:
            return {}
        consumer: Any = self._app.consumer
        known = {}
        for place in consumer.assignment():
            end, begin = consumer.highwater(place), _next(consumer, place)
            if end is not None and begin is not None:
                known[place.topic, place.partition] = max(0, end - begin)
        return known

    def assigned(self) -> int:
        """How many partitions it reads."""
        return len(self._app.consumer.assignment()) if self.is_member else 0

    def model(self) -> str:
        """Name and version of the model."""
        return self._pool.model

    def restarts(self) -> int:
        """How often the language processes were replaced."""
        return self._pool.restarts

    def rebalances(self) -> int:
        """How often partitions were given out anew, the first time not counted."""
        return max(0, self._generations - 1)


def _next(consumer: Any, place: TP) -> int | None:
    """The first offset that is not through, None if that is not known yet.

    Where all that was read is committed it is the one to be fetched next: there may be no record before it, as where
    retention has deleted them, or where a publisher's transaction has left its mark.
    """
    committed: int | None = consumer._committed_offset.get(place)  # noqa: SLF001 - Faust has it, and no way to ask
    read: int | None = consumer._read_offset.get(place)  # noqa: SLF001 - likewise
    if committed is not None and read is not None and committed <= read:
        return committed
    position: int | None = consumer.fetch_position(place)
    return position


def serve(app: faust.App, metrics: Metrics, pool: Pool) -> None:
    """Adds the pages to the app's web server."""
    standing = AppStanding(app, pool)
    metrics.watch(standing)

    @app.page("/metrics", name="kabar-metrics")
    async def _metrics(view: View, _request: Request) -> Response:
        return view.bytes(generate_latest(metrics.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    @app.page("/healthz", name="kabar-healthz")
    async def _healthz(view: View, _request: Request) -> Response:
        if app.crashed:
            return view.text("ending after a fault\n", status=UNAVAILABLE)
        return view.text("alive\n")

    @app.page("/readyz", name="kabar-readyz")
    async def _readyz(view: View, _request: Request) -> Response:
        if not standing.is_member:
            return view.text("not a member of the consumer group, or about to leave it\n", status=UNAVAILABLE)
        return view.text("ready\n")

"""Every metric of a worker, with its name, unit and meaning. The names are public: they only ever get more.

Counts are those of this worker, from its start; a `rate()` over all workers is what the system does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

import streams
from streams.records import Emit, Outcome, Record
from streams.settings import Settings
from streams.stage import Work

STAGES = ("clean", "tag", "classify")
LATENCY_SECONDS = (0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1, 2, 5, 10, 30, 60, 300, 1_800, 7_200)
CALL_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
CALL_RECORDS = (1, 2, 4, 8, 16, 32, 64)

# When each counter was made: as many series again, and of no use.
disable_created_metrics()  # type: ignore[no-untyped-call]

VERSIONS = ("kabar", "Version of Kabar and of its model.")
LAG = (
    "kabar_lag_records",
    "Records of a partition that this worker reads that are not committed yet, as of its last fetch.",
)
RESTARTS = ("kabar_pool_restarts", "How often the language processes were replaced because one of them died.")
REBALANCES = ("kabar_rebalances", "How often partitions were given out anew while this worker took part.")
ASSIGNED = ("kabar_assigned_partitions", "How many partitions this worker reads.")


class Standing(Protocol):
    """What is asked for when the metrics are read, not counted on the way."""

    def lag(self) -> Mapping[tuple[str, int], int]:
        """By topic and partition: records that are not committed yet."""
        ...

    def assigned(self) -> int:
        """How many partitions it reads."""
        ...

    def model(self) -> str:
        """Name and version of the model."""
        ...

    def restarts(self) -> int:
        """How often the language processes were replaced."""
        ...

    def rebalances(self) -> int:
        """How often partitions were given out anew."""
        ...


class Metrics:
    """The metrics of one worker.

    Args:
        settings: the topic names.
    """

    def __init__(self, settings: Settings) -> None:
        self.registry = CollectorRegistry()
        self._settings = settings
        for collector in (ProcessCollector, PlatformCollector):
            collector(registry=self.registry)
        self._in = Counter(
            "kabar_records_in",
            "Records that a stage has worked on, with their outcome on the broker.",
            ("stage",),
            registry=self.registry,
        )
        for stage in STAGES:
            # There from the start, so that a rate of nothing is 0 and not unknown.
            self._in.labels(stage)
        self._out = Counter(
            "kabar_records_out",
            "Records that came through, by topic that they were written to.",
            ("topic",),
            registry=self.registry,
        )
        self._dead = Counter(
            "kabar_records_dead",
            "Records that became dead letters, by the stage that rejected them and the class of the error.",
            ("stage", "error"),
            registry=self.registry,
        )
        self._retries = Counter(
            "kabar_delivery_retries",
            "How often results were sent again because the broker did not take them.",
            registry=self.registry,
        )
        self._call_records = Histogram(
            "kabar_call_records",
            "Records that a language process was given at once.",
            ("agent",),
            buckets=CALL_RECORDS,
            registry=self.registry,
        )
        self._stage_seconds = Histogram(
            "kabar_stage_seconds",
            "Seconds that a stage took for the records of one call.",
            ("stage",),
            buckets=CALL_SECONDS,
            registry=self.registry,
        )
        self._latency = Histogram(
            "kabar_latency_seconds",
            "Seconds from the timestamp of a record, which its publisher may set, until its outcome was on the broker.",
            ("agent",),
            buckets=LATENCY_SECONDS,
            registry=self.registry,
        )

    def watch(self, standing: Standing) -> None:
        """From now on also tells what `standing` knows."""
        self.registry.register(_Asked(standing))

    def called(self, agent: str, records: int) -> None:
        """A language process is given so many records."""
        self._call_records.labels(agent).observe(records)

    def worked(self, seconds: Mapping[str, float]) -> None:
        """A call has taken so many seconds in each of its stages."""
        for stage, spent in seconds.items():
            self._stage_seconds.labels(stage).observe(spent)

    def retried(self) -> None:
        """Results are sent again."""
        self._retries.inc()

    def delivered(
        self, work: Work, records: Sequence[Record], outcomes: Iterable[Outcome], *, now_ms: float
    ) -> None:
        """The outcomes of these records are on the broker."""
        for record, outcome in zip(records, outcomes, strict=True):
            for stage in _stages(work, outcome):
                self._in.labels(stage).inc()
            if isinstance(outcome, Emit):
                for topic, _ in outcome.writes:
                    self._out.labels(topic.name(self._settings)).inc()
            else:
                self._dead.labels(outcome.stage or work.name, _short(outcome.exception)).inc()
            self._latency.labels(work.name).observe(max(0.0, (now_ms - record.timestamp_ms) / 1000))


class _Asked(Collector):
    """What has a value only while somebody asks."""

    def __init__(self, standing: Standing) -> None:
        self._standing = standing

    def collect(self) -> Iterator[Metric]:
        lag = GaugeMetricFamily(*LAG, labels=("topic", "partition"))
        for (topic, partition), records in self._standing.lag().items():
            lag.add_metric((topic, str(partition)), records)
        yield lag
        versions = {"version": streams.__version__, "model": self._standing.model()}
        yield InfoMetricFamily(*VERSIONS, value=versions)
        yield GaugeMetricFamily(*ASSIGNED, value=self._standing.assigned())
        yield CounterMetricFamily(*RESTARTS, value=self._standing.restarts())
        yield CounterMetricFamily(*REBALANCES, value=self._standing.rebalances())


def _stages(work: Work, outcome: Outcome) -> Iterator[str]:
    """The stages that a record has been in: all of the work's, up to one that rejected it."""
    for part in work.parts:
        yield part.name
        if outcome.stage == part.name and not isinstance(outcome, Emit):
            return


def _short(exception: str) -> str:
    """Of a class with its module, the name: there are only so many."""
    return exception.rpartition(".")[2]

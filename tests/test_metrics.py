"""What is counted, by which name, and that the guide tells of all of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from prometheus_client.exposition import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from streams import topics
from streams.chain import Chain
from streams.metrics import Metrics
from streams.records import Emit, Outcome, Record, Reject
from streams.settings import load

GUIDE = (Path(__file__).parents[1] / "docs" / "operations.md").read_text(encoding="utf-8")
RECORD = Record("news.articles.raw", 0, 0, timestamp_ms=1_000, key=b"a", value=b"{}")
CLEAN = Emit((topics.CLEAN,), b"a", b"{}", (), stage="clean")
TAGGED = Emit((topics.TAGGED,), b"a", b"{}", (), stage="tag")
ENRICHED = Emit(
    (topics.TERRORISM, topics.ENRICHED), b"a", b"{}", (), stage="classify", earlier=(CLEAN, TAGGED)
)
REJECTED = Reject("streams.errors.EmptyText", "nothing left", "", stage="tag")


class Standing:
    """A worker that reads one partition."""

    def lag(self) -> Mapping[tuple[str, int], int]:
        return {("news.articles.raw", 3): 7}

    def assigned(self) -> int:
        return 2

    def model(self) -> str:
        return "kabar-id 1.2.3"

    def restarts(self) -> int:
        return 2

    def rebalances(self) -> int:
        return 1


@pytest.fixture
def metrics() -> Metrics:
    metrics = Metrics(load())
    metrics.watch(Standing())
    return metrics


def counted(metrics: Metrics, *outcomes: Outcome) -> None:
    work = Chain.of(load())
    metrics.delivered(work, [RECORD] * len(outcomes), outcomes, now_ms=1_250)


def told(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(name, labels)


def test_a_record_that_came_through_counts_in_each_stage_and_for_each_topic(metrics: Metrics) -> None:
    counted(metrics, ENRICHED)
    assert [
        told(metrics, "kabar_records_in_total", stage=stage) for stage in ("clean", "tag", "classify")
    ] == [
        1,
        1,
        1,
    ]
    for topic in ("articles.clean", "articles.tagged", "articles.enriched", "topics.terrorism"):
        assert told(metrics, "kabar_records_out_total", topic=f"news.{topic}") == 1
    assert told(metrics, "kabar_records_out_total", topic="news.topics.diplomacy") is None


def test_a_record_that_a_stage_rejected_is_not_counted_in_the_stages_after_it(metrics: Metrics) -> None:
    counted(metrics, REJECTED)
    assert [
        told(metrics, "kabar_records_in_total", stage=stage) for stage in ("clean", "tag", "classify")
    ] == [
        1,
        1,
        0,
    ]
    assert told(metrics, "kabar_records_dead_total", stage="tag", error="EmptyText") == 1


def test_every_record_in_is_one_enriched_or_one_dead(metrics: Metrics) -> None:
    counted(metrics, ENRICHED, REJECTED, ENRICHED)
    enriched = told(metrics, "kabar_records_out_total", topic="news.articles.enriched") or 0
    dead = told(metrics, "kabar_records_dead_total", stage="tag", error="EmptyText") or 0
    assert told(metrics, "kabar_records_in_total", stage="clean") == enriched + dead


def test_latency_counts_from_the_timestamp_of_the_record(metrics: Metrics) -> None:
    counted(metrics, ENRICHED)
    assert told(metrics, "kabar_latency_seconds_sum", agent="enrich") == 0.25


def test_what_the_worker_is_asked_for_is_told(metrics: Metrics) -> None:
    assert told(metrics, "kabar_lag_records", topic="news.articles.raw", partition="3") == 7
    assert told(metrics, "kabar_assigned_partitions") == 2
    assert told(metrics, "kabar_pool_restarts_total") == 2
    assert told(metrics, "kabar_rebalances_total") == 1


def families(metrics: Metrics) -> Iterator[tuple[str, str, str]]:
    """(name as it is queried, kind, meaning) of each metric that is ours."""
    for family in text_string_to_metric_families(generate_latest(metrics.registry).decode()):
        if family.name.startswith("kabar"):
            suffix = "_total" if family.type == "counter" else ""
            yield family.name + suffix, family.type, family.documentation


def test_the_guide_names_every_metric_with_its_kind_and_meaning(metrics: Metrics) -> None:
    rows = re.findall(r"^\| `(kabar\w*)`[^|]* \| (\w+) \| (.+?) \|$", GUIDE, flags=re.MULTILINE)
    assert sorted(rows) == sorted(families(metrics))

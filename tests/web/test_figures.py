"""Rates and percentiles, which need no clock but the one they are told."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streams.web.figures import Latencies, Rate


def test_a_rate_is_what_was_added_per_second() -> None:
    rate = Rate()
    rate.note(100, now=0.0)
    assert rate.per_second == 0.0
    rate.note(130, now=10.0)
    assert rate.per_second == 3.0


def test_a_rate_forgets_what_is_older_than_a_minute() -> None:
    rate = Rate()
    rate.note(0, now=0.0)
    for second in range(100, 161):
        rate.note(1000 + second, now=float(second))
    assert rate.per_second == 1.0


def test_a_cluster_that_is_made_anew_begins_anew() -> None:
    rate = Rate()
    rate.note(1000, now=0.0)
    rate.note(5, now=1.0)
    rate.note(7, now=2.0)
    assert rate.per_second == 2.0


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=300))
def test_percentiles_are_values_that_were_measured(samples: list[float]) -> None:
    latencies = Latencies()
    for sample in samples:
        latencies.note(sample, now=1.0)
    found = latencies.percentiles(now=2.0)
    assert found is not None
    assert {found.p50, found.p99} <= set(samples)
    assert sum(sample <= found.p50 for sample in samples) >= len(samples) / 2
    assert sum(sample <= found.p99 for sample in samples) >= len(samples) * 0.99


def test_after_a_minute_without_articles_there_is_no_latency() -> None:
    latencies = Latencies()
    latencies.note(12.0, now=0.0)
    assert latencies.percentiles(now=61.0) is None

"""From figures to verdicts: ratios within rounds, medians, bars and aims."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import results
from bench.results import Goal, Row, Spread


def run(
    contestant: str, round_: int, *, rate: float, broker: str | None = "kafka", **others: Any
) -> dict[str, Any]:
    """Of a hundred articles."""
    return {
        "contestant": contestant,
        "broker": broker,
        "round": round_,
        "load_average": 1.0,
        "articles": 100,
        "seconds": 100 / rate,
        "cpu_seconds": 2.0,
        "broker_cpu_seconds": 0.5,
        "pss_mb": None if broker is None else 450.0,
        "repeats": 0,
        "all_took_part": True,
        "fault": None,
        **others,
    }


def throughput(*runs: dict[str, Any]) -> dict[str, Any]:
    return {"throughput": {"runs": list(runs), "naive": ["naive"]}}


def row(name: str, parts: dict[str, Any]) -> Row:
    [found] = [found for found in results.rows(parts) if name in found.name]
    return found


def test_a_ratio_is_taken_within_a_round_and_its_median_over_the_rounds() -> None:
    ours, theirs = {0: 50.0, 1: 10.0, 2: 90.0, 3: 1.0}, {0: 50.0, 1: 20.0, 2: 60.0}
    assert results.ratio(ours, theirs) == Spread(1.0, 0.5, 1.5)


def test_there_is_no_ratio_without_a_round_that_has_both() -> None:
    assert results.ratio({0: 1.0}, {1: 1.0}) is None


def test_what_ran_twice_in_a_round_counts_with_its_mean() -> None:
    runs = [run("bare", 0, rate=50, broker=None), run("bare", 0, rate=70, broker=None)]
    assert results.values(runs, "bare", None, results.per_second) == {0: pytest.approx(60)}


def test_runs_that_failed_have_no_figures() -> None:
    failed = run("naive", 1, rate=30, articles=0, seconds=0.0, fault="ended by itself")
    assert list(results.values([run("naive", 0, rate=30), failed], "naive", "kafka", results.per_second)) == [
        0
    ]


@given(st.lists(st.integers(0, 100_000), min_size=2), st.integers(1, 99))
def test_so_many_of_a_hundred_values_are_not_above_a_percentile(values: list[int], percent: int) -> None:
    found = results.percentile(values, percent)
    assert found is not None
    at_or_below = sum(value <= found + 1e-6 for value in values)
    assert at_or_below >= int(percent / 100 * (len(values) - 1)) + 1
    assert min(values) <= found <= max(values) + 1e-6


def test_one_value_has_no_percentile() -> None:
    assert results.percentile([1.0], 50) is None


@pytest.mark.parametrize(
    ("goal", "holds", "fails"),
    [
        (Goal(0.85), 0.85, 0.8499),
        (Goal(1.15, is_most=True), 1.15, 1.1501),
        (Goal(1.0, is_strict=True), 1.0001, 1.0),
        (Goal(1.0, is_most=True, is_strict=True), 0.9999, 1.0),
    ],
)
def test_a_goal_holds_up_to_its_limit_unless_it_is_strict(goal: Goal, holds: float, fails: float) -> None:
    assert goal.holds(holds)
    assert not goal.holds(fails)


@pytest.mark.parametrize(
    ("measured", "verdict", "is_missed"),
    [
        (0.96, "met, and the aim", False),
        (0.90, "met, not the aim", False),
        (0.80, "**missed**", True),
        (None, "**missed**, not measured", True),
    ],
)
def test_the_median_decides(measured: float | None, verdict: str, is_missed: bool) -> None:
    spread = None if measured is None else Spread(measured, 0.0, 9.0)
    found = Row("articles a second", spread, "x", Goal(0.85), Goal(0.95))
    assert (found.verdict, found.is_missed) == (verdict, is_missed)


def test_kabar_is_compared_with_bare_and_with_each_rival() -> None:
    parts = throughput(
        *(run("bare", round_, rate=60, broker=None) for round_ in range(3)),
        *(run("Kabar", round_, rate=54, cpu_seconds=2.2) for round_ in range(3)),
        *(run("naive", round_, rate=27) for round_ in range(3)),
        *(run("batched", round_, rate=54) for round_ in range(3)),
    )
    assert row("a second, of bare", parts).measured == Spread(*[pytest.approx(0.9)] * 3)
    assert row("CPU for an article, of bare", parts).measured == Spread(*[pytest.approx(1.1)] * 3)
    assert row("of naive", parts).verdict == "met, and the aim"
    assert row("of batched", parts).is_missed
    assert row("of batched", parts).aim is None
    assert row("memory", parts).verdict == "met, not the aim"


def test_a_rival_that_cannot_run_is_no_miss_but_kabar_is() -> None:
    def failed(name: str) -> dict[str, Any]:
        return run(name, 0, rate=1, articles=0, fault="no")

    assert not row("of naive", throughput(run("Kabar", 0, rate=54), failed("naive"))).is_missed
    assert row("of naive", throughput(failed("Kabar"), run("naive", 0, rate=27))).is_missed


def cost(series: str, size: int, seconds: float, round_: int = 0) -> dict[str, Any]:
    return {"series": series, "size": size, "round": round_, "of_yardstick": seconds}


def test_cost_is_flat_when_all_sizes_are_within_a_tenth_of_the_middle_one() -> None:
    runs = [cost("workers", 1, 1.09e-2), cost("workers", 2, 1e-2), cost("workers", 4, 0.8e-2)]
    assert [found.is_missed for found in results.rows({"growth": {"runs": runs}})] == [False, True]


def test_costs_are_compared_within_a_round_for_the_machine_is_not_always_as_fast() -> None:
    slow = [cost("workers", size, 4e-2, round_=0) for size in (1, 2, 4)]
    fast = [cost("workers", size, 1e-2, round_=round_) for round_, size in ((1, 1), (1, 2), (1, 4), (2, 1))]
    assert [found.measured for found in results.rows({"growth": {"runs": [*slow, *fast]}})] == [
        Spread(0, 0, 0)
    ] * 2


def test_what_was_measured_once_is_compared_with_the_median_of_what_was_measured_often() -> None:
    runs = [cost("articles", 1_000, seconds, round_) for round_, seconds in enumerate((1.0, 1.3, 1.2))]
    runs += [cost("articles", 10_000, 1.0), cost("articles", 50_000, 0.9)]
    found = results.rows({"growth": {"runs": runs}})
    assert [row.measured and round(row.measured.median, 3) for row in found] == [20.0, 10.0]


def test_where_nothing_was_worked_on_beside_it_processor_time_is_compared() -> None:
    runs = [cost("workers", size, seconds) for size, seconds in ((1, 1.0), (2, 1.0), (4, 1.2))]
    for run_ in runs:
        run_["cpu_per_unit"] = run_.pop("of_yardstick")
    assert [found.is_missed for found in results.rows({"growth": {"runs": runs}})] == [False, True]


def test_cost_is_linear_in_words_when_each_word_more_costs_the_same_whatever_an_article_costs() -> None:
    def missed(last: float) -> list[bool]:
        seconds = {300: 0.01 + 300 * 1e-4, 1_000: 0.01 + 1_000 * 1e-4, 5_000: last}
        runs = [cost("words per article", size, whole / size) for size, whole in seconds.items()]
        return [found.is_missed for found in results.rows({"growth": {"runs": runs}})]

    assert missed(0.01 + 5_000 * 1e-4) == [False]
    assert missed(0.01 + 5_000 * 1.2e-4) == [True]


def test_half_load_is_half_of_the_rate_at_which_the_same_articles_went() -> None:
    parts = throughput(*(run("Kabar", round_, rate=rate) for round_, rate in enumerate((40, 60, 50))))
    assert results.kabars_rate(parts, "kafka") == pytest.approx(40)
    assert results.kabars_rate(parts, "embedded") is None

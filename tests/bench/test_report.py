"""The verdict on a run, and the page that tells it."""

from __future__ import annotations

import re

import pytest

from bench import report
from bench.lag import Progress
from bench.memory import Memory
from bench.soaking import Plan, Run, Sample
from tests.chaos.audit import Audit


def run(*, growing: str | None = None, audit: Audit | None = None, faults: tuple[str, ...] = ()) -> Run:
    """A hundred seconds of a run with flat memory, but for one process that grows by a quarter from Q2 to Q4."""
    samples = []
    for second in range(0, 101, 5):
        memory = {
            name: Memory(rss=size + 100, pss=size, uss=size)
            for name in ("worker 1", "worker 1 child 1", "broker", "driver")
            for size in [100.0 + (0.75 * second if name == growing else 0.0)]
        }
        lag = {"articles.raw": 10 if second < 100 else 0}
        samples.append(Sample(float(second), Progress(published=1_000, out=second * 10, lag=lag), memory))
    plan = Plan(articles=1_000, workers=1, processes=1, ahead=100, every=5.0)
    return Run(plan, samples, faults=list(faults), audit=audit, load_average=[1.0])


def conserved(**found: list[str]) -> Audit:
    return Audit(raw=1_000, enriched=980, dead=20, **found)


def misses(of: Run) -> list[str]:
    found: list[str] = report.results(of, command="python bench/soak.py")["misses"]
    return found


def test_a_run_that_lost_nothing_with_flat_memory_meets_the_bar() -> None:
    assert misses(run(audit=conserved())) == []


@pytest.mark.parametrize("name", ["worker 1", "worker 1 child 1", "driver"])
def test_memory_that_grows_misses_the_bar_and_is_named(name: str) -> None:
    told = misses(run(growing=name, audit=conserved()))
    assert [re.sub(r"by .*%", "by", line) for line in told] == [
        f"RSS of {name} grew by from the second quarter to the last",
        f"USS of {name} grew by from the second quarter to the last",
    ]


def test_the_broker_may_fill_its_heap() -> None:
    assert misses(run(growing="broker", audit=conserved())) == []


@pytest.mark.parametrize("law", report.LAWS)
def test_each_breach_of_the_law_misses_the_bar(law: str) -> None:
    assert misses(run(audit=conserved(**{law: ["0@1", "0@2"]}))) == [f"{law.replace('_', ' ')}: 2"]


def test_a_run_without_an_audit_or_with_a_fault_misses_the_bar() -> None:
    assert misses(run()) == ["ended before the topics could be audited"]
    assert misses(run(audit=conserved(), faults=("worker 1 ended by itself",))) == [
        "worker 1 ended by itself"
    ]


def test_a_run_that_was_ended_before_it_began_is_told_too() -> None:
    plan = Plan(articles=5, workers=1, processes=1, ahead=None, every=1.0)
    found = report.results(Run(plan, is_cut_short=True), command="python bench/soak.py")
    assert found["misses"]
    assert "ended before all articles were published" in report.page(found)


def test_the_page_tells_the_figures_of_the_results() -> None:
    found = report.results(run(audit=conserved(lost=["0@1"])), command="python bench/soak.py --articles 1000")
    page = report.page(found)
    assert "**The bar is missed:**\n- lost: 1\n" in page
    assert "1,000 of 1,000 in 1.7 minutes, 10.0 a second" in page
    assert "| worker 1 child 1 | USS | 100.0 | 100.0 | 100.0 | 100.0 | +0.0% |" in page
    assert "| articles.raw | 10 | 10 | 0 |" in page
    assert "python bench/soak.py --articles 1000" in page


def test_good_articles_among_the_dead_letters_miss_the_bar() -> None:
    assert misses(run(audit=Audit(raw=1_000, enriched=977, dead=23))) == [
        "dead letters that were good articles: 3"
    ]


def test_a_language_process_may_be_replaced_but_one_has_to_be_judged() -> None:
    replaced = run(audit=conserved())
    for sample in replaced.samples:
        if sample.at < 20:
            sample.memory["worker 1 child 2"] = sample.memory["worker 1 child 1"]
    assert misses(replaced) == []
    found = report.results(replaced, command="python bench/soak.py")
    assert "not judged: worker 1 child 2." in report.page(found)

    for sample in replaced.samples:
        if sample.at > 70:
            del sample.memory["worker 1 child 1"]
    assert misses(replaced) == [
        "no language process of worker 1 was measured in the second quarter and in the last"
    ]


def test_a_run_too_short_to_judge_misses_the_bar() -> None:
    short = run(audit=conserved())
    del short.samples[4:]
    assert "worker 1 was measured too rarely to be judged" in misses(short)

"""The article that is worked on beside what is measured."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from bench import yardstick
from bench.yardstick import FEWEST, PAUSE_S, Yardstick


def test_the_mean_is_of_what_was_measured_in_between(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("".join(f"{when} {0.01 * when}\n" for when in range(20)), encoding="utf-8")
    assert Yardstick(log).cpu_seconds(4.0, 12.5) == pytest.approx(0.08)


def test_a_line_that_is_being_written_does_not_count(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("".join(f"{when} 0.03\n" for when in range(FEWEST)) + f"{FEWEST} 0.", encoding="utf-8")
    assert Yardstick(log).cpu_seconds(0, 100) == pytest.approx(0.03)


def test_of_too_few_there_is_no_mean(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("1 0.03\n2 0.03\n", encoding="utf-8")
    assert Yardstick(log).cpu_seconds(0, 100) is None


def test_it_works_on_its_article_in_a_process_of_its_own(tmp_path: Path) -> None:
    with yardstick.at_work(tmp_path) as beside:
        began, deadline = time.perf_counter(), time.perf_counter() + 60
        while (found := beside.cpu_seconds(began, time.perf_counter())) is None:
            assert time.perf_counter() < deadline
            time.sleep(PAUSE_S)
    assert 0.001 < found < 1

"""The article that is worked on beside what is measured."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from bench import material, yardstick
from bench.yardstick import FEWEST, PAUSE_S, Yardstick
from streams.errors import KabarError
from tests.broker.pipeline import Raw


@pytest.fixture
def alive() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


def measures(folder: Path, *lines: str) -> Path:
    file = folder / "measures"
    file.write_text("".join(lines), encoding="utf-8")
    return file


def test_the_mean_is_of_what_was_measured_in_between(tmp_path: Path, alive: subprocess.Popen[bytes]) -> None:
    file = measures(tmp_path, *(f"{when} {0.01 * when}\n" for when in range(20)))
    assert Yardstick(file, alive).cpu_seconds(4.0, 12.5) == pytest.approx(0.08)


def test_a_line_that_is_being_written_does_not_count(tmp_path: Path, alive: subprocess.Popen[bytes]) -> None:
    file = measures(tmp_path, *(f"{when} 0.03\n" for when in range(FEWEST)), f"{FEWEST} 0.")
    assert Yardstick(file, alive).cpu_seconds(0, 100) == pytest.approx(0.03)


def test_of_a_short_time_the_nearest_measures_count(tmp_path: Path, alive: subprocess.Popen[bytes]) -> None:
    file = measures(tmp_path, *(f"{when} {0.01 * when}\n" for when in range(20)))
    assert Yardstick(file, alive).cpu_seconds(9.9, 10.2) == pytest.approx(0.10)


def test_of_too_few_there_is_no_mean(tmp_path: Path, alive: subprocess.Popen[bytes]) -> None:
    assert Yardstick(measures(tmp_path, "1 0.03\n"), alive).cpu_seconds(0, 100) is None
    assert Yardstick(tmp_path / "none yet", alive).cpu_seconds(0, 100) is None


def test_of_one_that_has_ended_there_is_no_mean(tmp_path: Path, alive: subprocess.Popen[bytes]) -> None:
    file = measures(tmp_path, *(f"{when} 0.03\n" for when in range(20)))
    alive.kill()
    alive.wait()
    assert Yardstick(file, alive).cpu_seconds(0, 100) is None


def test_it_works_on_its_article_in_a_process_of_its_own_which_ends_with_the_block(tmp_path: Path) -> None:
    with yardstick.at_work(tmp_path) as beside:
        [process] = [child for child in psutil.Process().children() if "bench.yardstick" in child.cmdline()]
        began, deadline = time.perf_counter(), time.perf_counter() + 60
        while (found := beside.cpu_seconds(began, time.perf_counter())) is None:
            assert time.perf_counter() < deadline
            time.sleep(PAUSE_S)
    assert 0.001 < found < 1
    assert not process.is_running()


def test_an_article_that_becomes_a_dead_letter_is_no_measure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(material, "articles_of", lambda _words, _number: [Raw(b"{}", b"a-1")])
    with (
        pytest.raises(KabarError, match="is not worked on: It is a dead letter"),
        yardstick.at_work(tmp_path),
    ):
        pass

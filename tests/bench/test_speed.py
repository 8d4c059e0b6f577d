"""`bench/speed.py` as it is run, in small."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from bench.parts import PARTS
from bench.speed import _among

SPEED = Path(__file__).parents[2] / "bench" / "speed.py"
IN_SMALL = (sys.executable, SPEED, "--part", "throughput", "--brokers", "embedded", "--rounds", "1")


def test_latency_is_measured_after_the_throughput_that_it_is_half_of_however_they_are_named() -> None:
    assert _among("latency, start,throughput", tuple(PARTS)) == ("throughput", "latency", "start")


@pytest.mark.broker
def test_kabar_and_bare_are_measured_on_the_same_articles(tmp_path: Path) -> None:
    done = subprocess.run(
        [*IN_SMALL, "--articles", "20", "--only", "kabar", "--only", "bare", "--out", tmp_path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    part = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))["parts"]["throughput"]
    assert not part["is_cut_short"]
    assert {run["contestant"]: run["fault"] for run in part["runs"]} == {"bare": None, "Kabar": None}
    for run in part["runs"]:
        assert run["articles"] == 20
        assert run["seconds"] > 0
        assert run["cpu_seconds"] > 0
    assert "articles a second, of bare, on embedded broker" in done.stdout
    assert "round 1 of 1" in done.stderr
    assert "</svg>" in (tmp_path / "throughput.svg").read_text(encoding="utf-8")
    assert "| Kabar, embedded broker |" in (tmp_path / "README.md").read_text(encoding="utf-8")


@pytest.mark.broker
@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGKILL])
def test_whatever_ends_it_ends_all_that_it_has_started(by: signal.Signals, tmp_path: Path) -> None:
    with subprocess.Popen(
        [*IN_SMALL, "--articles", "5000", "--only", "kabar", "--out", tmp_path],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as speed:
        assert speed.stderr is not None
        assert "Kabar on embedded" in speed.stderr.readline()
        started = _started(speed)
        speed.send_signal(by)
        speed.communicate()
    assert speed.returncode == (130 if by is signal.SIGINT else -by)
    _, left = psutil.wait_procs(started, timeout=20)
    assert left == []


def _started(speed: subprocess.Popen[str]) -> list[psutil.Process]:
    """Broker, worker, and what the worker has started, once it has that."""
    process = psutil.Process(speed.pid)
    while not any(
        "resource_tracker" in " ".join(_command(child)) for child in process.children(recursive=True)
    ):
        assert speed.poll() is None
    return process.children(recursive=True)


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


@pytest.mark.parametrize("given", [("--brokers", "rabbit"), ("--part", "luck")])
def test_what_there_is_not_is_refused(given: tuple[str, str]) -> None:
    done = subprocess.run([sys.executable, SPEED, *given], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert given[1] in done.stderr


def test_help_has_an_example() -> None:
    done = subprocess.run([sys.executable, SPEED, "--help"], capture_output=True, text=True, check=True)
    assert "Example: python bench/speed.py" in done.stdout

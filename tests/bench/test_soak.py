"""`bench/soak.py` as it is run, in small, on Apache Kafka."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SOAK = Path(__file__).parents[2] / "bench" / "soak.py"


def misses_beside_memory(found: dict[str, Any]) -> list[str]:
    """A run so short can tell nothing of memory."""
    told = ("RSS of", "USS of", "too rarely", "no language process")
    return [miss for miss in found["misses"] if not any(words in miss for words in told)]


@pytest.mark.kafka
def test_all_articles_come_out_and_are_accounted_for(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, SOAK, "--articles", "300", "--every", "0.5", "--ahead", "250", "--out", tmp_path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    found = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    counts = found["counts"]
    assert (counts["published"], counts["enriched"], counts["dead"]) == (300, 294, 6)
    assert misses_beside_memory(found) == []
    assert {topic: lag["end"] for topic, lag in found["lag"].items()} == {
        "articles.raw": 0,
        "articles.clean": 0,
        "articles.tagged": 0,
    }
    workers = {"worker 1", "worker 1 fork server", "worker 1 resource tracker", "worker 1 child 1"}
    assert workers | {"worker 2 child 1", "broker", "driver"} <= set(found["memory_mb"])
    for plot in ("memory.svg", "lag.svg"):
        assert "</svg>" in (tmp_path / plot).read_text(encoding="utf-8")
    assert "lost: 0\n" in done.stdout
    assert "of 300 out" in done.stderr


@pytest.mark.kafka
def test_ctrl_c_ends_with_what_was_measured_and_nothing_lost(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, SOAK, "--articles", "100000", "--every", "0.5", "--ahead", "250", "--out", tmp_path],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as soak:
        assert soak.stderr is not None
        first_line = soak.stderr.readline()
        assert "of 100,000 out" in first_line
        soak.send_signal(signal.SIGINT)
        _, told = soak.communicate()
    assert soak.returncode in (1, 130), told
    found = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert found["is_cut_short"]
    counts = found["counts"]
    assert 0 < counts["published"] < 1_000
    assert counts["enriched"] + counts["dead"] == counts["published"]
    assert misses_beside_memory(found) == []


def test_help_has_an_example() -> None:
    done = subprocess.run([sys.executable, SOAK, "--help"], capture_output=True, text=True, check=True)
    assert "Example: python bench/soak.py" in done.stdout

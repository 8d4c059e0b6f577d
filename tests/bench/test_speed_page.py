"""The page and the plots of the benchmark of speed."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from bench import speed_page, speed_plots

BENCH = Path(__file__).parents[2] / "bench"
_RAN = {
    "when": "2024-03-05 10:30 UTC",
    "commit": "abc1234",
    "command": "python bench/speed.py --rounds 1",
    "machine": {"cpu": "a processor", "cores": 2, "memory_gb": 25, "system": "Linux"},
    "versions": {"python": "3.11.7"},
    "minutes": 3.0,
    "is_cut_short": False,
}


def _run(contestant: str, broker: str | None, seconds: float, **others: Any) -> dict[str, Any]:
    return {
        "contestant": contestant,
        "broker": broker,
        "round": 0,
        "load_average": 1.5,
        "articles": 100,
        "seconds": seconds,
        "cpu_seconds": 2.0,
        "broker_cpu_seconds": 0.5,
        "pss_mb": 450.0 if broker else None,
        "repeats": 0,
        "all_took_part": True,
        "fault": None,
        **others,
    }


@pytest.fixture
def found() -> dict[str, Any]:
    sizes = ((300, 1e-4, 0.02), (1_000, 1e-4, 0.02), (5_000, 1.2e-4, 0.0218))
    return copy.deepcopy(
        {
            "parts": {
                "throughput": {
                    **_RAN,
                    "rounds": 1,
                    "articles": 100,
                    "warm_up": 30,
                    "cores": 2,
                    "partitions": 8,
                    "naive": ["Loop"],
                    "versions_of_rivals": {"faststream": "0.7.8", "quixstreams": "3.28.1"},
                    "runs": [
                        _run("bare", None, 1.6),
                        _run("Kabar", "kafka", 2.0),
                        _run("Loop", "kafka", 4.0, repeats=3),
                        _run("Quix Streams", "kafka", 0.0, articles=0, fault="ended by itself"),
                    ],
                },
                "latency": {
                    **_RAN,
                    "seconds": 30.0,
                    "runs": [
                        {
                            "broker": "embedded",
                            "rate": 25.0,
                            "load_average": 1.0,
                            "alone_ms": [50.0, 52.0, 54.0],
                            "half_load_ms": [80.0, 90.0, 400.0],
                            "behind_ms": 2.0,
                            "fault": None,
                        }
                    ],
                },
                "growth": {
                    **_RAN,
                    "broker": "kafka",
                    "cores": 2,
                    "scale": 1.0,
                    "runs": [
                        {
                            "series": "words per article",
                            "size": size,
                            "round": 0,
                            "load_average": 1.0,
                            "cpu_per_unit": cost,
                            "yardstick_seconds": beside,
                            "of_yardstick": cost / beside,
                            "per_second": 9.0,
                            "has_more_workers_than_cores": False,
                            "fault": None,
                        }
                        for size, cost, beside in sizes
                    ],
                },
                "start": {
                    **_RAN,
                    "runs": [{"broker": "kafka", "seconds": 3.5, "fault": None, "load_average": 1.0}],
                },
            }
        }
    )


@pytest.mark.parametrize(
    "line",
    [
        "**2 of 10 bars are missed.**",
        "| articles a second, of bare, on Apache Kafka | 0.80x | at least 0.85x | at least 0.95x | **missed** |",
        "| articles a second, of Loop, on Apache Kafka | 2.00x | over 1.00x | at least 1.50x | met, and the aim |",
        "| articles a second, of Quix Streams, on Apache Kafka | – | over 1.00x |  | not measured |",
        "| memory of a worker on Apache Kafka | 450 MB | at most 700 MB | at most 400 MB | met, not the aim |",
        "| Kabar, Apache Kafka | 50.0 | 20.0 | 5.00 | 450 |  |",
        "| Loop, Apache Kafka | 25.0 | 20.0 | 5.00 | 450 | 3 |",
        "- Round 1, Quix Streams on Apache Kafka: ended by itself",
        "| 5,000 words per article | 0.120 a word | 21.8 | +10.1% | 9.00 |",
        "| Apache Kafka | 3.50 |",
        "    python bench/speed.py --rounds 1",
        "2024-03-05 10:30 UTC, commit abc1234, in 3 minutes. Load average 1.0 to 1.0.",
    ],
)
def test_the_page_tells_the_figures_of_the_results(found: dict[str, Any], line: str) -> None:
    assert line in speed_page.page(found).splitlines()


def test_the_findings_are_put_in_as_they_are(found: dict[str, Any]) -> None:
    page = speed_page.page(found, findings="## Where time goes\n\nNowhere *in particular*.\n")
    assert "\n## Where time goes\n\nNowhere *in particular*.\n" in page


def test_the_committed_page_and_results_are_of_one_run() -> None:
    results = json.loads((BENCH / "results.json").read_text(encoding="utf-8"))
    findings = (BENCH / "findings.txt").read_text(encoding="utf-8")
    assert speed_page.page(results, findings=findings) == (BENCH / "README.md").read_text(encoding="utf-8")


def test_a_part_that_was_ended_early_says_so(found: dict[str, Any]) -> None:
    assert "ended before" not in speed_page.page(found)
    found["parts"]["start"]["is_cut_short"] = True
    assert "**It was ended before all was measured.**" in speed_page.page(found)


def test_only_parts_that_were_run_are_shown(found: dict[str, Any]) -> None:
    page = speed_page.page({"parts": {"start": found["parts"]["start"]}})
    assert "## Start" in page
    assert "## Throughput" not in page
    assert "**All 1 bars are met.**" in page


def test_the_same_figures_give_the_same_plots(found: dict[str, Any], tmp_path: Path) -> None:
    for folder in (tmp_path / "one", tmp_path / "two"):
        folder.mkdir()
        speed_plots.draw(found["parts"], folder)
    names = {path.name for path in (tmp_path / "one").iterdir()}
    assert names == {"throughput.svg", "latency.svg", "growth.svg"}
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()

"""deploy/prometheus and deploy/grafana, checked without either: by a parser of PromQL, and against the code."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml
from prometheus_client.exposition import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from streams.metrics import Metrics
from streams.settings import load
from tests.test_compose import service
from tests.test_kubernetes import manifest
from tests.test_metrics import Standing

REPOSITORY = Path(__file__).parents[1]
DEPLOY = REPOSITORY / "deploy"
GUIDE = (REPOSITORY / "docs" / "operations.md").read_text(encoding="utf-8")
RULES = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text(encoding="utf-8"))["groups"][0][
    "rules"
]
DASHBOARD = json.loads((DEPLOY / "grafana" / "dashboards" / "kabar.json").read_bytes())
SUFFIXES = {
    "counter": ("_total",),
    "gauge": ("",),
    "histogram": ("_bucket", "_sum", "_count"),
}


def expressions() -> Iterator[str]:
    yield from (rule["expr"] for rule in RULES)
    yield from (target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"])


def series() -> set[str]:
    """Every name that a query may ask for."""
    metrics = Metrics(load())
    metrics.watch(Standing())
    families = text_string_to_metric_families(generate_latest(metrics.registry).decode())
    return {
        family.name.removesuffix(suffix) + suffix
        for family in families
        for suffix in SUFFIXES.get(family.type, ())
    }


@pytest.mark.parametrize("expression", list(expressions()))
def test_a_query_is_promql_and_asks_for_metrics_that_there_are(expression: str) -> None:
    promql_parser.parse(expression)
    asked = set(re.findall(r"\bkabar_\w+", expression))
    assert asked
    assert asked <= series()


def test_a_slip_in_a_query_would_be_found() -> None:
    with pytest.raises(ValueError, match=r".+"):
        promql_parser.parse("sum(rate(kabar_records_in_total[5m])")


def test_the_guide_says_of_each_alert_what_to_do() -> None:
    told = re.findall(r"^\| `(Kabar\w+)` \| .+ \| .+ \|$", GUIDE, flags=re.MULTILINE)
    assert sorted(told) == sorted(rule["alert"] for rule in RULES)


def test_every_alert_has_a_severity_and_a_summary() -> None:
    for rule in RULES:
        assert rule["labels"]["severity"] in {"critical", "warning"}
        assert rule["annotations"]["summary"].endswith(".")


def test_prometheus_asks_the_port_that_the_worker_listens_on() -> None:
    config = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text(encoding="utf-8"))
    [job] = config["scrape_configs"]
    [discovery] = job["dns_sd_configs"]
    assert discovery["names"] == ["worker"]
    assert str(discovery["port"]) == manifest("ConfigMap")["data"]["KABAR_WEB_PORT"]
    assert service("worker")["environment"]["KABAR_WEB_HOST"] == "0.0.0.0"  # noqa: S104 - inside the network of Compose


def mounted(name: str) -> dict[str, str]:
    """Of a service: what is mounted from here, and where."""
    pairs = (volume.split(":")[:2] for volume in service(name)["volumes"] if volume.startswith("./"))
    return {inside: here for here, inside in pairs}


def test_everything_that_is_mounted_is_there() -> None:
    for name in ("prometheus", "grafana"):
        for here in mounted(name).values():
            assert (REPOSITORY / here).is_dir(), here


def test_grafana_finds_its_dashboard_and_its_panels_do_not_overlap() -> None:
    home = Path(service("grafana")["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"])
    assert (REPOSITORY / mounted("grafana")[str(home.parent)] / home.name).is_file()
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        place: dict[str, Any] = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells


def test_the_core_is_what_is_started_where_nothing_is_said_and_is_part_of_the_rest() -> None:
    assert "COMPOSE_PROFILES=core" in (REPOSITORY / ".env").read_text(encoding="utf-8").splitlines()
    for name in ("kafka", "topics", "worker"):
        assert service(name)["profiles"] == ["core", "observability"]
    for name in ("prometheus", "grafana", "kafka-ui", "jaeger"):
        assert service(name)["profiles"] == ["observability"]


def test_what_only_looks_is_published_on_the_host_alone() -> None:
    for name in ("prometheus", "grafana", "kafka-ui", "jaeger"):
        assert all(port.startswith("127.0.0.1:") for port in service(name)["ports"])


def test_the_workers_export_their_traces_to_jaeger_where_they_are_asked_to() -> None:
    environment = service("worker")["environment"]
    assert environment["KABAR_TRACES"] == "false"
    host, _, port = environment["OTEL_EXPORTER_OTLP_ENDPOINT"].removeprefix("http://").partition(":")
    published = [mapping.split(":")[-1] for mapping in service("jaeger")["ports"]]
    assert host == "jaeger"
    assert port in published

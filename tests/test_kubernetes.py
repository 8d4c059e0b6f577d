"""deploy/kubernetes, checked without a cluster: by Kubernetes' own schemas, and against the code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from streams import settings, topics
from streams.settings import load
from streams.worker import DRAIN_SECONDS
from tests.test_compose import service

FOLDER = Path(__file__).parents[1] / "deploy" / "kubernetes"
VERSION = "1.33"
NOT_OF_KUBERNETES = ("kustomize.config.k8s.io/v1beta1", "keda.sh/v1alpha1")


def manifests() -> list[dict[str, Any]]:
    files = sorted(FOLDER.glob("*.yaml"))
    return [manifest for file in files for manifest in yaml.safe_load_all(file.read_text(encoding="utf-8"))]


def manifest(kind: str) -> dict[str, Any]:
    [found] = [manifest for manifest in manifests() if manifest["kind"] == kind]
    return found


def container() -> dict[str, Any]:
    [found] = manifest("Deployment")["spec"]["template"]["spec"]["containers"]
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize(
    "one",
    [one for one in manifests() if one["apiVersion"] not in NOT_OF_KUBERNETES],
    ids=lambda one: one["kind"],
)
def test_a_manifest_is_what_kubernetes_takes_and_has_nothing_it_does_not_know(one: dict[str, Any]) -> None:
    kubernetes_validate.validate(one, VERSION, strict=True)


def test_a_misspelt_field_would_be_found() -> None:
    wrong = manifest("Deployment")
    wrong["spec"]["selektor"] = wrong["spec"].pop("selector")
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, VERSION, strict=True)


def test_kustomize_is_told_of_every_file() -> None:
    others = {file.name for file in FOLDER.glob("*.yaml")} - {"kustomization.yaml"}
    assert set(manifest("Kustomization")["resources"]) == others


def test_every_setting_is_one_that_the_worker_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    given = manifest("ConfigMap")["data"]
    assert set(given) <= {name for name, _, _ in settings.describe()}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    assert load().web_host == "0.0.0.0"  # noqa: S104 - inside a pod, whose port nothing else reaches by itself


def test_the_same_image_runs_as_under_docker_compose() -> None:
    assert container()["image"] == service("worker")["image"]


def test_probes_ask_for_pages_of_the_port_that_the_worker_listens_on() -> None:
    [port] = container()["ports"]
    assert str(port["containerPort"]) == manifest("ConfigMap")["data"]["KABAR_WEB_PORT"]
    paths = {
        container()[probe]["httpGet"]["path"] for probe in ("startupProbe", "livenessProbe", "readinessProbe")
    }
    assert paths == {"/healthz", "/readyz"}


def test_it_is_given_longer_to_start_than_a_worker_waits_for_a_broker() -> None:
    probe = container()["startupProbe"]
    wait = float(manifest("ConfigMap")["data"]["KABAR_BROKER_WAIT_SECONDS"])
    assert probe["periodSeconds"] * probe["failureThreshold"] >= wait + 30


def test_a_worker_is_given_the_time_it_may_take_to_stop() -> None:
    assert manifest("Deployment")["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] > DRAIN_SECONDS


def test_it_is_scaled_by_the_lag_of_its_own_group_on_its_own_topic() -> None:
    given = manifest("ConfigMap")["data"]
    scaled = manifest("ScaledObject")["spec"]
    [trigger] = scaled["triggers"]
    assert trigger["metadata"]["bootstrapServers"] == given["KABAR_BROKERS"]
    assert trigger["metadata"]["consumerGroup"] == given["KABAR_GROUP"]
    assert trigger["metadata"]["topic"] == topics.RAW.name(load(prefix=given["KABAR_PREFIX"]))
    assert scaled["scaleTargetRef"]["name"] == manifest("Deployment")["metadata"]["name"]
    assert scaled["maxReplicaCount"] <= int(given["KABAR_PARTITIONS"])


def test_all_pods_of_the_deployment_are_under_the_disruption_budget() -> None:
    budget = manifest("PodDisruptionBudget")["spec"]["selector"]["matchLabels"]
    assert budget == manifest("Deployment")["spec"]["template"]["metadata"]["labels"]

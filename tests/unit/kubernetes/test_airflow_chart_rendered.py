"""What Helm makes of these values with Airflow's own chart. Run it where you have both; no package index has them:

LEEWAY_AIRFLOW_CHART=airflow-1.22.0.tgz python -m pytest tests/unit/kubernetes/test_airflow_chart_rendered.py
"""

from __future__ import annotations

import configparser
import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
import yaml

import clusters
from clusters import EXECUTORS, FOLDER, KUBERNETES, SITE

if TYPE_CHECKING:
    from collections.abc import Iterator

CHART = os.environ.get("LEEWAY_AIRFLOW_CHART", "")
KEPT_FROM_WORKERS = {
    "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN",
    "AIRFLOW__CORE__FERNET_KEY",
    "AIRFLOW__API_AUTH__JWT_SECRET",
    "AIRFLOW_CONN_AIRFLOW_DB",
}
TOKEN = "is given a token for Kubernetes"  # the chart says so in the ServiceAccount

if not CHART or shutil.which("helm") is None:
    pytest.skip("needs helm, and Airflow's chart in LEEWAY_AIRFLOW_CHART", allow_module_level=True)


@pytest.fixture(scope="module", params=EXECUTORS)
def rendered(request: pytest.FixtureRequest) -> list[clusters.Tree]:
    files = [f"--values={FOLDER / name}" for name in ("values.yaml", f"values-{request.param}.yaml")]
    version = f"--kube-version={KUBERNETES}.0"
    command = ["helm", "template", "airflow", CHART, "--namespace=leeway", version, *files]
    return clusters.documents(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def config(rendered: list[clusters.Tree]) -> dict[str, str]:
    maps = {found["metadata"]["name"]: found["data"] for found in rendered if found["kind"] == "ConfigMap"}
    return maps["airflow-config"]


def pods(rendered: list[clusters.Tree]) -> Iterator[clusters.Tree]:
    """All pods, that of a task with the KubernetesExecutor too."""
    template = yaml.safe_load(config(rendered)["pod_template_file.yaml"])
    for found in [*rendered, template]:
        yield from clusters.pods(found)


def test_kubernetes_takes_every_object(rendered: list[clusters.Tree]):
    for found in rendered:
        clusters.valid(found)


def test_every_pod_is_hardened(rendered: list[clusters.Tree]):
    weak = [why for spec in pods(rendered) for why in clusters.weaknesses(spec)]
    assert [why for why in weak if why != TOKEN] == []


def test_a_worker_holds_no_key_of_airflow(rendered: list[clusters.Tree]):
    template = yaml.safe_load(config(rendered)["pod_template_file.yaml"])
    labels = [
        (found, found.get("spec", {}).get("template", {}).get("metadata", {}).get("labels", {})) for found in rendered
    ]
    workers = [template, *(found for found, of_pod in labels if of_pod.get("component") == "worker")]
    held = {
        variable["name"]
        for found in workers
        for spec in clusters.pods(found)
        for container in [*spec.get("initContainers", []), *spec["containers"]]
        for variable in container.get("env", [])
    }
    assert held & KEPT_FROM_WORKERS == set()
    assert "LEEWAY_CATALOG_URL" in held


def test_the_chart_makes_up_no_secret(rendered: list[clusters.Tree]):
    assert [found["metadata"]["name"] for found in rendered if found["kind"] == "Secret"] == []


def test_all_of_airflow_runs_the_image(rendered: list[clusters.Tree]):
    images = {container["image"] for spec in pods(rendered) for container in spec["containers"]}
    assert {image for image in images if not image.startswith("redis:")} == {
        f"{SITE}:{clusters.values('celery')['defaultAirflowTag']}"
    }


def test_tasks_find_the_api_server_and_the_dags(rendered: list[clusters.Tree]):
    cfg = configparser.ConfigParser(interpolation=None)
    cfg.read_string(config(rendered)["airflow.cfg"])
    assert cfg["core"]["execution_api_server_url"] == "http://airflow-api-server:8080/execution/"
    assert cfg["core"]["dags_folder"] == "/opt/leeway/dags"
    assert cfg["core"]["plugins_folder"] == "/opt/leeway/plugins"

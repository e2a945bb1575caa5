"""The values for Airflow's chart: keys that it has, least rights, the settings that the containers are proven with."""

from __future__ import annotations

import configparser
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import clusters
from clusters import EXECUTORS, REPO, SITE
from leeway.stages.evaluate import evaluate
from leeway.stages.train import train

if TYPE_CHECKING:
    from collections.abc import Iterator

CHART = (Path(__file__).parent / "airflow-chart-keys.txt").read_text().splitlines()
FREE = ("config", "securityContexts", "resources", "volumes", "volumeMounts", "env", "extraEnvFrom", "from")
"""Below these the chart takes what Kubernetes or Airflow takes; other tests look at it."""
DATABASE, FERNET, JWT, API = (
    "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN",
    "AIRFLOW__CORE__FERNET_KEY",
    "AIRFLOW__API_AUTH__JWT_SECRET",
    "AIRFLOW__API__SECRET_KEY",
)
CELERY = {"AIRFLOW__CELERY__BROKER_URL", "AIRFLOW__CELERY__RESULT_BACKEND"}
MODELS = {
    "LEEWAY_CATALOG_URL",
    "MLFLOW_TRACKING_USERNAME",
    "MLFLOW_TRACKING_PASSWORD",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
}
EACH = [(executor, component) for executor in EXECUTORS for component in clusters.components(executor)]


def keys(found: clusters.Tree, above: str = "") -> Iterator[str]:
    """Every key that is set, with those above it."""
    for name, value in found.items():
        path = f"{above}.{name}" if above else name
        if isinstance(value, dict) and name not in FREE:
            yield from keys(value, path)
        else:
            yield path


def test_a_key_that_is_set_was_looked_up_in_the_chart():
    set_here = {key for executor in EXECUTORS for key in keys(clusters.values(executor))}
    assert set_here == {line for line in CHART if not line.startswith("#")}


@pytest.mark.parametrize(("executor", "component"), EACH)
def test_what_the_chart_copies_into_a_pod_is_right_and_hardened(executor: str, component: str):
    made = clusters.pod(executor, component)
    clusters.valid(made)
    # One starts the pods of tasks, the other reads their logs.
    may_ask = (executor, component) in {("kubernetes", "scheduler"), ("kubernetes", "apiServer")}
    assert list(clusters.weaknesses(made["spec"])) == (["is given a token for Kubernetes"] if may_ask else [])


@pytest.mark.parametrize("executor", EXECUTORS)
def test_a_component_gets_the_secrets_that_it_needs_and_no_others(executor: str):
    given = {name: clusters.names_of(own) for name, own in clusters.components(executor).items()}
    broker = CELERY if executor == "celery" else set()
    del given["migrateDatabaseJob"]
    assert given == {
        "scheduler": {DATABASE, FERNET, JWT} | broker,
        "apiServer": {DATABASE, FERNET, JWT, API} | MODELS,
        "dagProcessor": {DATABASE, FERNET} | MODELS,
        "triggerer": {DATABASE, FERNET, API} | MODELS,
        "databaseCleanup": {DATABASE, FERNET},
        "workers": MODELS | ({API} | broker if executor == "celery" else set()),
    }


@pytest.mark.parametrize(("executor", "component"), EACH)
def test_what_a_component_gets_of_its_own_comes_from_a_secret(executor: str, component: str):
    own = clusters.components(executor)[component]
    assert all(set(variable) == {"name", "valueFrom"} for variable in own["env"])
    assert all(set(variable["valueFrom"]) == {"secretKeyRef"} for variable in own["env"])


@pytest.mark.parametrize("executor", EXECUTORS)
def test_what_waits_for_the_migration_gets_the_database_alone(executor: str):
    waits = {
        name: own["waitForMigrations"]
        for name, own in clusters.components(executor).items()
        if "waitForMigrations" in own
    }
    asked = {name: clusters.names_of(wait) for name, wait in waits.items() if wait.get("enabled", True)}
    assert asked == {name: {DATABASE} for name in ("scheduler", "apiServer", "dagProcessor", "triggerer")}


@pytest.mark.parametrize("executor", EXECUTORS)
def test_the_chart_hands_out_no_secret_and_makes_up_none(executor: str):
    found = clusters.values(executor)
    assert not any(found["enableBuiltInSecretEnvVars"].values())
    named = {found[f"{key}Name"] for key in ("fernetKeySecret", "apiSecretKeySecret", "jwtSecret")}
    assert named | set(found["data"].values()) == {
        "leeway-airflow-keys",
        "leeway-airflow-database",
        "leeway-celery-results",
        "leeway-celery-broker",
    }
    assert not found["createUserJob"]["enabled"]  # the chart's own makes admin / admin


def test_the_settings_are_those_of_the_containers():
    image = configparser.ConfigParser(interpolation=None)
    image.read(REPO / "docker" / "airflow" / "airflow.cfg")
    chart = clusters.values("celery")["config"]
    theirs = {(section, key): str(value) for section, below in chart.items() for key, value in below.items()}
    ours = {(section, key): value for section in image.sections() for key, value in image[section].items()}
    by_the_chart = {("core", "dags_folder"), ("core", "executor")}
    of_the_place = {("core", "execution_api_server_url"), ("fab", "enable_proxy_fix"), ("celery", "worker_concurrency")}
    assert ours.keys() - theirs.keys() == by_the_chart
    assert {key: theirs[key] for key in ours.keys() & theirs.keys() - of_the_place} == {
        key: ours[key] for key in ours.keys() & theirs.keys() - of_the_place
    }
    assert clusters.values("celery")["dags"]["mountPath"] == ours["core", "dags_folder"]
    assert "-api-server:" in theirs["core", "execution_api_server_url"]


def test_probes_run_what_the_image_has():
    dockerfile = (REPO / "Dockerfile").read_text()
    assert "ENTRYPOINT" not in dockerfile  # the chart gives arguments only
    assert "COPY docker/health.py docker/" in dockerfile
    commands = [
        clusters.components(executor)[component]["livenessProbe"]["command"]
        for executor, component in EACH
        if component in ("scheduler", "dagProcessor", "triggerer") or (executor, component) == ("celery", "workers")
    ]
    assert len(commands) == 7
    known = (["python", "/opt/leeway/docker/health.py"], ["airflow", "jobs"])
    assert [command for command in commands if command[:2] not in known] == []


def test_the_versions_are_those_of_the_project():
    found = clusters.values("celery")
    locked = re.search(r"^apache-airflow==(\S+)", (REPO / "requirements.txt").read_text(), re.MULTILINE)
    project = tomllib.loads((REPO / "pyproject.toml").read_text())["project"]["version"]
    assert locked is not None
    assert (found["airflowVersion"], found["defaultAirflowTag"]) == (locked[1], project)
    assert found["defaultAirflowRepository"] == SITE


def test_pods_that_fit_models_are_larger_and_right():
    settings: dict[str, Any] = {}
    exec(clusters.values("kubernetes")["airflowLocalSettings"], settings)
    assert settings["TASKS"] == (train.__name__, evaluate.__name__)
    made = clusters.pod("kubernetes", "workers")
    made["spec"]["containers"][0]["resources"] = {"requests": settings["REQUESTS"], "limits": settings["LIMITS"]}
    clusters.valid(made)
    assert list(clusters.weaknesses(made["spec"])) == []


def test_the_executor_of_a_file_is_the_one_of_its_name():
    assert [clusters.values(executor)["executor"] for executor in EXECUTORS] == ["CeleryExecutor", "KubernetesExecutor"]


def test_what_must_outlive_a_pod_is_on_no_volume_of_a_pod():
    settings = next(found for found in clusters.manifests() if found["metadata"]["name"] == "leeway-settings")["data"]
    assert settings["LEEWAY_STORE_URL"].startswith("s3://")
    assert clusters.values("celery")["logs"]["persistence"]["enabled"]
    assert all("emptyDir" in volume for volume in clusters.values("celery")["volumes"])

"""The manifests beside Airflow's chart: right by Kubernetes' own schemas, hardened, and complete."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import kubernetes_validate
import pytest
import yaml

import clusters
from clusters import FOLDER, REPO, SITE
from leeway.deployment.passwords import LEAST, weaknesses

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A .env as `make secrets` makes it."""
    project = tmp_path_factory.mktemp("project")
    (project / "docker").mkdir()
    shutil.copy(REPO / "docker" / "secrets.sh", project / "docker")
    subprocess.run(["sh", project / "docker" / "secrets.sh"], check=True, capture_output=True)
    return project / ".env"


def in_words(found: clusters.Tree) -> str:
    return f"{found['kind']} {found['metadata']['name']}"


MANIFESTS = clusters.manifests()


@pytest.mark.parametrize("found", MANIFESTS, ids=in_words)
def test_an_object_has_the_fields_of_its_kind_and_no_others(found: clusters.Tree):
    clusters.valid(found)


def test_a_field_that_does_not_exist_is_noticed():
    watch = next(found for found in MANIFESTS if found["kind"] == "CronJob")
    with pytest.raises(kubernetes_validate.ValidationError):
        clusters.valid({**watch, "spec": {**watch["spec"], "shedule": "* * * * *"}})


def test_every_file_is_applied():
    applied = yaml.safe_load((FOLDER / "manifests" / "kustomization.yaml").read_text())["resources"]
    assert {*applied, "kustomization.yaml"} == {path.name for path in (FOLDER / "manifests").iterdir()}


def test_every_pod_is_hardened():
    specs = [spec for found in MANIFESTS for spec in clusters.pods(found)]
    assert len(specs) == 2
    assert [list(clusters.weaknesses(spec)) for spec in specs] == [[], []]


def test_the_namespace_refuses_pods_that_are_not():
    namespace = next(found for found in MANIFESTS if found["kind"] == "Namespace")
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


def test_all_run_the_image_of_the_values():
    images = {
        container["image"] for found in MANIFESTS for spec in clusters.pods(found) for container in spec["containers"]
    }
    pinned = yaml.safe_load((FOLDER / "manifests" / "kustomization.yaml").read_text())["images"]
    assert images == {SITE}
    assert pinned == [{"name": SITE, "newTag": clusters.values("celery")["defaultAirflowTag"]}]


def test_mlflow_is_the_server_of_the_compose_file():
    compose = yaml.safe_load((REPO / "docker-compose.yaml").read_text())["services"]["mlflow"]
    deployment = next(found for found in MANIFESTS if found["kind"] == "Deployment")
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    options = set(re.findall(r"--[a-z-]+", str(compose["command"])))
    assert {argument.split("=")[0] for argument in container["args"][2:]} == options
    (config,) = (found for found in MANIFESTS if found["kind"] == "ConfigMap" and found["metadata"]["name"] == "mlflow")
    given = {*config["data"], *clusters.names_of(container)}
    assert {name for name in compose["environment"] if name.startswith("MLFLOW_S")} <= given
    assert {"MLFLOW_BACKEND_STORE_URI", "MLFLOW_FLASK_SERVER_SECRET_KEY", "MLFLOW_AUTH_CONFIG_PATH"} <= given
    assert config["data"]["MLFLOW_SERVER_ENABLE_JOB_EXECUTION"] == "false"


def test_nobody_reaches_mlflow_but_who_works_with_models():
    policies = {found["metadata"]["name"]: found["spec"] for found in MANIFESTS if found["kind"] == "NetworkPolicy"}
    closed = policies["nobody-comes-in"]
    assert (closed["podSelector"], closed["policyTypes"], closed.get("ingress")) == ({}, ["Ingress"], None)
    (rule,) = policies["mlflow"]["ingress"]
    airflow, watch = (one["podSelector"] for one in rule["from"])
    assert "scheduler" not in airflow["matchExpressions"][0]["values"]
    assert watch["matchLabels"] == {"app.kubernetes.io/name": "leeway-watch"}
    assert [port["port"] for port in rule["ports"]] == [5000]


def test_a_service_and_a_budget_find_their_pods():
    deployment = next(found for found in MANIFESTS if found["kind"] == "Deployment")
    labels = deployment["spec"]["template"]["metadata"]["labels"].items()
    service = next(found for found in MANIFESTS if found["kind"] == "Service")["spec"]
    budget = next(found for found in MANIFESTS if found["kind"] == "PodDisruptionBudget")["spec"]
    assert service["selector"].items() <= labels
    assert budget["selector"]["matchLabels"].items() <= labels
    assert budget["maxUnavailable"] < deployment["spec"]["replicas"]


def test_every_secret_that_anything_reads_is_made(made: Path):
    secrets = clusters.secrets(made)
    for secret in secrets:
        clusters.valid(secret)
    there = {(secret["metadata"]["name"], key) for secret in secrets for key in secret["stringData"]}
    wanted = {*clusters.references(MANIFESTS)}
    for executor in clusters.EXECUTORS:
        wanted |= {*clusters.references(clusters.values(executor))}
    chart = {("leeway-celery-broker", "password")}  # read by the chart's Redis, by this name
    assert wanted | chart == there


def test_the_job_gets_each_secret_that_it_checks_as_it_was_made(made: Path):
    stored = {secret["metadata"]["name"]: secret["stringData"] for secret in clusters.secrets(made)}
    environment = {
        variable["name"]: stored[variable["valueFrom"]["secretKeyRef"]["name"]][
            variable["valueFrom"]["secretKeyRef"]["key"]
        ]
        for variable in clusters.values("celery")["migrateDatabaseJob"]["env"]
    }
    lines = dict(line.split("=", 1) for line in made.read_text().splitlines())
    ours = LEAST.keys() - {"POSTGRES_PASSWORD"}  # the administrator of PostgreSQL is somebody else
    assert {name: environment.get(name) for name in LEAST} == {
        **{name: lines[name] for name in ours},
        "POSTGRES_PASSWORD": None,
    }
    assert list(weaknesses(environment)) == []


@pytest.mark.parametrize("name", ["AIRFLOW_DB_PASSWORD", "S3_SECRET_KEY"])
def test_a_secret_that_is_missing_is_named_and_nothing_is_applied(name: str, made: Path, tmp_path: Path):
    lacking = tmp_path / ".env"
    lacking.write_text(
        "".join(line for line in made.read_text().splitlines(keepends=True) if not line.startswith(f"{name}="))
    )
    with pytest.raises(subprocess.CalledProcessError) as told:
        clusters.secrets(lacking)
    assert (told.value.returncode, told.value.stdout) == (2, "")
    assert told.value.stderr.startswith(f"{name} is not in ")


def test_the_file_of_secrets_is_read_and_not_run(made: Path, tmp_path: Path):
    trap = tmp_path / "trap"
    hostile = tmp_path / ".env"
    hostile.write_text(f"{made.read_text()}X=$(touch {trap})\ntouch {trap}\n")
    assert len(clusters.secrets(hostile)) == 7
    assert not trap.exists()


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed")
def test_kubectl_builds_the_same_objects():
    built = subprocess.run(["kubectl", "kustomize", FOLDER / "manifests"], check=True, capture_output=True, text=True)
    objects = clusters.documents(built.stdout)
    assert {in_words(found) for found in objects} == {in_words(found) for found in MANIFESTS}
    assert {found["metadata"].get("namespace", "leeway") for found in objects} == {"leeway"}
    tags = {
        container["image"] for found in objects for spec in clusters.pods(found) for container in spec["containers"]
    }
    assert tags == {f"{SITE}:{clusters.values('celery')['defaultAirflowTag']}"}

"""The compose files say what notes on Airflow 3.3 in several containers demand, and give nobody more than it needs."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

REPO = Path(__file__).parents[3]
STACK = yaml.safe_load((REPO / "docker-compose.yaml").read_text())["services"]
STORE = yaml.safe_load((REPO / "docker-compose.s3.yaml").read_text())["services"]
AIRFLOW = ("airflow-apiserver", "airflow-scheduler", "airflow-dag-processor", "airflow-triggerer")
DATABASE = "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"
SIGNING = "AIRFLOW__API_AUTH__JWT_SECRET"
FERNET = "AIRFLOW__CORE__FERNET_KEY"
LOGS = "AIRFLOW__API__SECRET_KEY"
OURS = {name: service for name, service in STACK.items() if str(service["image"]).startswith("leeway:")}
COPYING = {"backup", "restore"}
"""Run by hand, for a moment: they read and write files of several owners, which takes root and three of its rights."""
RUNNING = {name: service for name, service in STACK.items() if not service.get("profiles")}


def holders(variable):
    return {name for name, service in STACK.items() if variable in service.get("environment", {})}


@pytest.mark.parametrize("name", sorted(set(STACK) - COPYING))
def test_every_container_runs_without_root_and_without_rights(name):
    service = STACK[name]
    user, _, _ = service["user"].partition(":")
    assert int(user) > 0
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["read_only"] is True
    assert service["init"] is True


@pytest.mark.parametrize("name", sorted(COPYING))
def test_who_copies_files_of_several_owners_has_no_further_right(name):
    service = STACK[name]
    assert service["cap_drop"] == ["ALL"]
    assert set(service["cap_add"]) == {"CHOWN", "DAC_OVERRIDE", "FOWNER"}
    assert service["networks"] == ["inside"]
    assert service["profiles"] == ["tools"]


@pytest.mark.parametrize("name", [*STACK, *STORE])
def test_nothing_listens_beyond_this_machine(name):
    for port in {**STACK, **STORE}[name].get("ports", []):
        assert port.startswith("127.0.0.1:")


@pytest.mark.parametrize("name", sorted(set(RUNNING) - {"init"}))
def test_every_service_says_whether_it_is_healthy_and_comes_back(name):
    assert RUNNING[name]["healthcheck"]["test"]
    assert RUNNING[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", ["postgres", "redis"])
def test_databases_and_the_broker_have_no_way_out_and_are_not_published(name):
    assert STACK[name]["networks"] == ["inside"]
    assert "ports" not in STACK[name]


def test_the_keys_of_airflow_are_where_they_are_needed_and_nowhere_else():
    assert holders(DATABASE) == {*AIRFLOW, "init"}
    assert holders(FERNET) == {*AIRFLOW, "init"}
    assert holders(SIGNING) == {"airflow-apiserver", "airflow-scheduler", "airflow-triggerer", "init"}
    assert holders(LOGS) == {*AIRFLOW, "airflow-worker", "init"}
    assert holders("AIRFLOW__CELERY__BROKER_URL") == {"airflow-scheduler", "airflow-worker", "init"}
    assert holders("POSTGRES_PASSWORD") == {"postgres", "init"}
    assert holders("PGPASSWORD") == COPYING
    assert holders("MLFLOW_BACKEND_STORE_URI") == {"mlflow"}


def test_airflow_is_told_what_several_containers_need():
    settings = (REPO / "docker" / "airflow" / "airflow.cfg").read_text()
    for line in (
        "execution_api_server_url = http://airflow-apiserver:8080/execution/",
        "enable_health_check = True",
        "execution_api_timeout = 30",
        "executor = CeleryExecutor",
    ):
        assert line in settings.splitlines()
    assert not any(
        line.startswith(("fernet_key", "jwt_secret", "secret_key", "sql_alchemy_conn"))
        for line in settings.splitlines()
    )


def test_no_value_of_a_secret_stands_in_a_file():
    for name in ("docker-compose.yaml", "docker-compose.s3.yaml"):
        for service in yaml.safe_load((REPO / name).read_text())["services"].values():
            for variable, value in service.get("environment", {}).items():
                if variable.endswith(("PASSWORD", "_KEY", "SECRET", "_CONN", "BROKER_URL", "BACKEND")):
                    assert "${" in str(value), variable


def test_an_upgrade_asks_then_backs_up_then_stops_then_starts():
    done = subprocess.run(["make", "--dry-run", "upgrade"], cwd=REPO, capture_output=True, text=True, check=True)
    steps = (
        "docker/secrets.sh",
        "compose build",
        "--no-deps -T init leeway migrate --airflow --dry-run",
        "run --rm -T backup",
        " stop ",
        "up.sh",
    )
    places = [done.stdout.index(step) for step in steps]
    assert places == sorted(places)


@pytest.mark.parametrize("files", [("docker-compose.yaml",), ("docker-compose.yaml", "docker-compose.s3.yaml")])
def test_compose_takes_the_files(files, tmp_path):
    """Where Compose is there; it needs no engine for this."""
    docker = shutil.which("docker")
    if not docker or subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode:
        pytest.skip("docker compose is not installed")
    (tmp_path / "docker").mkdir()
    shutil.copy(REPO / "docker" / "secrets.sh", tmp_path / "docker")
    subprocess.run(["sh", str(tmp_path / "docker" / "secrets.sh")], check=True, capture_output=True)
    command = [docker, "compose", "--env-file", str(tmp_path / ".env"), "--profile", "*"]
    for name in files:
        command += ["-f", str(REPO / name)]
    done = subprocess.run([*command, "config", "-q"], capture_output=True, text=True, check=False, env=dict(os.environ))
    assert done.returncode == 0, done.stderr

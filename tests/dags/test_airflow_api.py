"""Airflow's own REST API, asked by leeway's client and by ``leeway doctor``."""

from __future__ import annotations

import fcntl
import json

import pytest
from typer.testing import CliRunner

import tiny
from airflow_home import set_password
from leeway.cli.app import app
from leeway.errors import ServiceError
from leeway.services.airflow_client import AirflowClient
from leeway.services.config import ADMIN, admin_password
from leeway.settings import TRAINING_POOL


@pytest.fixture
def project(tmp_path, at_home):
    made = at_home(tiny.project(tmp_path, days=1))
    made.workspace()
    set_password(ADMIN, admin_password(made.settings.home))
    return made


def test_doctor_finds_whether_airflow_has_the_pool_of_trainings(api, project, monkeypatch):
    monkeypatch.setenv("LEEWAY_MLFLOW_URL", f"sqlite:///{project.settings.home / 'mlflow.db'}")
    monkeypatch.setenv("LEEWAY_CATALOG_URL", project.settings.catalog)
    client = AirflowClient(api, user=ADMIN, password=admin_password(project.settings.home))
    with (project.settings.home / "stack.lock").open("w") as lock:  # as a local stack marks where it runs
        fcntl.flock(lock, fcntl.LOCK_EX)
        json.dump({"airflow": api, "mlflow": ""}, lock)
        lock.flush()
        missing = pool_check()
        for _ in range(2):
            client.ensure_pool(TRAINING_POOL, slots=2)
        present = pool_check()
    client.close()

    assert (missing["ok"], missing["code"]) == (False, "SVC061")
    assert missing["do"].startswith(f"airflow pools set {TRAINING_POOL} 2 ")
    assert (present["ok"], present["message"]) == (True, f"{TRAINING_POOL} has 2 slots")

    stranger = AirflowClient(api, user=ADMIN, password="guessed")
    with pytest.raises(ServiceError) as refused:
        stranger.pools()
    stranger.close()
    assert refused.value.code == "SVC041"


def pool_check():
    told = json.loads(CliRunner().invoke(app, ["doctor", "--json"], catch_exceptions=False).stdout)
    (found,) = (check for check in told["checks"] if check["check"] == "pool")
    return found

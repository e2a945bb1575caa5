"""The whole local stack and the product's own DAGs under the real scheduler: it works, heals, leaves nothing behind."""

import os
import signal
import threading
from pathlib import Path

import psutil
import pytest

import tiny
from leeway.catalog import Catalog
from leeway.core import Action
from leeway.errors import ServiceError
from leeway.replay import advance
from leeway.services import processes
from leeway.services.stack import Stack

REPO = Path(__file__).parents[2]
DAYS = 8
MONITORING = "tiny__monitoring"

pytestmark = [pytest.mark.integration, pytest.mark.slow]


def until(condition, seconds=120.0):
    """Whether the condition comes true in time."""
    pause = threading.Event()
    for _ in range(int(seconds / 0.5)):
        if condition():
            return True
        pause.wait(0.5)
    return False


@pytest.fixture
def project(tmp_path):
    return tiny.project(tmp_path, days=DAYS, gates=["beats_baseline"])


@pytest.fixture
def stack(project, tmp_path, monkeypatch):
    for variable in ("LEEWAY_AIRFLOW_PORT", "LEEWAY_MLFLOW_PORT", "LEEWAY_WARM"):
        monkeypatch.setenv(variable, "0")
    monkeypatch.setenv("LEEWAY_MODELS", str(project.settings.models))
    return Stack(tmp_path / "stack", repo=REPO)


def test_a_backfill_under_the_real_scheduler_gives_the_ledger_of_one_process(project, stack):
    said = []
    with stack.running(said.append):
        assert set(stack.client.health().values()) == {"healthy"}
        listens_on_this_machine_only(stack)
        a_second_start_is_refused(stack)
        start_backfill(stack.client)
        a_killed_api_server_comes_back(stack, said)
        assert until(lambda: len(backfilled(stack.client, "success")) == DAYS, seconds=900)
        catalog = Catalog(stack.catalog_url)
        asked = [found for found in catalog.decisions("tiny") if found.action is Action.RETRAIN]
        assert until(lambda: stack.client.count_runs("tiny__training", states=["success"]) == len(asked))
        through_airflow = catalog.contents()
        assert asked
        assert catalog.champion("tiny") is not None
        assert catalog.verify() == []
        catalog.close()
    assert processes.marked(stack.mark) == []
    assert said[-1] == "stopped"
    workspace = project.workspace()
    advance(workspace, project.spec, tiny.day(DAYS - 1))
    assert through_airflow == workspace.catalog.contents()


def listens_on_this_machine_only(stack):
    listening = {
        connection.laddr.ip
        for process in processes.marked(stack.mark)
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }
    assert listening == {"127.0.0.1"}


def a_second_start_is_refused(stack):
    with pytest.raises(ServiceError) as caught, Stack(stack.home, repo=stack.repo).running():
        pass
    assert caught.value.code == "SVC010"
    assert stack.airflow_url in str(caught.value)


def start_backfill(client):
    wanted = {
        "leeway__maintenance",
        "leeway__backtest",
        "leeway__watch",
        *(f"tiny__{purpose}" for purpose in ("monitoring", "training", "promotion")),
    }
    assert until(lambda: set(client.dags()) == wanted)
    assert client.import_errors() == {}
    client.create_backfill(MONITORING, start=tiny.day(0).start, end=tiny.day(DAYS - 1).start, max_active_runs=2)
    for purpose in ("training", "monitoring"):
        client.unpause(f"tiny__{purpose}")


def backfilled(client, state):
    return [run for run in client.runs(MONITORING, states=[state]) if run["run_type"] == "backfill"]


def a_killed_api_server_comes_back(stack, said):
    os.kill(stack.pids()["api-server"], signal.SIGKILL)
    assert until(lambda: "api-server ended with code -9; starting it again" in said)
    assert until(lambda: stack.client.health()["scheduler"] == "healthy")
    assert stack.failure is None

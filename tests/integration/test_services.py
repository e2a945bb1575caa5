"""The whole local stack, as `leeway up` runs it: it starts, does its work, heals, and leaves nothing behind."""

import os
import signal
import threading
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from leeway.errors import ServiceError
from leeway.services import processes
from leeway.services.stack import Stack

REPO = Path(__file__).parents[2]
DAG = """
from airflow.sdk import CronDataIntervalTimetable, dag, task
from pendulum import datetime

@dag(schedule=CronDataIntervalTimetable("0 0 * * *", timezone="UTC"), start_date=datetime(2013, 1, 1), catchup=False)
def two_tasks():
    @task
    def one(data_interval_start=None):
        return data_interval_start.day

    @task
    def two(day):
        import os
        assert os.environ["LEEWAY_MLFLOW_URL"] and day in {1, 2, 3}

    two(one())

two_tasks()
"""

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
def stack(tmp_path, monkeypatch):
    for variable in ("LEEWAY_AIRFLOW_PORT", "LEEWAY_MLFLOW_PORT", "LEEWAY_WARM"):
        monkeypatch.setenv(variable, "0")
    for name in ("dags", "plugins"):
        (tmp_path / name).mkdir()
    (tmp_path / "dags" / "two_tasks.py").write_text(DAG)
    return Stack(tmp_path / "home", repo=REPO, dags=tmp_path / "dags", plugins=tmp_path / "plugins")


def test_the_stack_runs_a_backfill_heals_and_leaves_nothing_behind(stack):
    said = []
    with stack.running(said.append):
        assert set(stack.client.health().values()) == {"healthy"}
        listens_on_this_machine_only(stack)
        a_second_start_is_refused(stack)
        a_backfill_succeeds(stack.client)
        a_killed_api_server_comes_back(stack, said)
    assert processes.marked(stack.mark) == []
    assert said[-1] == "stopped"


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


def a_backfill_succeeds(client):
    assert until(lambda: client.dags() == ("two_tasks",))
    assert client.import_errors() == {}
    client.unpause("two_tasks")
    client.create_backfill("two_tasks", start=datetime(2013, 1, 1, tzinfo=UTC), end=datetime(2013, 1, 3, tzinfo=UTC))
    assert until(lambda: len(backfilled(client, "success")) == 3)
    assert [run["data_interval_start"][:10] for run in backfilled(client, "success")] == [
        "2013-01-01",
        "2013-01-02",
        "2013-01-03",
    ]
    assert client.count_tasks("two_tasks", states=["failed", "upstream_failed"]) == 0


def backfilled(client, state):
    return [run for run in client.runs("two_tasks", states=[state]) if run["run_type"] == "backfill"]


def a_killed_api_server_comes_back(stack, said):
    os.kill(stack.pids()["api-server"], signal.SIGKILL)
    assert until(lambda: "api-server ended with code -9; starting it again" in said)
    assert until(lambda: stack.client.health()["scheduler"] == "healthy")
    assert stack.failure is None

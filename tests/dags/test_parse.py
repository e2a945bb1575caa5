"""What Airflow makes of the DAG files: the DAGs of every good model, quickly, and always the same."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

import tiny
from generate import write_models

ROOT = Path(__file__).parents[2]
DAGS = ROOT / "dags"
OF_ALL_MODELS = {"leeway__backtest", "leeway__maintenance", "leeway__watch"}
PURPOSES = ("monitoring", "training", "promotion")
HEAVY = {
    "pandas", "numpy", "pyarrow", "scipy", "sklearn", "skops", "torch", "mlflow", "evidently", "great_expectations",
    "optuna", "duckdb", "apprise",
}  # fmt: skip
TASKS = {
    "monitoring": {"ingest", "validate", "score", "measure", "decide", "retrain", "roll_back"},
    "training": {"snapshot", "train", "evaluate", "promote", "close"},
    "promotion": {"choose", "ask", "promote", "reject", "roll_back"},
}


def parse(models, **env):
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("parsed.py")), str(DAGS)],
        env={**os.environ, "LEEWAY_MODELS": str(models), **env},
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def ids_of(names):
    return {f"{name}__{purpose}" for name in names for purpose in PURPOSES}


@pytest.fixture(scope="module")
def hundred(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hundred")
    write_models(folder, 100)
    return folder


@pytest.fixture(scope="module")
def hundred_parsed(hundred):
    return parse(hundred, PYTHONHASHSEED="1")


@pytest.fixture
def bag(at_home, tmp_path, monkeypatch):
    """The DAG files over some models, in this process."""
    from airflow.dag_processing.dagbag import DagBag

    def build(project):
        at_home(project)
        return DagBag(DAGS)

    return build


@pytest.fixture(scope="module")
def demo():
    return parse(ROOT / "include" / "models")


def test_the_demo_has_three_dags_a_model_and_those_of_all_models(demo):
    assert demo["errors"] == {}
    assert set(demo["dags"]) == ids_of(["flights", "flights_delay"]) | OF_ALL_MODELS


def test_parsing_imports_no_library_that_only_tasks_need(demo):
    assert HEAVY.isdisjoint(demo["imported"])
    assert "leeway" in demo["imported"]


def test_nothing_in_the_files_would_make_a_new_version_at_every_parse(demo):
    from airflow.utils.dag_version_inflation_checker import check_dag_file_stability

    assert demo["warnings"] == {}
    for file in sorted(DAGS.glob("*.py")):
        assert check_dag_file_stability(str(file)).warnings == {}


def test_a_hundred_models_give_three_dags_each(hundred_parsed):
    assert hundred_parsed["errors"] == {}
    assert set(hundred_parsed["dags"]) == ids_of(f"model_{n:03}" for n in range(100)) | OF_ALL_MODELS


def test_another_process_serialises_the_same(tmp_path, hundred_parsed):
    write_models(tmp_path, 12)
    again = parse(tmp_path, PYTHONHASHSEED="2")["dags"]
    assert len(again) == 3 * 12 + len(OF_ALL_MODELS)
    assert again == {dag_id: hundred_parsed["dags"][dag_id] for dag_id in again}


def test_the_start_of_a_task_reads_one_model_and_builds_the_dag_that_was_scheduled(hundred, hundred_parsed):
    asked = {"_AIRFLOW_PARSING_CONTEXT_DAG_ID": "model_042__training", "_AIRFLOW_PARSING_CONTEXT_TASK_ID": "train"}
    parsed = parse(hundred, **asked)
    assert parsed["models_read"] == ["model_042.yaml"]
    assert set(parsed["dags"]) == {"model_042__training"} | OF_ALL_MODELS
    assert parsed["dags"] == {dag_id: hundred_parsed["dags"][dag_id] for dag_id in parsed["dags"]}


def test_a_broken_model_file_is_an_import_error_of_its_own(tmp_path, bag):
    project = tiny.project(tmp_path, days=2)
    broken = project.settings.models / "broken.yaml"
    broken.write_text("name: broken\ntask: binry\n")
    found = bag(project)
    assert set(found.dags) == ids_of(["tiny"]) | OF_ALL_MODELS
    ((path, problem),) = found.import_errors.items()
    assert Path(path).name == "broken_models.py"
    assert "broken.yaml:2" in problem
    assert "Did you mean 'binary'?" in problem


def test_without_a_broken_file_there_is_no_error_and_no_further_dag(tmp_path, bag):
    found = bag(tiny.project(tmp_path, days=2))
    assert found.import_errors == {}
    assert set(found.dags) == ids_of(["tiny"]) | OF_ALL_MODELS


def test_every_task_has_owner_retries_a_limit_and_a_callback(tmp_path, bag):
    from leeway.orchestration.alerts import TELL_FAILURE
    from leeway.orchestration.common import on_failure
    from leeway.settings import TRAINING_POOL

    found = bag(tiny.project(tmp_path, days=2, owner="ann", tags=["shop"]))
    for dag_id, dag in found.dags.items():
        name, _, purpose = dag_id.rpartition("__")
        assert {"leeway", purpose} <= dag.tags
        assert dag.doc_md
        assert dag.description
        if name == "tiny":
            assert "shop" in dag.tags
            assert "tiny.yaml" in dag.doc_md
            assert set(dag.task_ids) == TASKS[purpose]
        for task in dag.tasks:
            assert task.owner == ("ann" if name == "tiny" else "leeway")
            assert task.retries == 5
            assert task.retry_delay == timedelta(seconds=5)
            assert task.on_failure_callback == [on_failure, TELL_FAILURE]
            assert task.doc_md
            assert (task.pool == TRAINING_POOL) == (task.task_id in ("train", "evaluate", "replay"))
            limit = task.response_timeout if task.task_id == "ask" else task.execution_timeout
            assert limit is not None


def test_the_tasks_that_fit_models_go_to_the_queue_that_the_file_names(tmp_path, bag):
    dags = bag(tiny.project(tmp_path, days=2, training={"queue": "large"})).dags
    large = {task.task_id for dag in dags.values() for task in dag.tasks if task.queue == "large"}
    assert large == {"train", "evaluate"}


def test_a_run_by_hand_is_asked_for_what_it_needs(tmp_path, bag):
    dags = bag(tiny.project(tmp_path, days=2)).dags
    asked = {purpose: set(dags[f"tiny__{purpose}"].params) for purpose in PURPOSES}
    assert asked == {
        "monitoring": {"window"},
        "training": {"as_of", "reasons", "why", "recalibrate"},
        "promotion": {"action", "version", "reason"},
    }


def test_a_model_that_needs_approval_asks_instead_of_promoting(tmp_path, bag):
    dag = bag(tiny.project(tmp_path, days=2, promotion="approval")).dags["tiny__training"]
    assert set(dag.task_ids) == {"snapshot", "train", "evaluate", "passed", "ask_for_approval", "close"}


def test_the_schedule_ends_with_the_last_window(tmp_path, bag):
    dag = bag(tiny.project(tmp_path, days=3)).dags["tiny__monitoring"]
    assert dag.start_date <= tiny.day(0).start
    assert tiny.day(2).start <= dag.end_date < tiny.day(3).start
    assert dag.catchup

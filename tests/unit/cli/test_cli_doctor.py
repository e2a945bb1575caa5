from __future__ import annotations

import fcntl
import json

import tiny


def by_name(answer):
    return {found["check"]: found for found in answer["checks"]}


def test_a_sound_deployment_passes_every_check(tmp_path, leeway, ask):
    project = tiny.project(tmp_path, days=1)
    project.workspace()
    checks = by_name(ask(project.env, "doctor"))
    assert {name for name, found in checks.items() if found["ok"]} == {
        "models",
        "catalog",
        "store",
        "mlflow",
        "airflow",
        "pool",
        "disk",
    }
    assert leeway(project.env, "doctor").exit_code == 0
    assert not list((project.settings.home / "store").iterdir()), "trying the store left something there"


def test_what_is_missing_is_named_with_its_fix(tmp_path, leeway, ask):
    project = tiny.project(tmp_path, days=1)
    (project.settings.models / "broken.yaml").write_text("name: broken\n")
    project.settings.home.mkdir()
    (project.settings.home / "store").write_text("a file where a folder should be")
    checks = by_name(ask(project.env, "doctor"))
    codes = {name: found["code"] for name, found in checks.items() if not found["ok"]}
    assert codes == {"models": "SPEC012", "catalog": "CAT002", "store": "STO001", "mlflow": "MLF002"}
    assert all(found["do"] for found in checks.values() if not found["ok"])
    assert leeway(project.env, "doctor").exit_code == 1


def test_a_local_stack_that_runs_is_asked_for_its_health(tmp_path, ask):
    project = tiny.project(tmp_path, days=1)
    ws = project.workspace()
    home = project.settings.home
    # The variables keep the command at this project's own databases: the stack of this test has none.
    env = {
        **project.env,
        "LEEWAY_CATALOG_URL": project.settings.catalog,
        "LEEWAY_MLFLOW_URL": f"sqlite:///{home / 'mlflow.db'}",
    }
    with (home / "stack.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        json.dump({"pid": 1, "airflow": "http://127.0.0.1:9", "mlflow": "http://127.0.0.1:9"}, lock)
        lock.flush()
        checks = by_name(ask(env, "doctor"))
    found = checks["airflow"]
    assert checks["pool"]["message"] == "not checked: Airflow does not answer"
    assert not (home / "secrets").exists(), "looking for the pool made a password"
    assert (found["ok"], found["code"]) == (False, "SVC060")
    assert "scheduler is unreachable" in found["message"]
    ws.catalog.close()


def test_how_to_make_the_pool_is_said_where_no_airflow_can_be_asked_for_it(tmp_path, ask):
    project = tiny.project(tmp_path, days=1)
    project.workspace()
    found = by_name(ask(project.env, "doctor"))["pool"]
    assert found["ok"]
    assert 'airflow pools set leeway_training 2 "' in found["message"]


def test_the_lock_file_of_a_stopped_stack_means_nothing(tmp_path, ask):
    project = tiny.project(tmp_path, days=1)
    project.workspace()
    (project.settings.home / "stack.lock").write_text('{"airflow": "http://127.0.0.1:9", "mlflow": ""}')
    assert by_name(ask(project.env, "doctor"))["airflow"]["ok"]

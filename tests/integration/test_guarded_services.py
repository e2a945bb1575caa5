"""leeway among services that ask for passwords, as in the container stack, and no password where it does not belong.

MLflow runs on PostgreSQL behind a login and keeps its artifacts in an object store. One file: one server for all.
"""

from __future__ import annotations

import csv
import io
import logging

import httpx
import pytest
import yaml
from sqlalchemy import MetaData, create_engine, select, text

import tiny
from airflow_home import HOME
from leeway.errors import TrackingError
from leeway.replay import advance
from leeway.spec import load_spec
from leeway.tracking import Tracking
from leeway.workspace import Workspace
from objectstore import BUCKET
from receivers import web_server

pytestmark = [pytest.mark.integration, pytest.mark.services, pytest.mark.slow]

OPEN = {"/health", "/api/3.0/mlflow/server-info", "/ajax-api/3.0/mlflow/server-info"}
"""What MLflow answers to anybody: that it runs, and what it can do. Besides these only the scripts of its page."""


@pytest.fixture
def files(tmp_path):
    folder = tmp_path / "fitted"
    (folder / "sub").mkdir(parents=True)
    (folder / "model.json").write_text('{"kind": "constant"}')
    (folder / "sub" / "weights.bin").write_bytes(bytes(range(256)))
    return folder


@pytest.fixture
def tracking(guarded_mlflow, monkeypatch):
    for name, value in guarded_mlflow.environment.items():
        monkeypatch.setenv(name, value)
    return Tracking(guarded_mlflow.url)


def registered(tracking, files, model, key):
    run_id = tracking.training_run(model, key, params={"seed": 1})
    uri = tracking.log_model(run_id, files, columns={"x": "float"}, task="binary", requirements=["scikit-learn==1.9.1"])
    version = tracking.register(model, key, uri, run_id, tags={"spec": "h"})
    tracking.finish(run_id, metrics={"auc": 0.9})
    return version


def test_models_are_registered_promoted_rolled_back_and_loaded(tracking, guarded_mlflow, object_store, files, tmp_path):
    tracking.prepare()
    assert [registered(tracking, files, "flights", key) for key in ("a", "b", "a")] == [1, 2, 1]
    for version in (1, 2, 1):
        tracking.set_alias("flights", "champion", version)
        assert tracking.alias("flights", "champion") == version
    tracking.download("flights", 1, tmp_path / "fetched")
    assert (tmp_path / "fetched" / "sub" / "weights.bin").read_bytes() == bytes(range(256))
    with create_engine(guarded_mlflow.database).connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM model_versions WHERE name = 'flights'")) == 2
    kept = object_store.client("s3").list_objects_v2(Bucket=BUCKET, Prefix="mlflow/")["Contents"]
    assert [each["Key"].rpartition("/")[2] for each in kept].count("weights.bin") == 2


@pytest.mark.parametrize("password", [None, "wrong"])
def test_a_missing_or_wrong_password_is_said_plainly(tracking, monkeypatch, password):
    monkeypatch.delenv("MLFLOW_TRACKING_PASSWORD")
    if password is None:
        monkeypatch.delenv("MLFLOW_TRACKING_USERNAME")
    else:
        monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", password)
    for call in (tracking.prepare, lambda: tracking.alias("flights", "champion")):
        with pytest.raises(TrackingError) as refused:
            call()
        assert refused.value.code == "MLF002"
        assert "MLFLOW_TRACKING_USERNAME" in refused.value.do
        assert not refused.value.transient


def test_every_route_but_the_health_check_asks_for_a_password(guarded_mlflow):
    from mlflow.server import app

    with httpx.Client(base_url=guarded_mlflow.url) as anybody:
        answers = {
            (method, rule.rule): anybody.request(method, rule.rule.replace("<", "").replace(">", "")).status_code
            for rule in app.url_map.iter_rules()
            for method in rule.methods - {"OPTIONS", "HEAD"}
        }
    assert len(answers) > 300
    assert {path for (_, path), status in answers.items() if status not in (401, 403)} <= {
        *OPEN,
        "/static-files/<path:path>",
    }


@pytest.fixture
def secrets(monkeypatch, object_store, guarded_mlflow, s3_root, postgres, migrated_postgres_url):
    """Every place where a user gives a secret holds one: the variables, by name, and what must never be seen."""
    warehouse = postgres.create_database("warehouse")
    with web_server() as hook:
        given = {
            "WAREHOUSE": warehouse.replace("leeway@", "leeway:canary-of-source@"),
            "LEEWAY_CATALOG_URL": migrated_postgres_url.replace("leeway@", "leeway:canary-of-catalog@"),
            "LEEWAY_MLFLOW_URL": guarded_mlflow.url,
            "LEEWAY_STORE_URL": s3_root,
            "HOOK": f"{hook.url}/canary-of-hook",
            **guarded_mlflow.environment,
        }
        for name, value in given.items():
            monkeypatch.setenv(name, value)
        yield warehouse, hook, ["canary-of-", object_store.environment["AWS_SECRET_ACCESS_KEY"]]
    postgres.execute("DROP DATABASE warehouse WITH (FORCE)")


def fill(warehouse, days):
    """Put the rows of the tiny model into a table."""
    rows = [row for number in range(days) for row in csv.DictReader(io.StringIO(tiny.rows(number)))]
    engine = create_engine(warehouse)
    with engine.begin() as connection:
        types = "at timestamptz, visit bigint, amount float8, age float8, channel text, bought boolean"
        connection.execute(text(f"CREATE TABLE visits ({types})"))
        places = ", ".join(f"CAST(NULLIF(:{name}, '') AS {kind})" for name, kind in map(str.split, types.split(", ")))
        connection.execute(text(f"INSERT INTO visits VALUES ({places})"), rows)
    engine.dispose()


def of_warehouse(project):
    """The project, with its rows in the warehouse."""
    path = project.settings.models / "tiny.yaml"
    said = yaml.safe_load(path.read_text())
    said["data"]["source"] = {"kind": "sql", "url": "${WAREHOUSE}", "table": "visits"}
    path.write_text(yaml.safe_dump(said))
    return tiny.Project(project.settings, load_spec(path))


def everything_in(url):
    """All rows of a database, as text."""
    engine = create_engine(url)
    found = MetaData()
    found.reflect(engine)
    with engine.connect() as connection:
        rows = [(name, row) for name, table in found.tables.items() for row in connection.execute(select(table))]
    engine.dispose()
    return repr(rows).encode()


def test_a_secret_is_found_nowhere_but_where_it_was_given(
    tmp_path,
    airflow,
    at_home,
    secrets,
    guarded_mlflow,
    object_store,
    migrated_postgres_url,
    monkeypatch,
    caplog,
    capfd,
):
    warehouse, hook, canaries = secrets
    caplog.set_level(logging.DEBUG, logger="leeway")
    fill(warehouse, days=6)
    alerts = {"to": [{"kind": "webhook", "url": "${HOOK}"}], "replays": True, "least": "info", "late_after": None}
    project = of_warehouse(at_home(tiny.project(tmp_path, days=8, gates=["beats_baseline"], alerts=alerts)))
    engine = airflow(project)
    ws = Workspace.open()
    advance(ws, project.spec, tiny.day(3))
    assert engine.scheduled("tiny__monitoring", tiny.day(4)).go().state == "success"
    hook.status = 500
    assert engine.queued("tiny__training")[0].go().state == "success"
    assert hook.asked > len(hook.posted) > 0, "it was told, and then failed"
    hook.status = 200
    last = engine.scheduled("tiny__monitoring", tiny.day(5))
    nobody = "postgresql+psycopg2://leeway:canary-of-source@127.0.0.1:1/nothing"
    for broken in ("WAREHOUSE", "LEEWAY_CATALOG_URL"):
        with monkeypatch.context() as wrong:
            wrong.setenv(broken, nobody)
            at_home(project)
            assert last.go().state != "success"
            last.clear(*last.states)
    at_home(project)
    assert last.go().state == "success"

    logged = (caplog.text + "".join(capfd.readouterr())).encode()
    assert b"SRC2" in logged
    assert b"CAT001" in logged
    assert b"did not take the message" in logged
    client = object_store.client("s3")
    kept = client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET).search("Contents[].Key")
    places = {
        "logs of tasks": logged,
        "Airflow's database and files": contents(HOME),
        "the catalog": everything_in(migrated_postgres_url),
        "MLflow's database": everything_in(guarded_mlflow.database),
        "MLflow's log": guarded_mlflow.log.read_bytes(),
        "the store and MLflow's artifacts": b"".join(
            key.encode() + client.get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in kept
        ),
        "leeway's folder": contents(project.settings.home),
        "messages": repr(hook.posted).encode(),
    }
    seen = {name: b"cache/models" if name == "leeway's folder" else b"tiny" for name in places}
    assert [name for name, data in places.items() if seen[name] not in data] == [], "it looked at nothing there"
    found = [(name, canary) for name, data in places.items() for canary in canaries if canary.encode() in data]
    assert found == []


def contents(folder):
    """All files below a folder, one after the other."""
    return b"".join(bytes(path) + path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())

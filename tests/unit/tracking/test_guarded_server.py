"""MLflow as the container stack runs it: on PostgreSQL, behind a password, its artifacts in an object store."""

from __future__ import annotations

import httpx
import pytest
from sqlalchemy import create_engine, text

from leeway.errors import TrackingError
from leeway.tracking import Tracking
from objectstore import BUCKET

pytestmark = [pytest.mark.integration, pytest.mark.slow]

OPEN = {"/health", "/api/3.0/mlflow/server-info", "/ajax-api/3.0/mlflow/server-info"}
"""What MLflow answers to anybody: that it runs, and what it can do. Besides these only the scripts of its page."""


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

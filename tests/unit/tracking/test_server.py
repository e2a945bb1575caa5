from __future__ import annotations

import socket

import pytest

from leeway.errors import TrackingError
from leeway.tracking import Tracking

pytestmark = pytest.mark.integration


def test_a_training_through_a_server_ends_with_a_champion_whose_files_come_back(server, files, tmp_path):
    tracking = Tracking(server)
    tracking.prepare()
    run_id = tracking.training_run("flights", "k", params={"seed": 1})
    tracking.candidate_run("flights", run_id, "k/0", metrics={"loss": 0.1}, snapshot="ab" * 32, rows=7)
    uri = tracking.log_model(run_id, files, columns={"x": "float"}, task="binary", requirements=["scikit-learn==1.9.1"])
    version = tracking.register("flights", "t", uri, run_id, tags={"spec": "h"})
    assert tracking.register("flights", "t", uri, run_id) == version
    assert tracking.alias("flights", "champion") is None
    tracking.set_alias("flights", "champion", version)
    tracking.finish(run_id, metrics={"auc": 0.9})

    assert tracking.alias("flights", "champion") == version
    tracking.download("flights", version, tmp_path / "fetched")
    assert (tmp_path / "fetched" / "model.json").read_bytes() == (files / "model.json").read_bytes()
    with pytest.raises(TrackingError, match="MLF010"):
        tracking.download("flights", 99, tmp_path / "none")
    tracking.set_alias("flights", "champion", None)
    assert tracking.alias("flights", "champion") is None
    assert tracking.alias("never", "champion") is None


def test_a_run_is_linked_to_its_page_without_the_password():
    assert Tracking("http://user:s3cret@mlflow:5000/ui/").run_url("abc") == "http://mlflow:5000/ui/#/runs/abc"


def test_a_report_goes_through_the_server(server):
    tracking = Tracking(server)
    window = "20130107T0500Z-20130114T0500Z"
    run_id = tracking.monitoring_run("weather", window, "w", metrics={"rows": 5.0}, artifacts={"drift.html": b"<p>"})
    assert [file.path for file in tracking._client.list_artifacts(run_id)] == ["drift.html"]


def test_a_server_that_is_not_there_is_an_outage_that_may_pass(monkeypatch):
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        tracking = Tracking(f"http://user:s3cret@127.0.0.1:{closed.getsockname()[1]}")
        with pytest.raises(TrackingError) as health:
            tracking.prepare()
        with pytest.raises(TrackingError) as call:
            tracking.training_run("flights", "k")
    assert (health.value.code, call.value.code) == ("MLF001", "MLF201")
    assert "s3cret" not in f"{health.value}{call.value}"

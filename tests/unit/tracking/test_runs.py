from __future__ import annotations

from datetime import UTC, datetime

import pytest

from leeway.errors import TrackingError
from leeway.tracking import Tracking

WINDOW = "20130107T0500Z-20130114T0500Z"


def runs_of(tracking, model="flights"):
    return tracking._client.search_runs([tracking._experiment(model)])


def test_preparing_leaves_only_the_database_and_doing_it_again_changes_nothing(prepared):
    before = prepared.read_bytes()
    Tracking(f"sqlite:///{prepared}").prepare()
    assert prepared.read_bytes() == before
    assert [path.name for path in prepared.parent.iterdir()] == ["mlflow.db"]


def test_a_training_run_is_found_again_by_its_key(tracking):
    first = tracking.training_run("flights", "k", params={"seed": 1}, tags={"as_of": "2013"})
    assert tracking.training_run("flights", "k", params={"seed": 1, "new": 2}) == first
    assert tracking.training_run("flights", "other") != first
    run = tracking._client.get_run(first)
    assert run.data.params == {"seed": "1", "new": "2"}
    assert run.data.tags["as_of"] == "2013"
    assert run.info.status == "RUNNING"


def test_a_finished_training_run_is_left_alone(tracking):
    run_id = tracking.training_run("flights", "k", params={"seed": 1})
    tracking.finish(run_id, metrics={"auc": 0.9}, tags={"verdict": "promote"})
    assert tracking.training_run("flights", "k", params={"late": 1}) == run_id
    run = tracking._client.get_run(run_id)
    assert (run.info.status, run.data.params, run.data.metrics) == ("FINISHED", {"seed": "1"}, {"auc": 0.9})


@pytest.mark.parametrize("status", ["FAILED", "KILLED"])
def test_an_interrupted_training_run_is_opened_again(tracking, status):
    run_id = tracking.training_run("flights", "k")
    tracking.finish(run_id, status=status)
    assert tracking.training_run("flights", "k") == run_id
    assert tracking._client.get_run(run_id).info.status == "RUNNING"


def test_a_candidate_is_a_finished_run_under_its_training_with_the_snapshot_as_dataset(tracking):
    parent = tracking.training_run("flights", "k")
    run_id = tracking.candidate_run(
        "flights",
        parent,
        "k/0",
        params={"depth": 3},
        metrics={"loss": 0.1, "bad": float("nan")},
        snapshot="ab" * 32,
        rows=7,
    )
    run = tracking._client.get_run(run_id)
    assert run.info.status == "FINISHED"
    assert run.data.tags["mlflow.parentRunId"] == parent
    assert run.data.metrics == {"loss": 0.1}
    (used,) = run.inputs.dataset_inputs
    assert used.dataset.digest == ("ab" * 32)[:36]
    assert "ab" * 32 in used.dataset.source


def test_a_candidate_is_recorded_once_and_moves_to_the_present_parent(tracking):
    old, new = tracking.training_run("flights", "k1"), tracking.training_run("flights", "k2")
    run_id = tracking.candidate_run("flights", old, "c", params={"depth": 3})
    assert tracking.candidate_run("flights", new, "c", params={"depth": 4}) == run_id
    run = tracking._client.get_run(run_id)
    assert (run.data.tags["mlflow.parentRunId"], run.data.params) == (new, {"depth": "3"})


def test_of_several_live_runs_with_one_key_one_is_left(tracking):
    from leeway.tracking.runs import KEY

    parent = tracking.training_run("flights", "p")
    twins = [
        tracking._client.create_run(tracking._experiment("flights"), tags={KEY: "c"}).info.run_id for _ in range(3)
    ]
    tracking._client.set_terminated(twins[1])
    assert tracking.candidate_run("flights", parent, "c") == twins[1]
    assert {run.info.run_id for run in runs_of(tracking)} == {parent, twins[1]}


def test_the_same_monitoring_is_shown_once_and_a_revision_replaces_it(tracking):
    shown = {"metrics": {"effect.x": 0.5}, "tags": {"status": "ok"}, "artifacts": {"drift.html": b"<p>a</p>"}}
    first = tracking.monitoring_run("flights", WINDOW, "w", **shown)
    assert tracking.monitoring_run("flights", WINDOW, "w", **shown) == first
    second = tracking.monitoring_run("flights", WINDOW, "w", **{**shown, "artifacts": {"drift.html": b"<p>b</p>"}})
    (run,) = runs_of(tracking)
    assert run.info.run_id == second != first
    assert run.info.run_name == WINDOW
    (point,) = tracking._client.get_metric_history(second, "effect.x")
    assert point.step == (datetime(2013, 1, 7, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)).days
    assert [file.path for file in tracking._client.list_artifacts(second)] == ["drift.html"]


def test_more_figures_than_one_request_takes_all_arrive(tracking):
    metrics = {f"m{number}": float(number) for number in range(1, 950)}
    tags = {f"t{number}": "x" for number in range(150)}
    run_id = tracking.monitoring_run("flights", WINDOW, "w", metrics=metrics, tags=tags)
    data = tracking._client.get_run(run_id).data
    assert data.metrics == metrics
    assert set(tags) <= set(data.tags)


def test_names_that_mlflow_refuses_are_spelt_differently_and_long_values_cut(tracking):
    metrics = {"effect.x=<b>é": 1.0, "../up": 2.0, "": 3.0}
    run_id = tracking.monitoring_run("flights", WINDOW, "w", metrics=metrics, tags={"long": "x" * 9000})
    data = tracking._client.get_run(run_id).data
    assert sorted(data.metrics.values()) == [1.0, 2.0, 3.0]
    assert data.tags["long"].endswith("...")


def test_the_reaper_ends_what_killed_tasks_left_and_nothing_else(tracking, tmp_path, monkeypatch):
    import tempfile

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (tmp_path / "leeway-mlflow-dead").mkdir()
    (tmp_path / "somebody-else").mkdir()
    finished, running = tracking.training_run("flights", "a"), tracking.training_run("flights", "b")
    tracking.finish(finished)
    foreign = tracking._client.create_run(tracking._experiment("flights")).info.run_id
    pending = tracking._client.create_logged_model(tracking._experiment("flights"), source_run_id=running).model_id

    assert tracking.reap("flights", datetime(2001, 1, 1, tzinfo=UTC)) == []
    ended = tracking.reap("flights", datetime(2101, 1, 1, tzinfo=UTC))

    assert ended == [running, pending, str(tmp_path / "leeway-mlflow-dead")]
    assert {run.info.run_id: run.info.status for run in runs_of(tracking)} == {
        finished: "FINISHED",
        running: "KILLED",
        foreign: "RUNNING",
    }
    assert tracking._client.get_logged_model(pending).status == "FAILED"
    assert (tmp_path / "somebody-else").is_dir()
    assert tracking.reap("never_seen", datetime(2101, 1, 1, tzinfo=UTC)) == []


def test_a_database_has_no_page_to_link_to(tracking):
    assert tracking.run_url("abc") is None


def test_a_run_that_is_gone_is_named(tracking):
    with pytest.raises(TrackingError, match=r"run 0{32}: cannot finish a run") as caught:
        tracking.finish("0" * 32)
    assert caught.value.code == "MLF010"


def test_a_locked_database_is_an_outage_that_may_pass(tmp_path):
    import sqlalchemy

    from leeway.tracking.errors import said_plainly

    engine = sqlalchemy.create_engine(f"sqlite:///{tmp_path / 'x.db'}", connect_args={"timeout": 0})
    with engine.connect() as holder, engine.connect() as other:
        holder.execute(sqlalchemy.text("BEGIN EXCLUSIVE"))
        with pytest.raises(TrackingError) as caught, said_plainly("write"):
            other.execute(sqlalchemy.text("CREATE TABLE t (x int)"))
    engine.dispose()
    assert caught.value.code == "MLF204"
    assert caught.value.transient


def test_passwords_in_what_mlflow_says_are_hidden():
    from leeway.tracking.errors import said_plainly

    with pytest.raises(TrackingError) as caught, said_plainly("connect"):
        raise OSError("could not reach postgresql://leeway:s3cret@db:5432/mlflow")
    assert "s3cret" not in str(caught.value)
    assert "db:5432" in str(caught.value)


def test_a_file_of_a_run_is_read_by_its_name(tracking):
    shown = tracking.monitoring_run("flights", WINDOW, "k", artifacts={"evidently.html": b"<html>drift</html>"})
    assert tracking.artifact(shown, "evidently.html") == b"<html>drift</html>"
    assert tracking.artifact(shown, "data_docs.html") is None
    with pytest.raises(TrackingError):
        tracking.artifact("0" * 32, "evidently.html")


def test_only_a_server_has_an_address_for_runs_and_versions(tracking):
    assert (tracking.run_url("r"), tracking.version_url("flights", 3)) == (None, None)
    server = Tracking("http://ann:secret@mlflow:5000/base/")
    assert server.run_url("r") == "http://mlflow:5000/base/#/runs/r"
    assert server.version_url("flights", 3) == "http://mlflow:5000/base/#/models/flights/versions/3"

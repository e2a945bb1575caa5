from __future__ import annotations

from collections import Counter

import pytest

from leeway import failpoints
from leeway.errors import TrackingError

MODEL = {"columns": {"distance": "float", "hour": "int", "carrier": "string", "late": "bool"}, "task": "binary"}
REQUIREMENTS = ["scikit-learn==1.9.1"]


def uploaded(tracking, files, key="k"):
    run_id = tracking.training_run("flights", key)
    return run_id, tracking.log_model(run_id, files, **MODEL, requirements=REQUIREMENTS, metadata={"snapshot": "s"})


def contents(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_version_gives_back_exactly_the_files_that_were_logged(tracking, files, tmp_path):
    run_id, uri = uploaded(tracking, files)
    version = tracking.register("flights", "t", uri, run_id, tags={"snapshot": "s"})
    target = tmp_path / "fetched"
    target.mkdir()
    tracking.download("flights", version, target)
    assert contents(target) == contents(files)
    assert tracking.versions("flights") == {1: {"snapshot": "s", "leeway.train_key": "t"}}


def test_the_same_files_of_a_run_are_uploaded_once_and_other_files_anew(tracking, files):
    run_id, uri = uploaded(tracking, files)
    assert uploaded(tracking, files) == (run_id, uri)
    (files / "model.json").write_text("{}")
    assert uploaded(tracking, files)[1] != uri


def test_an_upload_that_was_interrupted_is_marked_as_failed_and_done_again(tracking, files):
    run_id = tracking.training_run("flights", "k")
    dead = tracking._client.create_logged_model(tracking._experiment("flights"), source_run_id=run_id).model_id
    _, uri = uploaded(tracking, files)
    assert tracking._client.get_logged_model(dead).status == "FAILED"
    assert tracking._client.get_logged_model(uri.rpartition("/")[2]).status == "READY"


def test_a_train_key_is_registered_once(tracking, files):
    run_id, uri = uploaded(tracking, files)
    assert [tracking.register("flights", key, uri, run_id) for key in ("a", "b", "a", "b")] == [1, 2, 1, 2]


def test_an_alias_can_be_set_moved_read_and_removed(tracking, files):
    run_id, uri = uploaded(tracking, files)
    for key in ("a", "b"):
        tracking.register("flights", key, uri, run_id)
    assert tracking.alias("flights", "champion") is None
    for version in (1, 2, None, None):
        tracking.set_alias("flights", "champion", version)
        assert tracking.alias("flights", "champion") == version


def test_a_model_that_was_never_registered_has_no_versions_and_no_alias(tracking):
    assert tracking.versions("never") == {}
    assert tracking.alias("never", "champion") is None
    tracking.set_alias("never", "champion", None)


def test_a_version_or_files_that_are_gone_are_told_apart_from_an_outage(tracking, files, tmp_path):
    import shutil

    run_id, uri = uploaded(tracking, files)
    tracking.register("flights", "t", uri, run_id)
    shutil.rmtree(tmp_path / "mlflow-artifacts")
    for version in (1, 2):
        with pytest.raises(TrackingError) as caught:
            tracking.download("flights", version, tmp_path / "fetched")
        assert caught.value.code == "MLF010"
        assert caught.value.where == {"model": "flights", "version": str(version)}
    with pytest.raises(TrackingError, match="MLF010"):
        tracking.set_alias("flights", "champion", 7)


def test_the_signature_names_each_column_and_no_pickle_and_no_rows_are_written(tracking, files, tmp_path):
    import mlflow

    _, uri = uploaded(tracking, files)
    folder = tmp_path / "mlflow-artifacts" / "flights" / "models" / uri.rpartition("/")[2] / "artifacts"
    model = mlflow.models.Model.load(str(folder))
    assert [(column.name, column.type.name) for column in model.signature.inputs] == [
        ("distance", "double"),
        ("hour", "long"),
        ("carrier", "string"),
        ("late", "boolean"),
    ]
    assert model.flavors["python_function"]["loader_module"] == "leeway.trainers.artifact"
    assert model.saved_input_example_info is None
    assert not list(folder.rglob("*.pkl"))
    assert (folder / "requirements.txt").read_text() == "scikit-learn==1.9.1\n"


def test_a_champion_is_loaded_by_mlflow_itself_and_predicts(tracking, url, tmp_path, monkeypatch):
    import mlflow
    import pandas as pd

    from leeway.core import Task
    from leeway.trainers import artifact
    from leeway.trainers.baseline import Baseline

    folder = tmp_path / "baseline"
    folder.mkdir()
    artifact.save(Baseline(0.25), folder, task=Task.BINARY, columns={"distance": "float64"})
    run_id = tracking.training_run("flights", "k")
    uri = tracking.log_model(run_id, folder, columns={"distance": "float64"}, task="binary", requirements=REQUIREMENTS)
    tracking.set_alias("flights", "champion", tracking.register("flights", "t", uri, run_id))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", url)
    loaded = mlflow.pyfunc.load_model("models:/flights@champion")
    assert list(loaded.predict(pd.DataFrame({"distance": [1.0, None]}))) == [0.25, 0.25]


def test_a_full_disk_is_said_plainly_and_the_next_try_works(tracking, files, monkeypatch):
    monkeypatch.setattr(failpoints, "_passed", Counter())
    monkeypatch.setenv("LEEWAY_FAULT", "tracking.artifacts:1:enospc")
    with pytest.raises(TrackingError) as caught:
        uploaded(tracking, files)
    assert caught.value.code == "MLF020"
    assert not caught.value.transient
    _, uri = uploaded(tracking, files)
    logged = tracking._client.search_logged_models([tracking._experiment("flights")])
    assert [model.model_uri for model in logged] == [uri]


def test_an_unknown_column_type_is_an_error_of_ours(tracking, files):
    run_id = tracking.training_run("flights", "k")
    with pytest.raises(TrackingError, match="type 'category' has no counterpart"):
        tracking.log_model(run_id, files, columns={"x": "category"}, task="binary", requirements=[])

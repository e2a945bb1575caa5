"""A model's files are checked before anything is made of them."""

from __future__ import annotations

import functools
import json
import os
import pickle
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
import skops.io
from sklearn.preprocessing import FunctionTransformer

from leeway.canonical import digest as sha256
from leeway.core import Task
from leeway.errors import ArtifactError
from leeway.trainers import allowed
from leeway.trainers.artifact import StoredModel, _load_pyfunc, column_types, load, save
from leeway.trainers.base import TrainingSet
from leeway.trainers.baseline import Baseline
from leeway.trainers.sklearn import SklearnTrainer

if TYPE_CHECKING:
    from pathlib import Path

COLUMNS = {"x": "float64", "place": "string"}
ROWS = pd.DataFrame({"x": [1.0, 2.0, 3.0, 4.0] * 10, "place": np.array(["a", "b", None, "a"] * 10, dtype=object)})


class Own:
    """A model format that a user might bring."""

    def predict(self, features):
        return features["x"].to_numpy() * 10

    def save(self, folder):
        (folder / "own.txt").write_text("ten")

    @classmethod
    def load(cls, files, *, trusted=()):
        assert files["own.txt"] == b"ten"
        return cls()


@pytest.fixture
def stored(tmp_path):
    training = TrainingSet(task=Task.BINARY, features=ROWS, target=np.array([0.0, 1, 1, 0] * 10), seed=0)
    model = SklearnTrainer(kind="sklearn", params={"max_iter": 3}).fit(training, {})
    folder = tmp_path / "model"
    return folder, save(model, folder, task=Task.BINARY, columns=COLUMNS)


def evil_pickle(marker: Path) -> bytes:
    class Evil:
        def __reduce__(self):
            return os.system, (f"touch {marker}",)

    return pickle.dumps(Evil())


def test_the_digest_does_not_depend_on_the_folder_or_the_time(stored, tmp_path):
    folder, digest = stored
    copy = tmp_path / "elsewhere"
    copy.mkdir()
    for path in folder.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    assert load(copy, digest).predict(ROWS).shape == (40,)


@pytest.mark.parametrize("name", ["pipeline.skops", "columns.json", "model.json"])
def test_any_altered_byte_is_found(stored, name):
    folder, digest = stored
    data = bytearray((folder / name).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / name).write_bytes(data)
    with pytest.raises(ArtifactError, match="not the ones that were registered"):
        load(folder, digest)


def test_the_message_names_what_differs(stored):
    folder, digest = stored
    (folder / "columns.json").unlink()
    (folder / "pipeline.skops").write_bytes(b"x")
    (folder / "more").mkdir()
    (folder / "more" / "file").write_text("x")
    expected = "columns.json is missing, more/file is additional, pipeline.skops was altered"
    with pytest.raises(ArtifactError, match=expected):
        load(folder, digest)


def test_links_are_refused(stored, tmp_path):
    folder, digest = stored
    (tmp_path / "real").write_bytes((folder / "pipeline.skops").read_bytes())
    (folder / "pipeline.skops").unlink()
    (folder / "pipeline.skops").symlink_to(tmp_path / "real")
    with pytest.raises(ArtifactError, match="no links"):
        load(folder, digest)


def test_a_missing_folder_is_an_artifact_error(tmp_path):
    with pytest.raises(ArtifactError, match="does not exist"):
        load(tmp_path / "nowhere", "0" * 64)


@pytest.mark.parametrize("name", ["pipeline.skops", "columns.json", "model.json"])
def test_a_pickle_in_place_of_a_file_never_runs(stored, tmp_path, name):
    folder, digest = stored
    (folder / name).write_bytes(evil_pickle(tmp_path / "pwned"))
    with pytest.raises(ArtifactError):
        load(folder, digest)
    with pytest.raises(ArtifactError):
        _load_pyfunc(str(folder))
    assert not (tmp_path / "pwned").exists()


def with_new_hashes(folder: Path) -> None:
    """What an attacker does who can write everything but our catalog."""
    described = json.loads((folder / "model.json").read_bytes())
    described["files"] = {
        path.name: sha256(path.read_bytes()) for path in folder.iterdir() if path.name != "model.json"
    }
    (folder / "model.json").write_text(json.dumps(described))


@pytest.mark.parametrize("function", [os.system, eval, pickle.loads, np.load, np.testing.runstring])
def test_a_skops_file_that_names_a_function_never_runs(stored, function):
    folder, _digest = stored
    hostile = skops.io.dumps(FunctionTransformer(functools.partial(function, "ignored")))
    (folder / "pipeline.skops").write_bytes(hostile)
    with_new_hashes(folder)
    with pytest.raises(ArtifactError, match=f"allow-list: .*{function.__name__}"):
        _load_pyfunc(str(folder))


def test_no_prefix_stands_for_many_types():
    names = [name for names in allowed.ALLOWED.values() for name in names]
    assert all(not name.endswith((".", "*")) for name in names)
    assert {name.split(".")[0] for name in names} <= {"sklearn", "numpy", "functools"}


def test_an_object_of_an_unknown_type_is_refused_when_it_is_saved():
    with pytest.raises(ArtifactError, match="Own"):
        allowed.dump(Own())


def test_a_type_is_trusted_only_by_name():
    data = allowed.dump(Own(), trusted=[f"{Own.__module__}.Own"])
    with pytest.raises(ArtifactError, match="trusted"):
        allowed.load(data)
    assert isinstance(allowed.load(data, trusted=[f"{Own.__module__}.Own"]), Own)


def test_a_format_of_a_users_own_loads_only_if_the_model_file_trusts_it(tmp_path):
    digest = save(Own(), tmp_path / "own", task=Task.REGRESSION, columns=COLUMNS)
    with pytest.raises(ArtifactError, match="not trusted"):
        load(tmp_path / "own", digest)
    with pytest.raises(ArtifactError, match="not trusted"):
        _load_pyfunc(str(tmp_path / "own"))
    again = load(tmp_path / "own", digest, trusted=[f"{Own.__module__}.Own"])
    assert again.predict(ROWS)[0] == 10


def test_a_folder_that_holds_something_is_not_written_into(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(ArtifactError, match="empty folder"):
        save(Baseline(1.0), tmp_path, task=Task.REGRESSION, columns={})


def test_rows_that_do_not_fit_are_refused_with_their_columns(tmp_path):
    digest = save(Baseline(1.0), tmp_path / "m", task=Task.REGRESSION, columns=COLUMNS)
    model = load(tmp_path / "m", digest)
    with pytest.raises(ArtifactError, match="place"):
        model.predict(ROWS[["x"]])
    with pytest.raises(ArtifactError, match=r"x \(number\)"):
        model.predict(ROWS.assign(x="text"))


@pytest.mark.parametrize(("task", "value"), [(Task.BINARY, 1.5), (Task.BINARY, -0.1), (Task.REGRESSION, float("inf"))])
def test_predictions_that_cannot_be_are_refused(task, value):
    model = StoredModel(fitted=Baseline(value), task=task, columns={"x": "float64"})
    with pytest.raises(ArtifactError, match="40 of 40 predictions"):
        model.predict(ROWS)


def test_mlflow_can_load_a_model_by_its_loader_module(stored):
    folder, digest = stored
    assert (_load_pyfunc(str(folder)).predict(ROWS) == load(folder, digest).predict(ROWS)).all()


def test_column_types_of_training_rows():
    frame = ROWS.assign(n=1, b=True, maybe=np.array([True, None] * 20, dtype=object), small=np.float32(1))
    assert column_types(frame) == COLUMNS | {"n": "int64", "b": "bool", "maybe": "bool", "small": "float64"}

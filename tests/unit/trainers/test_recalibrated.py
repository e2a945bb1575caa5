"""Scores are corrected by what labelled rows say, kept in order, and saved with no pickle."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from leeway.core import Task
from leeway.errors import TrainingError
from leeway.evaluation.metrics import losses
from leeway.trainers import artifact
from leeway.trainers.artifact import StoredModel
from leeway.trainers.base import TrainingSet
from leeway.trainers.recalibrated import Recalibrated, recalibrate
from leeway.trainers.sklearn import SklearnTrainer

if TYPE_CHECKING:
    from pathlib import Path

LOGISTIC = SklearnTrainer(kind="sklearn", estimator="sklearn.linear_model.LogisticRegression")


@dataclass(frozen=True)
class Echo:
    """Scores a row by its own column."""

    def predict(self, features: pd.DataFrame) -> np.ndarray:
        return features["score"].to_numpy()

    def save(self, folder: Path) -> None:
        (folder / "echo").write_text("")


def echo(task: Task) -> StoredModel:
    return StoredModel(fitted=Echo(), task=task, columns={"score": "float64"})


def learning(task: Task, score: np.ndarray, target: np.ndarray) -> TrainingSet:
    return TrainingSet(task=task, features=pd.DataFrame({"score": score}), target=target.astype("float64"), seed=0)


def overconfident(rows: int, *, seed: int = 0) -> TrainingSet:
    """Log-odds twice as large as they should be, and half a unit too high."""
    random = np.random.default_rng(seed)
    odds = random.normal(0.0, 1.0, rows)
    target = random.random(rows) < 1 / (1 + np.exp(-odds))
    return learning(Task.BINARY, 1 / (1 + np.exp(-(2 * odds + 0.5))), target)


@pytest.mark.parametrize(("rows", "kind"), [(999, "logistic"), (1_000, "steps")])
def test_how_chances_are_corrected_depends_on_the_number_of_rows(rows, kind):
    made = recalibrate(echo(Task.BINARY), overconfident(rows), loss="brier")
    assert made.correction.kind == kind


@pytest.mark.parametrize("rows", [400, 4_000])
def test_corrected_chances_are_closer_to_what_happens_on_rows_that_were_not_learnt_from(rows):
    made, new = recalibrate(echo(Task.BINARY), overconfident(rows), loss="brier"), overconfident(5_000, seed=1)
    before = losses("brier", new.target, new.features["score"]).mean()
    assert losses("brier", new.target, made.predict(new.features)).mean() < before - 0.01


@settings(max_examples=20, deadline=None)
@given(st.integers(20, 3_000), st.integers(0, 99))
def test_correcting_keeps_the_order_and_never_says_certain(rows, seed):
    training = overconfident(rows, seed=seed)
    assume(len(np.unique(training.target)) == 2)
    assume(np.corrcoef(training.features["score"], training.target)[0, 1] > 0.2)
    made = recalibrate(echo(Task.BINARY), training, loss="brier")
    corrected = made.predict(pd.DataFrame({"score": np.linspace(0, 1, 101)}))
    assert (np.diff(corrected) >= 0).all()
    assert (corrected > 0).all()
    assert (corrected < 1).all()


@pytest.mark.parametrize("loss", ["absolute_error", "squared_error"])
def test_numbers_are_corrected_in_bias_and_scale(loss):
    random = np.random.default_rng(0)
    score = random.normal(10, 3, 600)
    target = 5 + 0.5 * score + random.normal(0, 0.1, 600)
    made = recalibrate(echo(Task.REGRESSION), learning(Task.REGRESSION, score, target), loss=loss)
    assert made.correction.y == pytest.approx((5, 0.5), abs=0.05)


def test_an_absolute_loss_is_corrected_to_the_median_and_a_squared_one_to_the_mean():
    random = np.random.default_rng(0)
    target = random.exponential(10.0, 2_000)
    training = learning(Task.REGRESSION, np.zeros(2_000), target)
    means = [recalibrate(echo(Task.REGRESSION), training, loss=loss).correction.y[0] for loss in
             ("absolute_error", "squared_error")]  # fmt: skip
    assert means == pytest.approx([np.median(target), target.mean()])


@pytest.mark.parametrize(("task", "rows"), [(Task.BINARY, 200), (Task.BINARY, 2_000), (Task.REGRESSION, 200)])
def test_scores_that_point_the_wrong_way_are_not_corrected(task, rows):
    score = np.linspace(0.01, 0.99, rows)
    target = (score < 0.5) if task is Task.BINARY else -score
    with pytest.raises(TrainingError) as caught:
        recalibrate(echo(task), learning(task, score, target), loss="squared_error")
    assert caught.value.code == "TRN111"


@pytest.fixture
def stored(tmp_path):
    """A trained model, corrected and saved: its folder, its digest, what was saved, and the rows."""
    random = np.random.default_rng(0)
    rows = pd.DataFrame({"amount": random.normal(size=300), "channel": random.choice(["web", "shop"], 300)})
    target = (random.random(300) < 1 / (1 + np.exp(-rows["amount"]))).to_numpy("float64")
    training = TrainingSet(task=Task.BINARY, features=rows, target=target, seed=0)
    columns = artifact.column_types(rows)
    base = StoredModel(fitted=LOGISTIC.fit(training, {}), task=Task.BINARY, columns=columns)
    made = recalibrate(base, training, loss="brier")
    digest = artifact.save(made, tmp_path / "model", task=Task.BINARY, columns=columns)
    return tmp_path / "model", digest, made, rows


def test_it_is_saved_as_the_base_and_a_small_json_and_loads_as_any_other_model(stored):
    folder, digest, made, rows = stored
    said = json.loads((folder / "recalibration.json").read_text())
    assert (said["base"], said["kind"]) == ("sklearn", "logistic")
    assert artifact.load(folder, digest).predict(rows).tolist() == made.predict(rows).tolist()
    assert artifact._load_pyfunc(str(folder)).predict(rows).tolist() == made.predict(rows).tolist()


def test_a_corrected_model_is_corrected_anew_not_on_top(stored):
    folder, digest, made, rows = stored
    loaded = artifact.load(folder, digest)
    target = (np.arange(len(rows)) % 2).astype("float64")
    target[rows["amount"].to_numpy() > 0] = 1.0
    again = recalibrate(loaded, TrainingSet(task=Task.BINARY, features=rows, target=target, seed=0), loss="brier")
    assert not isinstance(again.base, Recalibrated)
    assert again.correction != made.correction

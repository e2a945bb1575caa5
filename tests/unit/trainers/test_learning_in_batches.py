"""Trainers that learn block by block: as well as from all rows at once, and the same every time."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from leeway.core import Task
from leeway.errors import TrainingError
from leeway.kinds import build
from leeway.trainers.artifact import column_types, load, save, trusted_by
from leeway.trainers.base import Trainer, TrainingSet
from leeway.trainers.batches import Block, TrainingBatches
from leeway.trainers.streamed import described, streamed_preparation
from leeway.trainers.tabular import Style, aligned, column_kinds, preparation

SGD = {
    "kind": "sklearn",
    "estimator": "sklearn.linear_model.SGDClassifier",
    "params": {"loss": "log_loss"},
    "passes": 20,
}
REGRESSOR = {"kind": "sklearn", "estimator": "sklearn.linear_model.SGDRegressor"}
BAYES = {"kind": "sklearn", "estimator": "sklearn.naive_bayes.GaussianNB", "passes": 1}
TORCH = {"kind": "torch", "params": {"epochs": 6, "hidden": [16]}}
CASES = [(SGD, Task.BINARY), (BAYES, Task.BINARY), (REGRESSOR, Task.REGRESSION), *((TORCH, task) for task in Task)]
each_trainer = pytest.mark.parametrize(("spec", "task"), CASES)
ROWS, BLOCK = 3000, 700


def rows(count: int = ROWS, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "distance": rng.gamma(2.0, 300.0, count),
            "stops": rng.integers(0, 4, count),
            "weekend": rng.random(count) < 0.3,
            "carrier": rng.choice(["AA", "UA", "DL", "B6"], count, p=[0.4, 0.3, 0.2, 0.1]).astype(object),
            "never": np.full(count, np.nan),
        }
    )
    frame.loc[::7, "distance"] = np.nan
    frame.loc[::5, "carrier"] = None
    return frame


def target_of(features: pd.DataFrame, task: Task) -> np.ndarray:
    noise = np.random.default_rng(1).normal(0, 0.5, len(features))
    value = features["stops"] + features["weekend"] + (features["carrier"] == "AA") + noise
    return (value > 2).to_numpy(float) if task is Task.BINARY else value.to_numpy(float)


def batches(folder, features: pd.DataFrame, target: np.ndarray, task: Task, size: int = BLOCK) -> TrainingBatches:
    blocks = tuple(
        Block.write(
            folder / f"{at:06}.parquet", features[at : at + size].reset_index(drop=True), target[at : at + size]
        )
        for at in range(0, len(features), size)
    )
    return TrainingBatches(task=task, blocks=blocks, seed=3)


def trainer_of(spec: dict) -> Trainer:
    found = build(Trainer, {**spec, "batch_rows": BLOCK})
    assert isinstance(found, Trainer)
    return found


@each_trainer
def test_it_learns_nearly_as_well_as_from_all_rows_at_once(spec, task, tmp_path):
    features, fresh = rows(), rows(seed=8)
    target, truth = target_of(features, task), target_of(fresh, task)
    trainer = trainer_of(spec)
    whole = trainer.fit(TrainingSet(task=task, features=features, target=target, seed=3), {})
    ours = trainer.learn(batches(tmp_path, features, target, task), {})
    at_once, in_batches = (np.mean((model.predict(fresh) - truth) ** 2) for model in (whole, ours))
    assert in_batches < at_once + 0.05 * truth.var()
    assert in_batches < 0.75 * truth.var()


@each_trainer
def test_the_same_blocks_and_seed_give_the_same_files_which_predict_the_same(spec, task, tmp_path):
    features = rows(1000)
    target, digests = target_of(features, task), []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        training = batches(tmp_path / name, features, target, task, size=300)
        fitted = trainer_of(spec).learn(training, {})
        digests.append(save(fitted, tmp_path / f"{name}-model", task=task, columns=training.types))
    assert digests[0] == digests[1]
    again = load(tmp_path / "b-model", digests[1], trusted=trusted_by([trainer_of(spec)]))
    assert again.predict(features).tobytes() == fitted.predict(features).tobytes()


@pytest.mark.parametrize("style", [Style.SCALED, Style.GAUSSIAN])
def test_the_preparation_is_that_of_the_rows_in_memory_but_for_the_width_of_a_bin(style, tmp_path):
    features = rows()
    training = batches(tmp_path, features, target_of(features, Task.BINARY), Task.BINARY)
    kinds, profile = described(training)
    assert kinds == column_kinds(features)
    given = aligned(features, kinds)
    expected = preparation(given, kinds, style).fit_transform(given)
    found = streamed_preparation(profile, kinds, style).transform(given)
    assert found.shape == expected.shape
    assert np.abs(found.mean(axis=0) - expected.mean(axis=0)).max() < (0.02 if style is Style.SCALED else 0.3)
    for ours, theirs in zip(found.T, expected.T, strict=True):
        assert np.corrcoef(ours, theirs)[0, 1] > 0.98


def test_blocks_of_unlike_types_are_read_in_the_wider_one(tmp_path):
    first = pd.DataFrame({"n": [1, 2], "yes": [True, False], "late": [None, None], "s": ["a", None]})
    second = pd.DataFrame({"n": [1.5, None], "yes": [None, True], "late": [3.0, None], "s": [None, None]})
    blocks = tuple(
        Block.write(tmp_path / f"{place}.parquet", frame.astype({"s": object}), np.array([0.0, 1.0]))
        for place, frame in enumerate((first, second))
    )
    training = TrainingBatches(task=Task.BINARY, blocks=blocks, seed=0)
    assert training.types == {"n": "float64", "yes": "bool", "late": "float64", "s": "string"}
    whole = training.whole().features
    assert column_types(whole) == training.types
    assert whole["n"].tolist()[:3] == [1.0, 2.0, 1.5]
    assert whole["yes"].tolist() == [True, False, None, True]


def test_numbers_in_one_block_and_texts_in_another_are_refused(tmp_path):
    blocks = tuple(
        Block.write(tmp_path / f"{value}.parquet", pd.DataFrame({"x": [value]}), np.zeros(1)) for value in (1, "one")
    )
    with pytest.raises(TrainingError, match="int64 here and string there"):
        _ = TrainingBatches(task=Task.BINARY, blocks=blocks, seed=0).types


def test_an_estimator_that_needs_all_rows_at_once_is_refused(tmp_path):
    features = rows(300)
    training = batches(tmp_path, features, target_of(features, Task.BINARY), Task.BINARY)
    with pytest.raises(TrainingError, match="TRN112") as refused:
        trainer_of({"kind": "sklearn"}).learn(training, {})
    assert "partial_fit" in str(refused.value)

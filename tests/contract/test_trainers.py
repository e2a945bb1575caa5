"""What every trainer promises. A new trainer adds itself to `TRAINERS`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from leeway.core import Task
from leeway.errors import ArtifactError, TrainingError
from leeway.kinds import build
from leeway.trainers.artifact import column_types, load, save, trusted_by
from leeway.trainers.base import Trainer, TrainingSet
from leeway.trainers.baseline import fit_baseline

TRAINERS = {
    "histogram trees": ({"kind": "sklearn", "params": {"max_iter": 15}}, tuple(Task)),
    "forest": (
        {"kind": "sklearn", "estimator": "sklearn.ensemble.RandomForestClassifier", "params": {"n_estimators": 5}},
        (Task.BINARY,),
    ),
    "linear": ({"kind": "sklearn", "estimator": "sklearn.linear_model.LogisticRegression"}, (Task.BINARY,)),
    "ridge": ({"kind": "sklearn", "estimator": "sklearn.linear_model:Ridge"}, (Task.REGRESSION,)),
    "torch": ({"kind": "torch", "params": {"epochs": 4, "hidden": [16]}}, tuple(Task)),
}
CASES = [pytest.param(spec, task, id=f"{name}-{task}") for name, (spec, tasks) in TRAINERS.items() for task in tasks]
each_trainer = pytest.mark.parametrize(("spec", "task"), CASES)


def trainer_of(spec: dict) -> Trainer:
    found = build(Trainer, spec)
    assert isinstance(found, Trainer)
    return found


def rows(count: int = 300, *, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "distance": rng.normal(500, 100, count),
            "stops": rng.integers(0, 4, count),
            "weekend": rng.random(count) < 0.3,
            "carrier": rng.choice(["AA", "UA", "DL", "B6"], count).astype(object),
            "never": np.full(count, np.nan),
        }
    )
    frame.loc[::7, "distance"] = np.nan
    frame.loc[::5, "carrier"] = None
    return frame


def training_set(task: Task, features: pd.DataFrame | None = None, **changes) -> TrainingSet:
    features = rows() if features is None else features
    rng = np.random.default_rng(1)
    value = features["stops"].to_numpy(float) + features["weekend"].to_numpy(float) + rng.normal(0, 0.5, len(features))
    target = (value > 2).astype(float) if task is Task.BINARY else value
    return TrainingSet(**{"task": task, "features": features, "target": target, "seed": 3} | changes)


@pytest.fixture(scope="module")
def fitted():
    """Each trainer fitted once."""
    made: dict = {}

    def get(spec: dict, task: Task):
        key = json.dumps([spec, task])
        if key not in made:
            made[key] = trainer_of(spec).fit(training_set(task), {})
        return made[key]

    return get


@each_trainer
def test_predictions_are_one_finite_number_per_row_and_beat_the_baseline(spec, task, fitted):
    scores = fitted(spec, task).predict(rows(seed=0))
    assert scores.shape == (300,)
    assert scores.dtype == np.float64
    training = training_set(task)
    trivial = fit_baseline(training).predict(training.features)
    assert np.mean((scores - training.target) ** 2) < np.mean((trivial - training.target) ** 2)


@each_trainer
def test_a_saved_model_predicts_the_same_bits(spec, task, fitted, tmp_path):
    model = fitted(spec, task)
    digest = save(model, tmp_path / "model", task=task, columns=column_types(rows()))
    again = load(tmp_path / "model", digest, trusted=trusted_by([trainer_of(spec)]))
    fresh = rows(seed=9)
    assert again.predict(fresh).tobytes() == model.predict(fresh).tobytes()


@each_trainer
def test_the_same_seed_gives_the_same_files(spec, task, fitted, tmp_path):
    columns = column_types(rows())
    first = save(fitted(spec, task), tmp_path / "a", task=task, columns=columns)
    second = save(trainer_of(spec).fit(training_set(task), {}), tmp_path / "b", task=task, columns=columns)
    assert first == second


def test_another_process_makes_the_same_files(fitted, tmp_path):
    names = ("histogram trees", "torch")
    here = [
        save(fitted(TRAINERS[name][0], Task.BINARY), tmp_path / name, task=Task.BINARY, columns=column_types(rows()))
        for name in names
    ]
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); from test_trainers import *; from pathlib import Path\n"
        f"for name in {names}:\n"
        "    model = trainer_of(TRAINERS[name][0]).fit(training_set(Task.BINARY), {})\n"
        "    folder = Path(sys.argv[2]) / name\n"
        "    sys.stdout.write(save(model, folder, task=Task.BINARY, columns=column_types(rows())) + '\\n')\n"
    )
    command = [sys.executable, "-c", code, str(Path(__file__).parent), str(tmp_path / "there")]
    said = subprocess.run(command, capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": "7"})
    assert said.stdout.split() == here


@each_trainer
def test_column_order_and_further_columns_change_nothing(spec, task, fitted):
    fresh = rows(seed=4)
    shuffled = fresh[["never", "carrier", "weekend", "stops", "distance"]].assign(further="ignored")
    model = fitted(spec, task)
    assert (model.predict(shuffled) == model.predict(fresh)).all()


@each_trainer
def test_a_missing_column_is_named(spec, task, fitted):
    with pytest.raises(ArtifactError, match=r"carrier, stops|stops, carrier"):
        fitted(spec, task).predict(rows().drop(columns=["stops", "carrier"]))


@each_trainer
def test_a_column_of_another_type_is_named(spec, task, fitted):
    with pytest.raises(ArtifactError, match="stops"):
        fitted(spec, task).predict(rows().assign(stops="two"))


@each_trainer
def test_unseen_levels_and_missing_values_are_scored(spec, task, fitted):
    strange = rows(20).assign(carrier="ZZ", distance=np.nan, stops=np.nan, weekend=None, never=1.0)
    assert np.isfinite(fitted(spec, task).predict(strange)).all()


@each_trainer
def test_one_row_and_no_row_are_scored(spec, task, fitted):
    model = fitted(spec, task)
    assert model.predict(rows().head(1)).shape == (1,)
    assert model.predict(rows().head(0)).shape == (0,)


@each_trainer
def test_a_score_does_not_depend_on_the_other_rows(spec, task, fitted):
    model = fitted(spec, task)
    np.testing.assert_allclose(model.predict(rows())[5:6], model.predict(rows()[5:6]), rtol=1e-4)


@each_trainer
def test_a_fit_leaves_its_input_alone(spec, task):
    training = training_set(task, rows(80))
    before = training.features.copy()
    trainer_of(spec).fit(training, {})
    pd.testing.assert_frame_equal(training.features, before)


@each_trainer
def test_no_rows_and_a_broken_target_are_refused(spec, task):
    trainer = trainer_of(spec)
    with pytest.raises(TrainingError, match="no rows"):
        trainer.fit(training_set(task, rows(300).head(0)), {})
    with pytest.raises(TrainingError, match="missing or infinite"):
        trainer.fit(training_set(task, target=np.full(300, np.nan)), {})


@each_trainer
def test_a_target_without_variation(spec, task):
    constant = training_set(task, target=np.ones(300))
    if task is Task.BINARY:
        with pytest.raises(TrainingError, match="both classes"):
            trainer_of(spec).fit(constant, {})
    else:
        scores = trainer_of(spec).fit(constant, {}).predict(rows())
        np.testing.assert_allclose(scores, 1.0, atol=0.2)


@each_trainer
def test_an_infinite_number_is_refused_in_training_and_in_scoring(spec, task, fitted):
    broken = rows().assign(distance=np.inf)
    with pytest.raises(TrainingError, match="distance"):
        trainer_of(spec).fit(training_set(task, broken), {})
    with pytest.raises(ArtifactError, match="distance"):
        fitted(spec, task).predict(broken)


@each_trainer
def test_an_unknown_parameter_is_refused(spec, task):
    with pytest.raises(TrainingError):
        trainer_of(spec).fit(training_set(task), {"wrong_parameter": 1})

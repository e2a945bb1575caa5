"""The search never loses to the default, repeats by its seed and survives bad trials."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from leeway.core import Task
from leeway.errors import TrainingError
from leeway.trainers.base import Trainer, TrainingSet
from leeway.trainers.baseline import Baseline
from leeway.trainers.search import search
from leeway.trainers.sklearn import SklearnTrainer
from leeway.trainers.space import Choices, Range, parse_space

ROWS = TrainingSet(task=Task.REGRESSION, features=pd.DataFrame({"x": np.arange(50.0)}), target=np.full(50, 3.0), seed=0)


class Guess(Trainer):
    """Predicts the number it is told to; refuses negative ones."""

    def fit(self, training: TrainingSet, params: dict[str, Any]) -> Baseline:
        value = (self.params | params).get("value", 0.0)
        value = sum(value) if isinstance(value, (list, tuple)) else value
        if value < 0:
            raise TrainingError(f"{value} is negative")
        return Baseline(float(value))


def absolute(target, prediction):
    return np.abs(target - prediction)


def run(trainer, *, trials=8, seconds=60.0, seed=0):
    return search(trainer, ROWS, ROWS, loss=absolute, trials=trials, seconds=seconds, seed=seed)


def test_without_a_space_nothing_is_tried():
    found = run(Guess(kind="guess"))
    assert (found.params, found.loss, found.trials) == ({}, None, 0)


def test_the_first_trial_is_the_trainer_as_it_stands():
    found = run(Guess(kind="guess", params={"value": 3.0}, search={"value": {"low": 10, "high": 20}}))
    assert found.params == {}
    assert found.loss == 0
    assert found.history[0].params == {}


def test_the_best_of_all_trials_wins():
    found = run(Guess(kind="guess", search={"value": {"low": 0, "high": 6}}), trials=12)
    assert found.trials == 12
    assert found.loss == min(trial.loss for trial in found.history) < 1
    assert abs(found.params["value"] - 3) == pytest.approx(found.loss)


def test_the_same_seed_repeats_and_another_does_not():
    trainer = Guess(kind="guess", search={"value": {"low": 0.1, "high": 6, "log": True}})
    assert run(trainer) == run(trainer)
    assert run(trainer, seed=1).history != run(trainer).history


def test_choices_may_be_lists():
    assert run(Guess(kind="guess", search={"value": [[1, 2], [9]]}), trials=6).params == {"value": [1, 2]}


def test_whole_numbers_stay_whole_and_keep_to_their_steps():
    found = run(Guess(kind="guess", search={"value": {"low": 0, "high": 6, "step": 2, "int": True}}))
    proposed = [trial.params["value"] for trial in found.history[1:]]
    assert set(proposed) <= {0, 2, 4, 6}
    assert all(isinstance(value, int) for value in proposed)


def test_failed_trials_are_recorded_and_passed_over():
    found = run(Guess(kind="guess", search={"value": [-1.0, 3.0]}), trials=10)
    assert found.loss == 0
    assert any("negative" in trial.error for trial in found.history)


def test_if_all_trials_fail_so_does_the_search():
    with pytest.raises(TrainingError, match=r"all 4 trials failed.*-1 is negative"):
        run(Guess(kind="guess", params={"value": -1}, search={"value": [-1, -2]}), trials=4)


def test_no_trial_is_started_when_the_time_is_up():
    assert run(Guess(kind="guess", search={"value": [1, 2]}), seconds=1e-9).trials == 1


def test_a_real_estimator_is_searched():
    rng = np.random.default_rng(0)
    rows = TrainingSet(
        task=Task.REGRESSION, features=pd.DataFrame({"x": rng.normal(size=40)}), target=rng.normal(size=40), seed=0
    )
    ridge = SklearnTrainer(
        kind="sklearn",
        estimator="sklearn.linear_model.Ridge",
        params={"alpha": 1e-6},
        search={"alpha": {"low": 1e-3, "high": 1e3, "log": True}},
    )
    found = search(ridge, rows, rows, loss=absolute, trials=5, seconds=60, seed=0)
    assert found.loss <= found.history[0].loss


def test_a_space_is_read():
    assert parse_space({"a": [1], "b": {"low": 1, "high": 8, "int": True}}) == {
        "a": Choices(values=(1,)),
        "b": Range(low=1, high=8, int=True),
    }


@pytest.mark.parametrize(
    ("described", "message"),
    [
        ([], "empty"),
        (3, "list of choices"),
        ({"low": 1}, "high"),
        ({"low": 2, "high": 1}, "larger"),
        ({"low": 0, "high": 1, "log": True}, "above 0"),
        ({"low": 1, "high": 9, "log": True, "step": 1}, "exclude"),
        ({"low": 0.5, "high": 9, "int": True}, "whole"),
        ({"low": 0, "high": 1, "stepp": 1}, "Did you mean 'step'"),
    ],
)
def test_a_wrong_space_is_refused_when_the_model_file_is_read(described, message):
    with pytest.raises(ValidationError, match=message) as caught:
        Guess(kind="guess", search={"depth": described})
    assert "depth" in str(caught.value)

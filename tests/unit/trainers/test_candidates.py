"""Every trainer on every history, and the baseline last."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from leeway.core import Task
from leeway.trainers.base import TrainingSet
from leeway.trainers.baseline import fit_baseline
from leeway.trainers.candidates import candidates
from leeway.trainers.sklearn import SklearnTrainer
from leeway.trainers.torch import TorchTrainer


def test_names_are_stable_and_distinct():
    trainers = [SklearnTrainer(kind="sklearn"), TorchTrainer(kind="torch"), TorchTrainer(kind="torch", name="deep")]
    found = candidates([*trainers, trainers[1]], ["all", "recent"])
    assert [one.name for one in found] == [
        "hist_gradient_boosting/all",
        "hist_gradient_boosting/recent",
        "torch/all",
        "torch/recent",
        "deep/all",
        "deep/recent",
        "torch-2/all",
        "torch-2/recent",
        "baseline",
    ]
    assert [one.index for one in found] == list(range(9))
    assert (found[-1].trainer, found[-1].history) == (None, "all")


@pytest.mark.parametrize(
    ("task", "loss", "target", "value"),
    [
        (Task.BINARY, "brier", [0, 0, 0, 1], 0.25),
        (Task.REGRESSION, "absolute_error", [0, 1, 2, 100], 1.5),
        (Task.REGRESSION, "squared_error", [0, 1, 2, 97], 25.0),
    ],
)
def test_the_baseline_is_the_best_constant_for_the_loss(task, loss, target, value):
    rows = TrainingSet(task=task, features=pd.DataFrame({"x": [1.0] * 4}), target=np.array(target, dtype=float), seed=0)
    assert fit_baseline(rows, loss=loss).predict(rows.features).tolist() == [value] * 4

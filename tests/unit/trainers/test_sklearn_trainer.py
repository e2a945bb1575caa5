"""Estimators are checked before they are fitted, and users' mistakes are told as such."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError
from sklearn.base import BaseEstimator, ClassifierMixin

from leeway.core import Task
from leeway.errors import TrainingError
from leeway.trainers.artifact import load, save, trusted_by
from leeway.trainers.base import TrainingSet
from leeway.trainers.sklearn import SklearnTrainer

RNG = np.random.default_rng(0)
FEATURES = pd.DataFrame({"x": RNG.normal(size=60), "y": RNG.choice(["a", "b"], 60).astype(object)})
BINARY = TrainingSet(task=Task.BINARY, features=FEATURES, target=(FEATURES["x"] > 0).to_numpy(float), seed=5)
REGRESSION = TrainingSet(task=Task.REGRESSION, features=FEATURES, target=FEATURES["x"].to_numpy(), seed=5)


class Half(ClassifierMixin, BaseEstimator):
    """A user's estimator: reads the frame as it is and is unsure of everything."""

    def fit(self, features, target):
        assert list(features.columns) == ["x", "y"]
        self.classes_ = np.unique(target)
        return self

    def predict_proba(self, features):
        return np.full((len(features), 2), 0.5)


class Broken(Half):
    def fit(self, features, target):
        raise ZeroDivisionError("oh no")


HERE = __name__


def trainer(estimator="", **fields):
    return SklearnTrainer(kind="sklearn", estimator=estimator, **fields)


@pytest.mark.parametrize(
    ("estimator", "training", "message"),
    [
        ("sklearn.linear_model.Ridge", BINARY, "not a classifier"),
        ("sklearn.linear_model.LogisticRegression", REGRESSION, "not a regressor"),
        ("sklearn.svm.LinearSVC", BINARY, "no probabilities"),
        ("sklearn.linear_model.Nothing", BINARY, "cannot be imported"),
        ("sklearn.metrics.accuracy_score", BINARY, "not an estimator"),
        ("sklearn.ensemble.VotingClassifier", BINARY, "cannot be made"),
        (f"{HERE}.Broken", BINARY, "cannot be fitted: oh no"),
    ],
)
def test_an_unsuitable_estimator_is_explained(estimator, training, message):
    with pytest.raises(TrainingError, match=message):
        trainer(estimator).fit(training, {})


def test_a_misspelt_parameter_is_corrected():
    with pytest.raises(TrainingError, match="Did you mean 'max_depth'"):
        trainer(params={"max_dept": 3}).fit(BINARY, {})


def test_a_wrong_value_is_a_training_error():
    with pytest.raises(TrainingError, match="max_iter"):
        trainer(params={"max_iter": -3}).fit(BINARY, {})


def test_the_estimators_path_is_checked_when_the_model_file_is_read():
    with pytest.raises(ValidationError, match=r"module\.Class"):
        trainer("os; rm")


def test_params_of_the_call_override_those_of_the_file():
    fitted = trainer(params={"max_iter": 9, "max_depth": 2}).fit(BINARY, {"max_iter": 4})
    assert fitted.pipeline[-1].n_iter_ == 4
    assert fitted.pipeline[-1].max_depth == 2


def test_the_seed_reaches_the_estimator_and_the_threads_do_not_stay_in_it():
    forest = trainer("sklearn.ensemble.RandomForestClassifier", params={"n_estimators": 2})
    model = forest.fit(BINARY, {}).pipeline[-1]
    assert (model.random_state, model.n_jobs) == (5, None)


def test_few_bins_cap_the_levels_of_texts():
    many = FEATURES.assign(y=np.array([f"level {number}" for number in range(60)], dtype=object))
    rows = TrainingSet(task=Task.BINARY, features=many, target=BINARY.target, seed=0)
    assert trainer(params={"max_bins": 8, "max_iter": 2}).fit(rows, {}).predict(many).shape == (60,)


def test_a_users_estimator_is_trusted_because_the_model_file_names_it(tmp_path):
    own = trainer(f"{HERE}.Half", preparation="none")
    fitted = own.fit(BINARY, {})
    digest = save(fitted, tmp_path / "m", task=Task.BINARY, columns={"x": "float64", "y": "string"})
    assert load(tmp_path / "m", digest, trusted=trusted_by([own])).predict(FEATURES).tolist() == [0.5] * 60


def test_labels_are_short():
    assert trainer("sklearn.linear_model.LogisticRegression").label == "logistic_regression"
    assert trainer("sklearn.ensemble.RandomForestRegressor").label == "random_forest"
    assert trainer(name="mine").label == "mine"

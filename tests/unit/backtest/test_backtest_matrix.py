"""Models are fitted once, wherever and whenever that is."""

from __future__ import annotations

import numpy as np
import planted
import pytest

from leeway.backtest.matrix import Trained
from leeway.errors import TrainingError
from leeway.evaluation.metrics import metrics

MODELS = [Trained(0, 3), Trained(0, 5), Trained(2, 5), Trained(0, 7), Trained(0, 8)]


def contents(made):
    return {file.name: file.read_bytes() for file in made.folder.iterdir()}


def test_scores_are_those_of_a_model_of_these_windows(tmp_path):
    made = planted.matrix(planted.stream(), tmp_path)
    fitted = made.learner.fit(made.stream, 1, 4)
    rows = made.stream.rows(6, 8)
    expected = fitted.predict(made.stream.features.iloc[rows])
    np.testing.assert_array_equal(made.scores(Trained(1, 4), 6, 8), expected)


def test_values_are_the_metric_of_each_later_window(tmp_path):
    made = planted.matrix(planted.stream(), tmp_path)
    values = made.values(Trained(0, 9))
    assert np.isnan(values[:10]).all()
    rows = made.stream.rows(10, 10)
    found = metrics(made.stream.task, made.stream.target[rows], made.scores(Trained(0, 9), 10, 10))
    assert values[10] == found["accuracy"]


def test_a_model_is_not_asked_about_what_it_has_learnt_from(tmp_path):
    with pytest.raises(ValueError, match="has learnt from window 3"):
        planted.matrix(planted.stream(), tmp_path).scores(Trained(0, 3), 3, 4)


def test_processes_give_the_same_bytes_as_one(tmp_path):
    alone, together = (planted.matrix(planted.stream(), tmp_path / name) for name in ("alone", "together"))
    alone.fill(MODELS, workers=1)
    seen = []
    together.fill(MODELS, workers=2, progress=lambda done, of: seen.append((done, of)))
    assert contents(alone) == contents(together)
    assert seen[-1] == (len(MODELS), len(MODELS))


def test_what_is_there_is_not_fitted_again(tmp_path):
    first = planted.matrix(planted.stream(), tmp_path)
    first.fill(MODELS[:2])
    written = {file: file.stat().st_mtime_ns for file in first.folder.iterdir()}
    again = planted.matrix(planted.stream(delay=3), tmp_path)  # when labels become known changes no model
    again.fill(MODELS)
    assert all(file.stat().st_mtime_ns == time for file, time in written.items())
    assert not any(again.missing(model) for model in MODELS)


def test_half_a_file_of_a_killed_process_is_not_taken_for_one(tmp_path):
    made = planted.matrix(planted.stream(), tmp_path)
    made.folder.mkdir(parents=True)
    (made.folder / "00000-00003.scores.npy.1-ab.tmp").write_bytes(b"half")
    assert made.missing(Trained(0, 3))
    assert len(made.scores(Trained(0, 3), 4, 4)) == planted.ROWS


@pytest.mark.parametrize("change", [{"seed": 1}, {"params": {"C": 0.5}}], ids=["seed", "params"])
def test_another_learner_has_another_matrix(tmp_path, change):
    assert (
        planted.matrix(planted.stream(), tmp_path).folder != planted.matrix(planted.stream(), tmp_path, **change).folder
    )


def test_a_model_that_cannot_be_fitted_is_left_out_until_it_is_asked_for(tmp_path):
    given = planted.stream()
    given.target[: 4 * planted.ROWS] = 1.0
    made = planted.matrix(given, tmp_path)
    made.fill([Trained(0, 3), Trained(0, 5)])
    assert (made.missing(Trained(0, 3)), made.missing(Trained(0, 5))) == (True, False)
    with pytest.raises(TrainingError):
        made.values(Trained(0, 3))

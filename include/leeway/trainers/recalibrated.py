"""A model whose scores are corrected afterwards: cheaper than a new one, and all that a mere miscalibration needs.

Binary scores are mapped by a rising function between steps (isotonic regression: Zadrozny and Elkan, KDD 2002, p. 694)
where there are rows enough for it, else by a logistic curve in their log-odds (Platt, Advances in Large Margin
Classifiers, 1999, p. 61, with his smoothed targets). Niculescu-Mizil and Caruana (ICML 2005, p. 625) find the former
better from about 1,000 rows on. Numbers are mapped by a straight line that minimises the model's loss.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Self

from leeway.canonical import canonical_json
from leeway.core import Task
from leeway.errors import TrainingError
from leeway.trainers.artifact import StoredModel, class_of, format_of
from leeway.trainers.target import checked_target

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy as np
    import pandas as pd

    from leeway.trainers.base import Fitted, TrainingSet

    Array = np.ndarray[Any, Any]

FILE = "recalibration.json"
BASE = "base/"
"""Where the files of the model lie whose scores are corrected."""
ISOTONIC_ROWS = 1_000
"""Labelled rows from which on a step function is learnt; with fewer it would follow chance."""
LINE_ROWS = 5_000
"""A line that minimises the absolute error is fitted to at most so many rows, evenly spaced: it has two numbers."""
CLIP = 1e-6
"""Scores are taken not nearer to 0 or 1 than this."""


@dataclass(frozen=True)
class Correction:
    """A map from scores to better ones.

    ``steps``: linear between the points (x, y), and flat beyond them. ``logistic``: y[0] + y[1] * log-odds of the
    score, as log-odds. ``line``: y[0] + y[1] * score.
    """

    kind: Literal["steps", "logistic", "line"]
    x: tuple[float, ...]
    y: tuple[float, ...]

    def __call__(self, scores: Array) -> Array:
        """Correct scores, float64 of shape (rows,)."""
        import numpy as np

        if self.kind == "steps":
            return np.interp(scores, self.x, self.y)
        if self.kind == "line":
            return self.y[0] + self.y[1] * scores
        corrected: Array = 1.0 / (1.0 + np.exp(-(self.y[0] + self.y[1] * _log_odds(scores))))
        return corrected


@dataclass(frozen=True)
class Recalibrated:
    """A fitted model and the correction of its scores."""

    base: Fitted
    correction: Correction

    def predict(self, features: pd.DataFrame) -> Array:
        """Score rows with the base and correct the scores, float64 of shape (rows,)."""
        import numpy as np

        return self.correction(np.asarray(self.base.predict(features), dtype=np.float64))

    def save(self, folder: Path) -> None:
        """Write the base's files into a folder of their own, and the correction as JSON."""
        (folder / BASE).mkdir()
        self.base.save(folder / BASE)
        said = {"base": format_of(self.base), "kind": self.correction.kind, "x": self.correction.x}
        (folder / FILE).write_text(canonical_json({**said, "y": self.correction.y}), encoding="utf-8")

    @classmethod
    def load(cls, files: Mapping[str, bytes], *, trusted: Sequence[str] = ()) -> Self:
        """Read both."""
        said = json.loads(files[FILE])
        own = {name.removeprefix(BASE): data for name, data in files.items() if name.startswith(BASE)}
        base = class_of(said["base"], trusted).load(own, trusted=trusted)
        return cls(base, Correction(said["kind"], tuple(said["x"]), tuple(said["y"])))


def recalibrate(base: StoredModel, training: TrainingSet, *, loss: str) -> Recalibrated:
    """Learn how to correct a model's scores from rows that it has not learnt from.

    A model that is corrected already is corrected anew: corrections are not piled up.

    Args:
        base: the model.
        training: rows that it has not learnt from.
        loss: what the line for numbers minimises: absolute_error or squared_error.

    Raises:
        TrainingError: TRN101 to TRN103 if the target is unusable, TRN111 if higher scores go with lower outcomes.
    """
    fitted = base.fitted.base if isinstance(base.fitted, Recalibrated) else base.fitted
    target = checked_target(training)
    uncorrected = StoredModel(fitted=fitted, task=base.task, columns=base.columns)
    return Recalibrated(fitted, _correction(training.task, uncorrected.predict(training.features), target, loss=loss))


def _correction(task: Task, scores: Array, target: Array, *, loss: str) -> Correction:
    if task is Task.BINARY:
        return _steps(scores, target) if len(scores) >= ISOTONIC_ROWS else _logistic(scores, target)
    return _line(scores, target, absolute=loss == "absolute_error")


def _steps(scores: Array, target: Array) -> Correction:
    """No chance is 0 or 1, however pure the rows at the end (Laplace's rule)."""
    from sklearn.isotonic import IsotonicRegression

    least = 1.0 / (len(scores) + 2)
    fitted = IsotonicRegression(y_min=least, y_max=1.0 - least, out_of_bounds="clip").fit(scores, target)
    if fitted.y_thresholds_[0] == fitted.y_thresholds_[-1]:
        raise _pointless()
    return Correction("steps", tuple(fitted.X_thresholds_.tolist()), tuple(fitted.y_thresholds_.tolist()))


def _logistic(scores: Array, target: Array) -> Correction:
    """Each row counts as a positive and as a negative one, by the weights of Platt's smoothed targets."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    positive = float(target.sum())
    smoothed = np.where(target == 1, (positive + 1) / (positive + 2), 1 / (len(target) - positive + 2))
    odds = _log_odds(scores)[:, None]
    outcome = np.repeat([1, 0], len(target))
    curve = LogisticRegression(C=np.inf).fit(
        np.vstack([odds, odds]), outcome, sample_weight=np.concatenate([smoothed, 1 - smoothed])
    )
    slope = float(curve.coef_[0, 0])
    if slope <= 0:
        raise _pointless()
    return Correction("logistic", (), (float(curve.intercept_[0]), slope))


def _line(scores: Array, target: Array, *, absolute: bool) -> Correction:
    """Bias and scale; the bias alone where all scores are alike."""
    import numpy as np
    from sklearn.linear_model import LinearRegression, QuantileRegressor

    if np.ptp(scores) == 0:
        off = target - scores
        return Correction("line", (), (float(np.median(off) if absolute else off.mean()), 1.0))
    chosen = np.unique(np.linspace(0, len(scores) - 1, LINE_ROWS).astype(int)) if absolute else slice(None)
    model = QuantileRegressor(quantile=0.5, alpha=0.0) if absolute else LinearRegression()
    line = model.fit(scores[chosen, None], target[chosen])
    if line.coef_[0] <= 0:
        raise _pointless()
    return Correction("line", (), (float(line.intercept_), float(line.coef_[0])))


def _log_odds(scores: Array) -> Array:
    import numpy as np

    chance = np.clip(scores, CLIP, 1.0 - CLIP)
    odds: Array = np.log(chance) - np.log1p(-chance)
    return odds


def _pointless() -> TrainingError:
    return TrainingError(
        "higher scores do not go with higher outcomes: no correction of the scores can help", code="TRN111",
        do="Retrain, or roll back.",
    )  # fmt: skip

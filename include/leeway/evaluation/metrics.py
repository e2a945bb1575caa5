"""How good predictions are: one figure per metric, or one loss per row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from leeway.core import Task
from leeway.core.metric import goodness as goodness
from leeway.core.metric import higher_is_better as higher_is_better

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    Array = np.ndarray[Any, Any]

_WITH_UNIT = frozenset({"mae", "rmse", "median_ae", "bias", "log_loss"})
THRESHOLD: Final = 0.5
"""A row with a chance of at least so much is said to be positive."""
_CLIP = 1e-6
"""Log loss takes probabilities not nearer to 0 or 1 than this, so that one sure mistake does not cost infinity."""


def metrics(task: Task, target: Array, prediction: Array) -> dict[str, float]:
    """All metrics of a task that are defined on these rows.

    A metric that is not defined is left out, never given as NaN: with one class only there is no auc,
    average_precision, precision, recall or f1; with a constant target no r2. Without rows, or with a prediction that is
    not a finite number, nothing is defined. The threshold of accuracy, precision, recall and f1 is `THRESHOLD`;
    precision is 0 if nothing is predicted positive. ``bias`` is the mean of prediction minus target.

    Args:
        task: which metrics.
        target: float64 of shape (rows,), 0/1 for binary.
        prediction: float64 of shape (rows,), probabilities for binary.

    >>> import numpy as np
    >>> metrics(Task.REGRESSION, np.array([1.0, 3.0]), np.array([2.0, 3.0]))["mae"]
    0.5
    """
    import numpy as np

    target, prediction = np.asarray(target, dtype=np.float64), np.asarray(prediction, dtype=np.float64)
    if target.shape != prediction.shape or target.ndim != 1:
        raise ValueError(f"target {target.shape} and prediction {prediction.shape} are not two equally long vectors")
    if len(target) == 0 or not (np.isfinite(target).all() and np.isfinite(prediction).all()):
        return {}
    return _binary(target, prediction) if task is Task.BINARY else _regression(target, prediction)


def losses(loss: str, target: Array, prediction: Array) -> Array:
    """Loss of each row, float64 of shape (rows,): brier, log_loss (clipped), absolute_error or squared_error.

    >>> import numpy as np
    >>> losses("brier", np.array([1.0, 0.0]), np.array([0.5, 0.0])).tolist()
    [0.25, 0.0]
    """
    import numpy as np

    return _LOSSES[loss](np.asarray(target, dtype=np.float64), np.asarray(prediction, dtype=np.float64))


def rates(target: Array, prediction: Array) -> dict[str, float]:
    """How often a binary model says yes: to all rows, to the positive and to the negative ones, where there are any.

    Args:
        target: float64 of shape (rows,), 0/1.
        prediction: chances, float64 of shape (rows,).

    >>> import numpy as np
    >>> rates(np.array([1.0, 1.0, 0.0, 0.0]), np.array([0.9, 0.1, 0.8, 0.2]))
    {'selection_rate': 0.5, 'true_positive_rate': 0.5, 'false_positive_rate': 0.5}
    """
    said, positive = prediction >= THRESHOLD, target == 1
    among = {"selection_rate": positive | True, "true_positive_rate": positive, "false_positive_rate": ~positive}
    return {name: _mean(said[rows]) for name, rows in among.items() if rows.any()}


def points(metric: str, worse: float, better: float) -> float:
    """What the change of a metric from one value to another is worth, in points: positive if it is for the better.

    A point is a hundredth for metrics that are shares (auc, accuracy, brier ...), and a hundredth of the first value
    for those with a unit (mae, rmse, median_ae, bias, log_loss).

    >>> round(points("auc", 0.70, 0.72), 6), round(points("mae", 20.0, 19.0), 6)
    (2.0, 5.0)
    """
    return points_in_one(metric, worse) * (goodness(metric, better) - goodness(metric, worse))


def points_in_one(metric: str, value: float) -> float:
    """How many points a difference of 1 in the metric is from this value on; 0 where a share of 0 would be taken."""
    if metric not in _WITH_UNIT:
        return 100.0
    return 100.0 / abs(value) if value else 0.0


def _binary(target: Array, prediction: Array) -> dict[str, float]:
    import numpy as np

    said = prediction >= THRESHOLD
    positive = target == 1
    found = {
        "brier": _mean(losses("brier", target, prediction)),
        "log_loss": _mean(losses("log_loss", target, prediction)),
        "accuracy": _mean(said == positive),
    }
    if not 0 < positive.sum() < len(target):
        return found
    area, average = _ranked(positive, prediction)
    hits, predicted = int(np.sum(said & positive)), int(said.sum())
    return found | {
        "auc": area,
        "average_precision": average,
        "precision": hits / predicted if predicted else 0.0,
        "recall": hits / int(positive.sum()),
        "f1": 2 * hits / (predicted + int(positive.sum())),
    }


def _ranked(positive: Array, prediction: Array) -> tuple[float, float]:
    """Area under the ROC curve and average precision, as scikit-learn defines them; equal scores are one step.

    Its own functions spend a hundred times longer on checking their input than on these sums.
    """
    import numpy as np

    order = np.argsort(-prediction, kind="stable")
    steps = np.append(np.flatnonzero(np.diff(prediction[order])), len(order) - 1)
    hits = np.cumsum(positive[order])[steps].astype(np.float64)
    said = steps + 1.0
    found, wrong = np.diff(hits, prepend=0.0), np.diff(said - hits, prepend=0.0)
    area = float(np.sum(wrong * (hits - found / 2)) / (hits[-1] * (said[-1] - hits[-1])))
    return area, float(np.sum(found * hits / said) / hits[-1])


def _regression(target: Array, prediction: Array) -> dict[str, float]:
    import numpy as np

    error = prediction - target
    spread = float(np.sum((target - target.mean()) ** 2))
    found = {
        "mae": _mean(np.abs(error)),
        "rmse": float(np.sqrt(np.mean(error**2))),
        "median_ae": float(np.median(np.abs(error))),
        "bias": _mean(error),
    }
    return found | ({"r2": 1 - float(np.sum(error**2)) / spread} if spread > 0 else {})


def _mean(values: Array) -> float:
    return float(values.mean())


def _log_loss(target: Array, prediction: Array) -> Array:
    import numpy as np

    chance: Array = np.clip(prediction, _CLIP, 1 - _CLIP)
    loss: Array = -(target * np.log(chance) + (1 - target) * np.log1p(-chance))
    return loss


_LOSSES: dict[str, Callable[[Array, Array], Array]] = {
    "brier": lambda target, prediction: (prediction - target) ** 2,
    "log_loss": _log_loss,
    "absolute_error": lambda target, prediction: abs(prediction - target),
    "squared_error": lambda target, prediction: (prediction - target) ** 2,
}

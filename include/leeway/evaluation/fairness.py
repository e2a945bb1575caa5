"""How unlike the groups of a sensitive column are treated: differences and ratios between them, by fairlearn.

Demographic parity compares how often the model says yes, equal opportunity how often it does so where that is right,
equalized odds also where that is wrong (Hardt, Price and Srebro 2016, Equality of opportunity in supervised learning,
NeurIPS). A difference is the largest figure of any group less the smallest, a ratio the smallest over the largest.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Final

from leeway.core import Task
from leeway.core.metric import GAPS
from leeway.evaluation.metrics import metrics, rates

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    Array = np.ndarray[Any, Any]

TOLD: Final = {
    Task.BINARY: ("equalized_odds", "equal_opportunity", "demographic_parity"),
    Task.REGRESSION: ("mae", "bias"),
}
"""The gaps that are told of every model with sensitive columns; gates may look at any of `GAPS`."""
WITHOUT_RATIO: Final = frozenset({"bias", "r2"})
"""May be below 0, where a ratio says nothing."""


def gaps(task: Task, target: Array, score: Array, groups: Array) -> dict[str, float]:
    """The gaps between the groups of one column: ``equalized_odds_difference``, ``equalized_odds_ratio`` ...

    A gap that is not defined for at least two groups is left out.

    Args:
        task: what is predicted.
        target: float64 of shape (rows,), 0/1 for binary.
        score: float64 of shape (rows,).
        groups: texts of shape (rows,).
    """
    if not len(target):
        return {}
    from fairlearn.metrics import MetricFrame

    wanted = dict.fromkeys(figure for gap in TOLD[task] for figure in GAPS[task][gap])
    frame = MetricFrame(
        metrics={figure: _figure(task, figure) for figure in wanted},
        y_true=target,
        y_pred=score,
        sensitive_features=groups,
    )
    known = set(wanted) & set(frame.by_group.columns[frame.by_group.count() >= 2])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a ratio of two zeros is not defined, and is left out below
        differences, ratios = frame.difference(), frame.ratio()
    found: dict[str, float] = {}
    for gap in TOLD[task]:
        of = list(GAPS[task][gap])
        if known.issuperset(of):
            found[f"{gap}_difference"] = float(differences[of].max())
            if gap not in WITHOUT_RATIO and ratios[of].notna().all():
                found[f"{gap}_ratio"] = float(ratios[of].min())
    return found


def _figure(task: Task, name: str) -> Callable[[Array, Array], float]:
    """A figure of a group's rows; NaN where it is not defined, while fairlearn's own rates are 0 there."""
    return lambda target, score: figures(task, target, score).get(name, float("nan"))


def figures(task: Task, target: Array, score: Array) -> dict[str, float]:
    """All metrics of some rows, and for a binary model its rates; what is not defined is left out.

    Args:
        task: what is predicted.
        target: float64 of shape (rows,), 0/1 for binary.
        score: float64 of shape (rows,).
    """
    known = metrics(task, target, score)
    return known | rates(target, score) if known and task is Task.BINARY else known

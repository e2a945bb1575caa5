"""Which metrics there are and which way each points: what policies and gates have to agree on."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from leeway.core.data import Task

if TYPE_CHECKING:
    from typing import Any

    import numpy as np

Figure = TypeVar("Figure", float, "np.ndarray[Any, Any]")

METRICS = {
    Task.BINARY: ("auc", "average_precision", "brier", "log_loss", "accuracy", "precision", "recall", "f1"),
    Task.REGRESSION: ("mae", "rmse", "median_ae", "r2", "bias"),
}
"""What is computed per task; the first is the default primary metric."""
_HIGHER_IS_BETTER = frozenset({"auc", "average_precision", "accuracy", "precision", "recall", "f1", "r2"})


def higher_is_better(metric: str) -> bool:
    """Whether a larger value of the metric is better. For ``bias`` neither is: zero is."""
    return metric in _HIGHER_IS_BETTER


def goodness(metric: str, value: Figure) -> Figure:
    """The metric's value, or many of them, turned so that more is always better (``bias``: nearer to zero)."""
    if metric == "bias":
        return -abs(value)
    return value if higher_is_better(metric) else -value

"""Which metrics there are and which way each points: what policies and gates have to agree on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, TypeVar

from pydantic import AfterValidator

from leeway.core.data import Task
from leeway.errors import did_you_mean

if TYPE_CHECKING:
    from typing import Any

    import numpy as np

Figure = TypeVar("Figure", float, "np.ndarray[Any, Any]")

METRICS = {
    Task.BINARY: ("auc", "average_precision", "brier", "log_loss", "accuracy", "precision", "recall", "f1"),
    Task.REGRESSION: ("mae", "rmse", "median_ae", "r2", "bias"),
}
"""What is computed per task; the first is the default primary metric."""
GAPS: Final[dict[Task, dict[str, tuple[str, ...]]]] = {
    Task.BINARY: {
        "equalized_odds": ("true_positive_rate", "false_positive_rate"),
        "equal_opportunity": ("true_positive_rate",),
        "demographic_parity": ("selection_rate",),
        **{metric: (metric,) for metric in METRICS[Task.BINARY]},
    },
    Task.REGRESSION: {metric: (metric,) for metric in METRICS[Task.REGRESSION]},
}
"""How unlike groups are treated, per task, and in which figures of a group that shows; the first is the default."""
COST_WINDOWS: Final = 40
"""``ModelSpec.retrain_cost`` is in points of the metric kept up for so many windows."""
_HIGHER_IS_BETTER = frozenset({"auc", "average_precision", "accuracy", "precision", "recall", "f1", "r2"})


def _known(name: str) -> str:
    known = [metric for metrics in METRICS.values() for metric in metrics]
    if name not in known:
        raise ValueError(f"unknown metric {name!r}; {did_you_mean(name, known)}")
    return name


MetricName = Annotated[str, AfterValidator(_known)]
"""The name of a metric of any task."""


def _known_gap(name: str) -> str:
    known = list(dict.fromkeys(gap for gaps in GAPS.values() for gap in gaps))
    if name not in known:
        raise ValueError(f"unknown gap {name!r}; {did_you_mean(name, known)}")
    return name


GapName = Annotated[str, AfterValidator(_known_gap)]
"""The name of a gap between groups of any task."""


def higher_is_better(metric: str) -> bool:
    """Whether a larger value of the metric is better. For ``bias`` neither is: zero is."""
    return metric in _HIGHER_IS_BETTER


def goodness(metric: str, value: Figure) -> Figure:
    """The metric's value, or many of them, turned so that more is always better (``bias``: nearer to zero)."""
    if metric == "bias":
        return -abs(value)
    return value if higher_is_better(metric) else -value

"""What missing labels could hide: the least and the greatest mean loss that they allow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leeway.core import Task
from leeway.evaluation.metrics import losses

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


def loss_bounds(task: Task, loss: str, target: Array, score: Array) -> tuple[float | None, float | None]:
    """Bounds of the mean loss of all rows, whatever the labels are that are not known (Manski 1990, AER 80(2):319).

    Of a binary outcome the loss is one of two numbers, so both bounds are sharp. A number may be anything: then the
    loss of the rows without a label is 0 or more, and there is no upper bound.

    Args:
        task: what is predicted.
        loss: name of the loss per row.
        target: float64 of shape (rows,), NaN where the label is not known.
        score: float64 of shape (rows,).

    Returns:
        The lower and the upper bound; None where there is none, and twice None without rows.

    >>> import numpy as np
    >>> loss_bounds(Task.BINARY, "brier", np.array([1.0, np.nan]), np.array([0.5, 0.0]))
    (0.125, 0.625)
    """
    import numpy as np

    if not len(target):
        return None, None
    known = ~np.isnan(target)
    total = float(losses(loss, target[known], score[known]).sum())
    if known.all():
        return total / len(target), total / len(target)
    if task is not Task.BINARY:
        return total / len(target), None
    rest = score[~known]
    either = losses(loss, np.zeros_like(rest), rest), losses(loss, np.ones_like(rest), rest)
    least, greatest = (float(pick(*either).sum()) for pick in (np.minimum, np.maximum))
    return (total + least) / len(target), (total + greatest) / len(target)

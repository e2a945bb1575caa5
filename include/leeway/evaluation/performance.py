"""How one version did on the rows of a window whose labels are known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from leeway.calibration import reliability
from leeway.core import Block, Performance, Task, Window
from leeway.evaluation.bounds import loss_bounds
from leeway.evaluation.metrics import losses, metrics

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    Array = np.ndarray[Any, Any]

MIN_SLICE_ROWS: Final = 50
"""A slice's level with fewer labelled rows is not told apart."""


def performance(
    window: Window,
    version: int,
    *,
    task: Task,
    loss: str,
    target: Array,
    scores: Array,
    day: Array,
    slices: pd.DataFrame,
) -> Performance:
    """Sum up a window.

    Args:
        window: the window.
        version: that scored it.
        task: what is predicted.
        loss: per row, one of the task's.
        target: float64 of shape (rows,), NaN where no label is known.
        scores: float64 of shape (rows,).
        day: integers of shape (rows,); rows with equal numbers may depend on one another.
        slices: frame of shape (rows, slice columns), as text.
    """
    import numpy as np

    known = ~np.isnan(target)
    low, high = loss_bounds(task, loss, target, scores)
    judged, guessed = target[known], scores[known]
    each = losses(loss, judged, guessed)
    return Performance(
        window=window,
        version=version,
        rows=len(target),
        labelled=len(judged),
        loss=float(each.mean()) if len(each) else 0.0,
        loss_variance=float(each.var(ddof=1)) if len(each) > 1 else 0.0,
        metrics=metrics(task, judged, guessed) if len(judged) else {},
        slices=_by_level(slices[known].reset_index(drop=True), each),
        loss_low=low,
        loss_high=high,
        days=_by_day(day[known], each),
        reliability=reliability(judged, guessed) if task is Task.BINARY else (),
    )


def _by_day(day: Array, loss: Array) -> tuple[Block, ...]:
    """The losses summed up by day, in order."""
    import numpy as np

    parts = [loss[day == one] for one in np.unique(day)]
    return tuple(
        Block(
            rows=len(part),
            loss=float(part.mean()),
            variance=float(part.var(ddof=1)) if len(part) > 1 else 0.0,
            largest=float(part.max()),
        )
        for part in parts
    )


def _by_level(levels: pd.DataFrame, loss: Array) -> dict[str, dict[str, float]]:
    """Mean loss per level of each slice column and its variance, for levels with enough labelled rows."""
    return {
        f"{column}={level}": {
            "labelled": float(len(place)),
            "loss": float(loss[place].mean()),
            "variance": float(loss[place].var(ddof=1)),
        }
        for column in levels.columns
        for level, place in levels.groupby(column, sort=True).indices.items()
        if len(place) >= MIN_SLICE_ROWS
    }

"""How one version did on the rows of a window whose labels are known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from leeway.calibration import reliability
from leeway.core import Block, Performance, Task, Window
from leeway.evaluation.bounds import loss_bounds
from leeway.evaluation.fairness import figures, gaps
from leeway.evaluation.metrics import losses, metrics

if TYPE_CHECKING:
    from collections.abc import Iterable

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
    sensitive: Iterable[str] = (),
    in_full: bool = True,
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
        slices: frame of shape (rows, slice and sensitive columns), as text.
        sensitive: the columns of ``slices`` between whose levels gaps are told.
        in_full: give every metric of each level, not its loss only, which is all that a replay of many models needs.
    """
    import numpy as np

    known = ~np.isnan(target)
    low, high = loss_bounds(task, loss, target, scores)
    judged, guessed = target[known], scores[known]
    each = losses(loss, judged, guessed)
    levels = _large_enough(slices[known].reset_index(drop=True))
    return Performance(
        window=window,
        version=version,
        rows=len(target),
        labelled=len(judged),
        loss=float(each.mean()) if len(each) else 0.0,
        loss_variance=float(each.var(ddof=1)) if len(each) > 1 else 0.0,
        metrics=metrics(task, judged, guessed) if len(judged) else {},
        slices={
            f"{column}={level}": _level(each[rows]) | (_in_full(task, judged[rows], guessed[rows]) if in_full else {})
            for column, found in levels.items()
            for level, rows in found.items()
        },
        gaps={column: _gaps(task, judged, guessed, levels[column]) for column in sensitive},
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


def _large_enough(slices: pd.DataFrame) -> dict[str, dict[str, Array]]:
    """The rows of each level of each column, for levels with enough labelled rows."""
    import numpy as np

    found = {column: slices.groupby(column, sort=True).indices for column in slices.columns}
    return {
        column: {str(level): np.asarray(rows) for level, rows in levels.items() if len(rows) >= MIN_SLICE_ROWS}
        for column, levels in found.items()
    }


def _level(loss: Array) -> dict[str, float]:
    """The size of a level, its mean loss and the variance of a row's."""
    return {"labelled": float(len(loss)), "loss": float(loss.mean()), "variance": float(loss.var(ddof=1))}


def _in_full(task: Task, target: Array, score: Array) -> dict[str, float]:
    """What else is kept of a level: every figure that is defined, and of how many rows the rates are shares."""
    positives = {"positives": float(target.sum())} if task is Task.BINARY else {}
    return positives | figures(task, target, score)


def _gaps(task: Task, target: Array, score: Array, levels: dict[str, Array]) -> dict[str, float]:
    """The gaps between the levels of a column."""
    import numpy as np

    rows = np.concatenate([np.empty(0, dtype=np.intp), *levels.values()])
    names = np.repeat(np.array(list(levels), dtype=object), [len(found) for found in levels.values()])
    return gaps(task, target[rows], score[rows], names)

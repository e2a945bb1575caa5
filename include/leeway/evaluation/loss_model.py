"""A small model of a model's loss: which rows it finds hard, learnt where labels are known.

Direct loss estimation for regression (NannyML, "Direct Loss Estimation", documentation of version 0.13; the idea of
learning the loss is of Yoo and Kweon 2019, CVPR, p. 93). Ridge regression, not boosting: it costs milliseconds, and of
a window only the mean is asked.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from leeway.core import Interval
from leeway.evaluation.estimate import Spread, interval, rounded

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import pandas as pd

    Array = np.ndarray[Any, Any]

PENALTY = 10.0
"""Of the ridge, in rows: inputs are scaled to about one."""
MAX_LEVELS = 12
"""The most frequent levels of a text column get a weight of their own."""
KNOTS = 5
"""The loss may bend with the score at so many quantiles."""
REACH = 3.0
"""Inputs count at most so many spreads from the middle, so that one outlier does not decide a mean."""


@dataclass(frozen=True)
class Lesson:
    """The labelled rows of one window.

    Args:
        inputs: features of shape (rows, columns).
        score: predictions, float64 of shape (rows,).
        error: prediction minus target, float64 of shape (rows,).
    """

    inputs: pd.DataFrame
    score: Array
    error: Array


def estimate_regression(
    loss: str, inputs: pd.DataFrame, score: Array, *, lessons: Sequence[Lesson], spread: Spread
) -> tuple[Interval, dict[str, Interval]]:
    """Estimate the mean loss, mae, rmse and bias on rows without labels.

    Args:
        loss: absolute_error or squared_error.
        inputs: features of the rows, of shape (rows, columns), at least one row.
        score: predictions, float64 of shape (rows,).
        lessons: labelled windows of the same version, at least one, with the same columns.
        spread: how intervals are made.
    """
    import numpy as np

    error = np.concatenate([lesson.error for lesson in lessons])
    basis = _Basis.of([lesson.inputs for lesson in lessons], np.concatenate([lesson.score for lesson in lessons]))
    tables = [basis.table(lesson.inputs, lesson.score) for lesson in lessons]
    wanted = [_targets(lesson.error) for lesson in lessons]
    now = basis.table(inputs, score).mean(axis=0)
    means = _kept(now @ _ridge(tables, wanted), error)
    residuals = np.array([
        values.mean(axis=0) - _kept(table.mean(axis=0) @ _ridge(_without(tables, i), _without(wanted, i)), error)
        for i, (table, values) in enumerate(zip(tables, wanted, strict=True))
    ]) if len(lessons) > 1 else np.empty((0, 3))  # fmt: skip
    widening = spread.widening(len(score))
    noise = np.sqrt(_targets(error).var(axis=0) * (1 / len(score) + 1 / len(error))) * widening
    halves = [spread.half_width(float(n), [float(r) for r in rs]) for n, rs in zip(noise, residuals.T, strict=True)]
    absolute, squared, signed = (float(mean) for mean in means)
    mae, mse = interval(absolute, halves[0]), interval(squared, halves[1])
    rmse = Interval(value=_root(mse.value), low=_root(mse.low), high=_root(mse.high))
    bias = Interval(value=rounded(signed), low=rounded(signed - halves[2]), high=rounded(signed + halves[2]))
    return mae if loss == "absolute_error" else mse, {"mae": mae, "rmse": rmse, "bias": bias}


def _targets(error: Array) -> Array:
    """What is learnt of each row: absolute, squared and signed error, of shape (rows, 3)."""
    import numpy as np

    return np.column_stack([np.abs(error), error**2, error])


def _kept(means: Array, error: Array) -> Array:
    """The estimated means, not outside what single rows ever showed."""
    import numpy as np

    seen = _targets(error)
    return np.clip(means, seen.min(axis=0), seen.max(axis=0))


def _root(value: float) -> float:
    return rounded(math.sqrt(value))


def _without(parts: Sequence[Array], place: int) -> list[Array]:
    return [part for i, part in enumerate(parts) if i != place]


def _ridge(tables: Sequence[Array], wanted: Sequence[Array]) -> Array:
    """Weights of shape (columns, 3); the first column, the constant, is not drawn to zero."""
    import numpy as np

    table, values = np.concatenate(tables), np.concatenate(wanted)
    penalty = np.full(table.shape[1], PENALTY)
    penalty[0] = 1e-9
    weights: Array = np.linalg.solve(table.T @ table + np.diag(penalty), table.T @ values)
    return weights


@dataclass(frozen=True)
class _Basis:
    """How features and a score become numbers of about one.

    ``numbers`` maps a column to middle and spread, ``texts`` a column to its levels; ``score`` is middle and spread.
    """

    numbers: dict[str, tuple[float, float]]
    texts: dict[str, list[str]]
    score: tuple[float, float]
    knots: Array

    @classmethod
    def of(cls, frames: Sequence[pd.DataFrame], score: Array) -> _Basis:
        import numpy as np
        import pandas as pd

        frame = pd.concat(frames, ignore_index=True)
        numbers, texts = {}, {}
        for name, column in frame.items():
            if pd.api.types.is_numeric_dtype(column.dtype):
                numbers[str(name)] = _scale(column.to_numpy(dtype="float64"))
            else:
                counts = column.dropna().astype(str).value_counts()
                texts[str(name)] = sorted(counts.index, key=lambda level: (-counts[level], level))[:MAX_LEVELS]
        knots = np.unique(np.quantile(score, np.arange(1, KNOTS + 1) / (KNOTS + 1)))
        return cls(numbers, texts, _scale(score), knots)

    def table(self, frame: pd.DataFrame, score: Array) -> Array:
        """Float64 of shape (rows, columns), the first column one."""
        import numpy as np

        columns = [np.ones(len(score)), _scaled(score, self.score)]
        columns += [np.clip((score - knot) / self.score[1], 0, REACH) for knot in self.knots]
        for name, scale in self.numbers.items():
            values = frame[name].to_numpy(dtype="float64")
            columns += [_scaled(values, scale), (~np.isfinite(values)).astype(np.float64)]
        for name, levels in self.texts.items():
            text = frame[name].astype(object).astype(str).to_numpy()
            columns += [(text == level).astype(np.float64) for level in levels]
        return np.column_stack(columns)


def _scale(values: Array) -> tuple[float, float]:
    """Middle and spread of what is finite."""
    import numpy as np

    known = values[np.isfinite(values)]
    if not len(known):
        return 0.0, 1.0
    return float(np.median(known)), float(known.std()) or 1.0


def _scaled(values: Array, scale: tuple[float, float]) -> Array:
    import numpy as np

    return np.clip(np.nan_to_num((values - scale[0]) / scale[1], nan=0.0, posinf=REACH, neginf=-REACH), -REACH, REACH)

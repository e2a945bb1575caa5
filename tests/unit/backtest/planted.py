"""Small streams in memory with what a test plants in them, and a learner that is quick."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from leeway.backtest.learner import default_learner
from leeway.backtest.matrix import Matrix
from leeway.backtest.rules import Rules
from leeway.backtest.table import equal_windows
from leeway.core import Task

if TYPE_CHECKING:
    from pathlib import Path

    from leeway.backtest.stream import Stream

WINDOWS, ROWS = 12, 120


def stream(*, flip: int | None = None, delay: int = 0, windows: int = WINDOWS, rows: int = ROWS) -> Stream:
    """The target follows ``x``; from window ``flip`` on it follows the opposite."""
    random = np.random.default_rng(7)
    x, noise = random.normal(size=windows * rows), random.normal(scale=0.5, size=windows * rows)
    window = np.arange(windows * rows) // rows
    sign = np.where(window >= (windows if flip is None else flip), -1.0, 1.0)
    target = (sign * x + noise > 0).astype(float)
    features = pd.DataFrame({"x": x, "z": random.normal(size=windows * rows)})
    return equal_windows(
        features, target, name="planted", task=Task.BINARY, metric="accuracy", windows=windows, delay=delay
    )


def flipped_from(given: Stream, window: int) -> Stream:
    """The same rows with the opposite labels from a window on."""
    later = given.window >= window
    return replace(given, target=np.where(later, 1 - given.target, given.target))


def matrix(given: Stream, root: Path, **changes: Any) -> Matrix:
    """Of a logistic regression."""
    learner = replace(default_learner("sklearn.linear_model.LogisticRegression"), **changes)
    return Matrix(given, learner, root)


def rules(**changes: Any) -> Rules:
    """All history, one window held back, no gate."""
    return replace(Rules.default(), **{"gates": (), "histories": ("all",), "holdback": 1, **changes})

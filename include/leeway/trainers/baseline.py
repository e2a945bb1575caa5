"""The trivial model that every candidate must beat: one number for all rows."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from leeway.canonical import canonical_json
from leeway.core import Task
from leeway.trainers.target import checked_target

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy as np
    import pandas as pd

    from leeway.trainers.batches import Trainable

FILE = "baseline.json"


@dataclass(frozen=True)
class Baseline:
    """Predicts the same value for every row."""

    value: float

    def predict(self, features: pd.DataFrame) -> np.ndarray[Any, Any]:
        """Repeat the value, float64 of shape (rows,)."""
        import numpy as np

        return np.full(len(features), self.value, dtype=np.float64)

    def save(self, folder: Path) -> None:
        """Write the value as JSON."""
        (folder / FILE).write_text(canonical_json({"value": self.value}), encoding="utf-8")

    @classmethod
    def load(cls, files: Mapping[str, bytes], *, trusted: Sequence[str] = ()) -> Self:  # noqa: ARG003 - names no class
        """Read the value."""
        return cls(float(json.loads(files[FILE])["value"]))


def fit_baseline(training: Trainable, *, loss: str = "") -> Baseline:
    """The constant with the least loss on the training rows.

    That is the base rate for a binary task, the mean for squared error and else the median.

    Raises:
        TrainingError: if the target is unusable.
    """
    import numpy as np

    target = checked_target(training)
    mean = training.task is Task.BINARY or loss == "squared_error"
    return Baseline(float(np.mean(target) if mean else np.median(target)))

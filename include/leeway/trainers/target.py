"""What a target must be like before anything is fitted to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leeway.core import Task
from leeway.errors import TrainingError

if TYPE_CHECKING:
    import numpy as np

    from leeway.trainers.batches import Trainable


def checked_target(training: Trainable) -> np.ndarray[Any, Any]:
    """The target, float64 of shape (rows,), if a model can be fitted to it.

    Raises:
        TrainingError: if there are no rows, the target does not go with the features, is not finite, is not 0/1 for a
            binary task, or has one class only.
    """
    import numpy as np

    target = np.asarray(training.target, dtype=np.float64)
    rows = training.rows
    if target.shape != (rows,):
        raise TrainingError(f"{rows} rows of features and a target of shape {target.shape}", code="TRN101")
    if rows == 0:
        raise TrainingError("there are no rows to learn from", code="TRN101")
    if not np.isfinite(target).all():
        bad = int((~np.isfinite(target)).sum())
        raise TrainingError(f"the target of {bad} of {rows} rows is missing or infinite", code="TRN103")
    if training.task is Task.BINARY:
        _check_binary(target)
    return target


def _check_binary(target: np.ndarray[Any, Any]) -> None:
    import numpy as np

    classes = np.unique(target)
    strange = [value for value in classes if value not in (0.0, 1.0)]
    if strange:
        raise TrainingError(f"the target of a binary model is 0 or 1, not {strange[0]:g}", code="TRN103")
    if len(classes) == 1:
        raise TrainingError(
            f"all {len(target)} rows have target {classes[0]:g}; a binary model needs both classes",
            code="TRN102",
            do="Train on a longer history, or wait for more labels.",
        )

"""Whether predictions got worse from one table to another, on labels."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from leeway.core import Task
from leeway.errors import ProfileError
from leeway.evaluation.base import LOSSES
from leeway.evaluation.metrics import losses
from leeway.profiles.dependence import inflation

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

MIN_ROWS = 30
LEVEL = 0.01
"""Chance of a false alarm."""
FLOOR = 0.02
"""Rise of the loss that counts, as a share of the loss before."""
Z95 = 1.96


@dataclass(frozen=True, kw_only=True)
class LossChange:
    """The mean loss before and now, and whether it rose by more than chance and by enough to matter.

    ``low`` and ``high`` are the ends of the 95 % interval of the rise.
    """

    loss: str
    before: float
    now: float
    low: float
    high: float
    z: float
    p_value: float
    flagged: bool
    sentence: str


def loss_change(reference: tuple[Any, Any], current: tuple[Any, Any]) -> LossChange:
    """Compare the mean loss of two tables by Welch's test, its variance inflated by what neighbours share.

    Args:
        reference: target and prediction, pyarrow arrays of numbers or booleans; rows without either do not count.
            Where every target is 0 or 1 and every prediction between them, the loss is Brier's, else the absolute
            error.
        current: the same of the other table.

    Raises:
        ProfileError: PRO320 if there are fewer than 30 labelled rows on a side, PRO321 if a column holds no numbers.
    """
    sides = [_labelled(*reference), _labelled(*current)]
    task = Task.BINARY if all(_is_binary(*side) for side in sides) else Task.REGRESSION
    loss = LOSSES[task][0]
    before, now = (losses(loss, *side) for side in sides)
    means = [float(side.mean()) for side in (before, now)]
    error = math.sqrt(sum(float(side.var(ddof=1)) / len(side) * inflation(side) for side in (before, now)))
    rise = means[1] - means[0]
    z = rise / error if error > 0 else math.copysign(1e6, rise) if rise else 0.0
    p_value = math.erfc(z / math.sqrt(2)) / 2
    flagged = p_value < LEVEL and rise > FLOOR * means[0]
    way = "rose" if rise > 0 else "fell" if rise < 0 else "stayed"
    return LossChange(
        loss=loss,
        before=means[0],
        now=means[1],
        low=rise - Z95 * error,
        high=rise + Z95 * error,
        z=z,
        p_value=p_value,
        flagged=flagged,
        sentence=f"{loss} {way} from {means[0]:.4g} to {means[1]:.4g} on {len(now):,} labelled rows (z = {z:.1f})",
    )


def _labelled(target: Any, prediction: Any) -> tuple[Array, Array]:
    import numpy as np

    columns = []
    for values in (target, prediction):
        try:
            columns.append(values.cast("float64").to_numpy(zero_copy_only=False))
        except (ValueError, TypeError, NotImplementedError) as error:
            raise ProfileError(
                f"target and prediction must be numbers: {error}", code="PRO321", do="Write classes as 0 and 1."
            ) from error
    known = np.isfinite(columns[0]) & np.isfinite(columns[1])
    if known.sum() < MIN_ROWS:
        raise ProfileError(
            f"only {int(known.sum())} rows have a target and a prediction; {MIN_ROWS} are needed", code="PRO320"
        )
    return columns[0][known], columns[1][known]


def _is_binary(target: Array, prediction: Array) -> bool:
    return bool(((target == 0) | (target == 1)).all() and ((prediction >= 0) & (prediction <= 1)).all())

"""Is one model better than another on the same rows, by more than chance?

Rows of one day resemble one another, so days, not rows, are what varies independently. The standard error of the mean
difference is cluster-robust with the usual small-sample factor, and its quantiles are Student's with one degree of
freedom less than there are days (Cameron and Miller, A Practitioner's Guide to Cluster-Robust Inference, Journal of
Human Resources 50(2), 2015, sections II and VI). With fewer than four days that is not to be trusted: then rows are
taken as independent and their standard error is doubled (a design effect of 4, as Kish, Survey Sampling, 1965, calls
it), or the cluster-robust one is used if it is larger.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leeway.core import Comparison
from leeway.errors import TrainingError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    Array = np.ndarray[Any, Any]

MIN_BLOCKS = 4
"""With fewer blocks rows are the unit and the standard error is widened by `WIDENED`."""
WIDENED = 2.0
MISSING = "(missing)"


def compare(champion_loss: Array, challenger_loss: Array, blocks: Array, *, confidence: float = 0.95) -> Comparison:
    """Compare two models by their loss on the same rows.

    Args:
        champion_loss: float64 of shape (rows,).
        challenger_loss: float64 of shape (rows,), for the same rows.
        blocks: integers of shape (rows,); rows with equal numbers may depend on one another: days of event time.
        confidence: of the two-sided interval.

    Returns:
        The mean of champion minus challenger, so a positive gain means the challenger is better. Two identical models
        have gain exactly 0 and p-value 1.

    Raises:
        TrainingError: if there is no row, or a loss is not a finite number.
    """
    import numpy as np

    if not len(champion_loss) == len(challenger_loss) == len(blocks):
        raise ValueError("the two losses and the blocks are not equally long")
    difference = np.asarray(champion_loss, dtype=np.float64) - np.asarray(challenger_loss, dtype=np.float64)
    if len(difference) == 0:
        raise TrainingError("there are no rows to compare the models on", code="TRN110")
    bad = int((~np.isfinite(difference)).sum())
    if bad:
        raise TrainingError(f"the loss of {bad} of {len(difference)} rows is not a finite number", code="TRN110")
    gain = float(difference.mean())
    groups = np.unique(blocks, return_inverse=True)[1]
    count = int(groups.max()) + 1
    error = _standard_error(difference - gain, groups, count)
    half = _half_width(error, _freedom(len(difference), count), confidence)
    if len(difference) == 1:  # Nothing is known of the spread: the interval holds any difference of such losses.
        half = abs(gain) + float(np.max(np.abs([champion_loss, challenger_loss])))
    return Comparison(
        rows=len(difference),
        blocks=count,
        gain=gain,
        low=gain - half,
        high=gain + half,
        confidence=confidence,
        p_value=_p_value(gain, error, rows=len(difference), blocks=count),
        champion_loss=float(np.mean(champion_loss)),
    )


def error_of_mean(difference: Array, blocks: Array) -> float:
    """Of the mean of paired differences, by the same rules as `compare`; 0 for a single row.

    Args:
        difference: float64 of shape (rows,).
        blocks: integers of shape (rows,); rows with equal numbers may depend on one another: days of event time.
    """
    import numpy as np

    groups = np.unique(blocks, return_inverse=True)[1]
    return _standard_error(difference - difference.mean(), groups, int(groups.max()) + 1)


def chance_not_worse(comparison: Comparison, *, margin: float = 0.0) -> float:
    """One-sided p-value of so small a gain if the challenger were at most ``margin`` (in loss) worse than the champion.

    Small values say that it is worse by more than that.
    """
    from scipy.special import stdtr

    if comparison.rows < 2:
        return 1.0
    shortfall = comparison.gain + margin
    error = standard_error(comparison)
    if error == 0:
        return 0.0 if shortfall < 0 else 1.0
    return float(stdtr(freedom(comparison), shortfall / error))


def standard_error(comparison: Comparison) -> float:
    """Of the gain: half of the interval's width, over Student's quantile that made it."""
    from scipy.special import stdtrit

    quantile = float(stdtrit(freedom(comparison), (1 + comparison.confidence) / 2))
    return (comparison.high - comparison.low) / 2 / quantile


def freedom(comparison: Comparison) -> int:
    """Student's degrees of freedom of the gain."""
    return _freedom(comparison.rows, comparison.blocks)


def compare_slices(
    slices: pd.DataFrame,
    champion_loss: Array,
    challenger_loss: Array,
    blocks: Array,
    *,
    min_rows: int = 50,
    max_levels: int = 20,
    confidence: float = 0.95,
) -> dict[str, Comparison]:
    """Compare within each level of each slice column: ``{"carrier=UA": ...}``.

    Args:
        slices: frame of shape (rows, slice columns), any types.
        champion_loss: float64 of shape (rows,).
        challenger_loss: float64 of shape (rows,).
        blocks: integers of shape (rows,).
        min_rows: a level with fewer rows is left out.
        max_levels: so many levels per column, the most frequent ones.
        confidence: of each interval.
    """
    import pandas as pd

    found = {}
    for column in slices.columns:
        levels = slices[column].astype(object).where(slices[column].notna(), MISSING).map(str)
        counts = pd.Series(levels.to_numpy()).value_counts()
        frequent = sorted(((-rows, level) for level, rows in counts.items() if rows >= min_rows))[:max_levels]
        for _rows, level in frequent:
            chosen = (levels == level).to_numpy()
            found[f"{column}={level}"] = compare(
                champion_loss[chosen], challenger_loss[chosen], blocks[chosen], confidence=confidence
            )
    return found


def _standard_error(centred: Array, groups: Array, count: int) -> float:
    """Of the mean, from differences minus their mean; 0 for a single row."""
    import numpy as np

    rows = len(centred)
    clustered = 0.0
    if count > 1:
        sums = np.bincount(groups, weights=centred)
        clustered = float(np.sqrt(count / (count - 1) * np.sum(sums**2)) / rows)
    if count >= MIN_BLOCKS or rows < 2:
        return clustered
    independent = float(np.sqrt(np.sum(centred**2) / (rows - 1) / rows))
    return max(clustered, WIDENED * independent)


def _freedom(rows: int, blocks: int) -> int:
    return max(1, blocks - 1 if blocks >= MIN_BLOCKS else rows - 1)


def _half_width(error: float, freedom: int, confidence: float) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(freedom, (1 + confidence) / 2)) * error


def _p_value(gain: float, error: float, *, rows: int, blocks: int) -> float:
    """One-sided: chance of such a gain if the challenger were not better."""
    from scipy.special import stdtr

    if error == 0:
        return 0.0 if gain > 0 and rows > 1 else 1.0
    return float(stdtr(_freedom(rows, blocks), -gain / error))

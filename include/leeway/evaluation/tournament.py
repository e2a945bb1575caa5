"""Which history the winner of a training may forget."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from leeway.evaluation.compare import compare

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

FORGETTING: Final = 0.00135
"""Largest one-sided p-value (three standard errors) with which a shorter history displaces all of it.

All of history is the better teacher on most streams, and a short one wins a comparison on few windows by luck; to
forget wrongly costs more than to forget late (docs/policies.md has the figures). Eight trainings that look at the same
held-back windows err with a chance of about one in a hundred together.
"""


def may_forget(full: Array, shorter: Array, blocks: Array) -> bool:
    """Whether a candidate that learned from a shorter history may displace the best one of all history.

    Both are full candidates, scored on windows that neither has learnt from: cheap twins of either are drawn to short
    histories.

    Args:
        full: losses of the candidate of all history, float64 of shape (rows,).
        shorter: losses of the other one on the same rows.
        blocks: integers of shape (rows,); rows with equal numbers may depend on one another: days of event time.
    """
    return compare(full, shorter, blocks).p_value <= FORGETTING

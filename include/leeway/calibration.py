"""Scores against outcomes: how often what was given a chance of 0.3 came true, in bins that add up over windows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from leeway.core import Bin

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np

    Array = np.ndarray[Any, Any]

MAX_BINS = 50
ROWS_A_BIN = 5
"""Small windows get fewer bins: of at least about this many rows."""


@dataclass(frozen=True)
class Curve:
    """A rising step function from scores to chances, one step per block of neighbouring scores.

    Args:
        edges: scores at which the next block begins, float64 of shape (blocks - 1,).
        chances: chance of a positive outcome in each block, float64 of shape (blocks,), never 0 or 1.
        rows: labelled rows that each block rests on, float64 of shape (blocks,).
    """

    edges: Array
    chances: Array
    rows: Array

    def block(self, score: Array) -> Array:
        """Which block each score belongs to: integers of the same shape."""
        return self.edges.searchsorted(score, side="right")

    def chance(self, score: Array) -> Array:
        """The chance that each score stands for: so the labelled rows of a block come out as they were."""
        chances: Array = self.chances[self.block(score)]
        return chances


def reliability(target: Array, score: Array) -> tuple[Bin, ...]:
    """Sum up labelled scores in bins of about equally many rows; equal scores are never parted.

    Args:
        target: float64 of shape (rows,), 0 or 1.
        score: float64 of shape (rows,), finite.
    """
    import numpy as np

    if not len(score):
        return ()
    bins = min(MAX_BINS, max(1, len(score) // ROWS_A_BIN))
    edges = np.unique(np.quantile(score, np.arange(1, bins) / bins)) if bins > 1 else np.empty(0)
    place = np.searchsorted(edges, score, side="left")
    rows = np.bincount(place, minlength=len(edges) + 1)
    scores, hits = (np.bincount(place, weights=values, minlength=len(rows)) for values in (score, target))
    return tuple(
        Bin(rows=int(rows[i]), score=float(scores[i] / rows[i]), share=float(hits[i] / rows[i]))
        for i in np.flatnonzero(rows)
    )


def curve(bins: Iterable[Bin]) -> Curve:
    """Fit the rising curve that suits the bins best, each weighted by its rows (isotonic regression).

    Zadrozny and Elkan 2002, KDD, p. 694, propose it for calibration. A block's chance is (hits + 1/2) / (rows + 1), so
    that a few rows with one outcome do not count as certainty (Krichevsky and Trofimov 1981, IEEE Trans. Inf. Theory
    27:199).

    Raises:
        ValueError: if there are no bins.
    """
    import numpy as np
    from scipy.optimize import isotonic_regression

    found = np.array([(b.score, b.rows, b.rows * b.share) for b in bins], dtype=np.float64)
    if not len(found):
        raise ValueError("a calibration curve needs at least one bin")
    scores, place = np.unique(found[:, 0], return_inverse=True)
    rows, hits = np.bincount(place, weights=found[:, 1]), np.bincount(place, weights=found[:, 2])
    starts = isotonic_regression(hits / rows, weights=rows).blocks[:-1]
    weight = np.add.reduceat(rows, starts)
    return Curve(
        edges=(scores[starts[1:]] + scores[starts[1:] - 1]) / 2,
        chances=(np.add.reduceat(hits, starts) + 0.5) / (weight + 1),
        rows=weight,
    )

"""A histogram without edges to choose: the bin of a number is the top 14 bits of its distance from a fixed centre.

One sign bit, eight bits of exponent and five of mantissa of the single-precision pattern of ``value - centre``: 32
equal steps per power of two, about 3 % of the distance from the centre wide. Nothing depends on data seen before, so
histograms about the same centre have the same bins and merge by addition; an outlier costs one more key. Keys sort like
the numbers they stand for.

Resolution is relative to the distance from the centre. A column that is narrow and far from a stale centre gets few
bins: a test on them stays valid, it only sees less.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    Array = np.ndarray[Any, Any]

BITS = 14
SIZE = 1 << BITS
_SHIFT = 32 - BITS
_SIGN = SIZE >> 1
_BLOCK = 1 << 16
"""Numbers binned at a time: temporaries stay in the cache of a core."""
_INFINITE = 0xFF << (BITS - 9)
"""Patterns from here on, with either sign, are the infinities and not-a-number."""


@dataclass(frozen=True, eq=False)
class Histogram:
    """Counts by key. Equal histograms have equal arrays.

    Args:
        keys: uint16 of shape (bins,), ascending.
        counts: int64 of shape (bins,), above zero.
    """

    keys: Array
    counts: Array

    @classmethod
    def empty(cls) -> Histogram:
        """Nothing counted."""
        return cls(np.empty(0, np.uint16), np.empty(0, np.int64))

    @classmethod
    def of(cls, values: Array, centre: float = 0.0) -> Histogram:
        """Count finite numbers: float64 of shape (n,)."""
        return cls.of_dense(by_key(tally(values, centre).counts))

    @classmethod
    def of_dense(cls, counts: Array) -> Histogram:
        """Keep what was counted of int64 counts of shape (SIZE,)."""
        keys = np.flatnonzero(counts)
        return cls(keys.astype(np.uint16), counts[keys].astype(np.int64))

    @property
    def total(self) -> int:
        """Numbers counted."""
        return int(self.counts.sum())

    def edges(self, centre: float) -> tuple[Array, Array]:
        """Lower and upper ends of the bins, float64 of shape (bins,) each."""
        ends = _ends()
        return ends[self.keys] + centre, ends[self.keys.astype(np.int64) + 1] + centre

    def quantile(self, share: float, centre: float) -> float:
        """A number below which ``share`` of the counted ones lie, as if they were spread evenly within a bin.

        Raises:
            ValueError: if nothing was counted.
        """
        if not len(self.keys):
            raise ValueError("nothing was counted")
        low, high = self.edges(centre)
        below = np.cumsum(self.counts)
        at = min(int(np.searchsorted(below, share * below[-1])), len(below) - 1)
        within = (share * below[-1] - (below[at] - self.counts[at])) / self.counts[at]
        return float(low[at] + (high[at] - low[at]) * min(1.0, max(0.0, within)))


@dataclass(frozen=True)
class Tally:
    """What one pass over some numbers gives.

    Args:
        counts: int64 of shape (SIZE,), by pattern: `by_key` puts them in order.
        total: sum of the distances from the centre.
        squares: sum of their squares.
        lowest: the smallest number; infinity if there is none.
        highest: the largest number.
    """

    counts: Array
    total: float
    squares: float
    lowest: float
    highest: float

    @property
    def finite(self) -> bool:
        """Whether every number was within the reach of single precision from the centre."""
        return not (self.counts[_INFINITE:_SIGN].any() or self.counts[_SIGN + _INFINITE :].any())


def tally(values: Array, centre: float, present: Array | None = None) -> Tally:
    """Count numbers by pattern and sum them up, block by block.

    Sums are not finite if a number is not.

    Args:
        values: float64 of shape (n,).
        centre: of the histogram.
        present: bool of shape (n,): which of them count; all if not given.
    """
    counts = np.zeros(SIZE, np.int64)
    block = min(_BLOCK, len(values))
    # Fresh memory for every step would cost more than the steps.
    away, single = np.empty(block), np.empty(block, np.float32)
    totals, squares, lows, highs = [], [], [math.inf], [-math.inf]
    shift = 0.0 - centre  # added, not subtracted: so -0.0 becomes 0.0, one number with one key
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        for start in range(0, len(values), _BLOCK):
            part = values[start : start + _BLOCK]
            if present is not None:
                part = part[present[start : start + _BLOCK]]
            size = len(part)
            if not size:
                continue
            lows.append(float(part.min()))
            highs.append(float(part.max()))
            np.add(part, shift, out=away[:size])
            totals.append(away[:size].sum())
            squares.append(np.einsum("i,i", away[:size], away[:size]))  # a dot product would start BLAS threads
            single[:size] = away[:size]
            patterns = single[:size].view(np.uint32)
            np.right_shift(patterns, _SHIFT, out=patterns)
            counts += np.bincount(patterns, minlength=SIZE)
        return Tally(counts, float(np.sum(totals)), float(np.sum(squares)), min(lows), max(highs))


def by_key(counts: Array) -> Array:
    """Counts by pattern, put in the order of the numbers: patterns of negative numbers count backwards, and last."""
    return np.concatenate([counts[: _SIGN - 1 : -1], counts[:_SIGN]])


@cache
def _ends() -> Array:
    """Ends of all bins as distances from the centre: float64 of shape (SIZE + 1,), ascending."""
    tops = np.arange(_SIGN, dtype=np.uint32) << _SHIFT
    with np.errstate(invalid="ignore"):
        away = tops.view(np.float32).astype(np.float64)
    largest = float(np.finfo(np.float32).max)
    away = np.where(np.isfinite(away), away, largest)
    lower = -away[::-1]  # key 0 is furthest below the centre
    return np.concatenate([[-largest], lower[:-1], [0.0], away[1:], [largest]])

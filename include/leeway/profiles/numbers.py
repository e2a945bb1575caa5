"""Counting numbers: a histogram, sums about the centre, and the range."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from leeway.profiles import arrow
from leeway.profiles.counter import Counter
from leeway.profiles.dependence import MAX_ROWS
from leeway.profiles.histogram import SIZE, Histogram, by_key, tally
from leeway.profiles.rows import code_numbers

if TYPE_CHECKING:
    from leeway.profiles.layout import ColumnLayout

    Array = np.ndarray[Any, Any]

CLIP = 4.0
"""Scales from the centre at which numbers are clipped when their dependence is measured: one outlier says nothing."""


class Numbers(Counter):
    """Counts numbers."""

    CODED = True

    def __init__(self, layout: ColumnLayout) -> None:
        super().__init__(layout)
        self._counts = np.zeros(SIZE, np.int64)
        self._nans = self._infinite = 0
        self._total = self._squares = Fraction(0)
        self._low, self._high = math.inf, -math.inf

    def count(self, values: Any) -> Array | None:
        """Add to the histogram and the sums."""
        found, present = arrow.slots(values)
        tallied = tally(found, self.layout.centre, present)
        if not tallied.finite:
            found, present = self._finite(arrow.numbers(values)), None
            tallied = tally(found, self.layout.centre)
        self._counts += tallied.counts
        self._total += Fraction(tallied.total)
        self._squares += Fraction(tallied.squares)
        self._low, self._high = min(self._low, tallied.lowest), max(self._high, tallied.highest)
        head = found[:MAX_ROWS] if present is None else found[:MAX_ROWS][present[:MAX_ROWS]]
        reach = CLIP * self.layout.scale
        return np.clip(head - self.layout.centre, -reach, reach) if len(head) else None

    def _finite(self, found: Array) -> Array:
        with np.errstate(over="ignore", invalid="ignore"):
            usable = np.isfinite((found - self.layout.centre).astype(np.float32))
        nans = int(np.isnan(found).sum())
        self._nans += nans
        self._infinite += len(found) - int(usable.sum()) - nans
        return found[usable]

    def coded(self, values: Any) -> Array:
        """Distances from the centre; 0 where missing."""
        codes = np.zeros(len(values), np.int8)
        absent = arrow.missing(values)
        present = code_numbers(arrow.numbers(values), self.layout.centre, self.layout.scale)
        codes[~absent if absent is not None else slice(None)] = present
        return codes

    def found(self) -> dict[str, Any]:
        """Sums, range and histogram."""
        return {
            "nans": self._nans,
            "infinite": self._infinite,
            "minimum": self._low + 0.0 if self._low < math.inf else None,
            "maximum": self._high + 0.0 if self._high > -math.inf else None,
            "total": self._total,
            "squares": self._squares,
            "histogram": Histogram.of_dense(by_key(self._counts)),
        }

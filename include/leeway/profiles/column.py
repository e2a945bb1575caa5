"""The profile of one column: counts, exact sums, a histogram or levels, and how much its rows tell."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property

from leeway.profiles.histogram import Histogram
from leeway.profiles.layout import ColumnKind, ColumnLayout

MILLION = 1_000_000


@dataclass(frozen=True, kw_only=True, eq=False)
class ColumnProfile:
    """What one column looked like: ``rows = nulls + nans + infinite + counted``, and figures of the counted ones.

    ``levels`` of one table names its most frequent levels, at most `leeway.profiles.layout.MAX_LEVELS` (ties: by name);
    the remainder is in ``other``. Merging adds both. So after merging, a level's count may be too low, by at most what
    the tables that did not name it have in ``other``, and never too high.

    ``value_weight`` and ``null_weight`` are the inflation of the variance (see `leeway.profiles.dependence`) of the
    values and of missingness, times rows, in millionths: whole numbers, so that merging, which averages them by rows,
    is exact.

    Args:
        layout: how the column is counted; profiles about different centres do not merge.
        nans: not-a-number among floats; counts as missing, like null.
        infinite: infinities, and numbers further from the centre than single precision reaches.
        minimum: numbers: the smallest. Moments: microseconds since 1970.
        total: numbers: sum of the distances from the centre. Text: sum of the lengths.
        squares: sum of the squares of what ``total`` sums.
        histogram: numbers by distance from the centre; text by length.
        levels: categories: level -> count; text: pattern -> count.
    """

    layout: ColumnLayout
    rows: int
    nulls: int = 0
    nans: int = 0
    infinite: int = 0
    minimum: float | None = None
    maximum: float | None = None
    total: Fraction = Fraction(0)
    squares: Fraction = Fraction(0)
    histogram: Histogram = field(default_factory=Histogram.empty)
    levels: dict[str, int] = field(default_factory=dict)
    other: int = 0
    value_weight: int = 0
    null_weight: int = 0

    @property
    def kind(self) -> ColumnKind:
        """How the column is compared."""
        return self.layout.kind

    @property
    def missing(self) -> int:
        """Rows without a value."""
        return self.nulls + self.nans

    @property
    def counted(self) -> int:
        """Rows with a value that can be compared."""
        return self.rows - self.missing - self.infinite

    @property
    def missing_share(self) -> float:
        """Share of rows without a value."""
        return self.missing / self.rows if self.rows else 0.0

    @cached_property
    def mean(self) -> float | None:
        """Mean of the numbers."""
        if self.kind is not ColumnKind.NUMBER or not self.counted:
            return None
        return float(self.total / self.counted + Fraction(self.layout.centre))

    @cached_property
    def spread(self) -> float | None:
        """Standard deviation of the numbers."""
        if self.kind is not ColumnKind.NUMBER or not self.counted:
            return None
        variance = self.squares / self.counted - (self.total / self.counted) ** 2
        return math.sqrt(max(variance, Fraction(0)))

    @property
    def inflation(self) -> float:
        """Variance inflation of the values, at least 1."""
        return max(1.0, self.value_weight / (MILLION * self.rows)) if self.rows else 1.0

    @property
    def null_inflation(self) -> float:
        """Variance inflation of missingness, at least 1."""
        return max(1.0, self.null_weight / (MILLION * self.rows)) if self.rows else 1.0

    def quantile(self, share: float) -> float:
        """A number below which ``share`` of the numbers lie, to the width of a bin, and within their range.

        Raises:
            ValueError: if there are no numbers.
        """
        found = self.histogram.quantile(share, self.layout.centre)
        if self.minimum is None or self.maximum is None:  # lengths of texts
            return found
        return min(max(found, self.minimum), self.maximum)

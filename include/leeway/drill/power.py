"""Shares of repeats with their uncertainty, the smallest shift that is noticed, and how many windows that takes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

POWER = 0.8
"""Share of windows in which a shift of the smallest size that counts as noticed is flagged."""
Z95 = 1.96


@dataclass(frozen=True)
class Rate:
    """How many of some repeats were flagged."""

    flagged: int
    of: int

    @property
    def share(self) -> float:
        """Share of the repeats; 0 of none."""
        return self.flagged / self.of if self.of else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of Wilson (1927, JASA 22:209), which holds for few repeats and shares near 0 and 1, too."""
        if not self.of:
            return 0.0, 1.0
        n, p, z = self.of, self.share, Z95
        middle = (p + z * z / (2 * n)) / (1 + z * z / n)
        half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return max(0.0, middle - half), min(1.0, middle + half)


@dataclass(frozen=True, kw_only=True)
class Curve:
    """How often a shift was flagged, by its size.

    Args:
        shift: its kind, see `leeway.drill.shifts`.
        unit: what a size is measured in.
        without: how often the same subject was flagged without any shift.
        rates: by size, from the smallest; sizes above one that was always flagged are not tried.
    """

    shift: str
    unit: str
    without: Rate
    rates: dict[float, Rate]

    @property
    def smallest(self) -> float | None:
        """The size from which on 80 % of windows are flagged, by linear interpolation; None if no size tried is."""
        points = [(0.0, self.without.share), *((size, rate.share) for size, rate in self.rates.items())]
        for (below, less), (above, more) in pairwise(points):
            if more >= POWER:
                return above if less >= POWER else below + (above - below) * (POWER - less) / (more - less)
        return None


def windows_until(share: float, in_a_row: int = 1) -> float | None:
    """Expected number of windows until so many in a row are flagged, each with the chance ``share`` by itself.

    (1 - p^r) / ((1 - p) p^r) for r in a row (Feller 1968, vol. 1, XIII.7).

    Returns:
        None if no window is ever flagged.
    """
    if share <= 0:
        return None
    if share >= 1:
        return float(in_a_row)
    run = share**in_a_row
    return (1 - run) / ((1 - share) * run)

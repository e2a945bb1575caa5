"""Statistics on counts: distances, their p-values, and how much correlated rows are worth.

Everything takes counts (key -> count), never rows, except `inflation`. ``m`` is the effective size of a comparison of
two samples, n1 n2 / (n1 + n2) with each n divided by its inflation.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    import numpy as np

_KOLMOGOROV_MEAN = math.sqrt(math.pi / 2) * math.log(2)
"""Mean of the Kolmogorov distribution, 0.8687: sqrt(m) times the KS distance to expect without any difference."""

Level = TypeVar("Level", bound="Hashable")

MIN_BLOCKS = 8
"""Fewer block means say nothing about their variance."""

SMALL_CELL = 5.0
"""Cells of which fewer are expected in the smaller sample are pooled (Cochran 1954, Biometrics 10:417)."""


def inflation(values: np.ndarray[Any, Any]) -> float:
    """How many times larger the variance of the mean is than of independent values with the same spread.

    Blocking (Flyvbjerg and Petersen 1989, J. Chem. Phys. 91:461): the variance of block means times the block length,
    over the variance of the values. Blocks start with ten neighbours and double in length while at least eight remain;
    the largest result counts. Weather in a week of flights needs the long ones: a storm lasts longer than a hundred
    rows. Dependence that reaches beyond an eighth of the table is not seen, and so few blocks overestimate by about a
    third when rows are independent.

    Args:
        values: float64 of shape (n,), in order of time.

    Returns:
        At least 1; exactly 1 for constants and for fewer than eight blocks.
    """
    spread = float(values.var()) if len(values) else 0.0
    largest, length = 1.0, 10
    while spread > 0 and (blocks := len(values) // length) >= MIN_BLOCKS:
        means = values[: blocks * length].reshape(blocks, length).mean(axis=1)
        largest = max(largest, length * float(means.var(ddof=1)) / spread)
        length *= 2
    return largest


def effective_size(n1: float, n2: float) -> float:
    """The size ``m`` of a comparison of two samples; 0 if one is empty."""
    return n1 * n2 / (n1 + n2) if n1 > 0 and n2 > 0 else 0.0


def ks_distance(one: Mapping[int, int], two: Mapping[int, int]) -> float:
    """Largest difference of the two distribution functions at the ends of the bins, 0 to 1 (both non-empty)."""
    n1, n2 = sum(one.values()), sum(two.values())
    below1 = below2 = 0
    largest = 0.0
    for key in sorted({*one, *two}):
        below1 += one.get(key, 0)
        below2 += two.get(key, 0)
        largest = max(largest, abs(below1 / n1 - below2 / n2))
    return largest


def ks_p_value(distance: float, m: float) -> float:
    """Chance of such a KS distance without a difference: asymptotic, with Stephens' correction for small samples.

    Stephens 1970, J. R. Stat. Soc. B 32:115. On binned data it is conservative: ties only lower the distance.
    """
    root = math.sqrt(m)
    x = (root + 0.12 + 0.11 / root) * distance
    if x < 0.3:  # the series converges slowly there, and the chance is above 0.99999
        return 1.0
    series: float = sum((-1) ** (k - 1) * math.exp(-2 * (k * x) ** 2) for k in range(1, 21))
    return min(1.0, max(0.0, 2 * series))


def ks_excess(distance: float, m: float) -> float:
    """The KS distance less the one to expect without any difference: an effect that does not grow as samples shrink."""
    return max(0.0, distance - _KOLMOGOROV_MEAN / math.sqrt(m))


def chi_square(one: Mapping[Level, int], two: Mapping[Level, int], *, m: float) -> tuple[float, float]:
    """Pearson's test that two samples of categories come from one distribution.

    Small cells are pooled. The statistic is scaled by m over the nominal size, which is the first-order correction of
    Rao and Scott (1981, JASA 76:221) for rows that are not independent.

    Returns:
        Statistic and p-value; (0, 1) if fewer than two cells are left.
    """
    n1, n2 = sum(one.values()), sum(two.values())
    cells = _pooled(one, two)
    if len(cells) < 2:
        return 0.0, 1.0
    raw = 0.0
    for count1, count2 in cells:
        expected1, expected2 = (count1 + count2) * n1 / (n1 + n2), (count1 + count2) * n2 / (n1 + n2)
        raw += (count1 - expected1) ** 2 / expected1 + (count2 - expected2) ** 2 / expected2
    statistic = raw * m / effective_size(n1, n2)
    from scipy.special import gammaincc

    return statistic, float(gammaincc((len(cells) - 1) / 2, statistic / 2))


def _pooled(one: Mapping[Level, int], two: Mapping[Level, int]) -> list[tuple[int, int]]:
    n1, n2 = sum(one.values()), sum(two.values())
    share = min(n1, n2) / (n1 + n2)
    cells, rest1, rest2 = [], 0, 0
    for level in {*one, *two}:
        count1, count2 = one.get(level, 0), two.get(level, 0)
        if (count1 + count2) * share >= SMALL_CELL:
            cells.append((count1, count2))
        else:
            rest1, rest2 = rest1 + count1, rest2 + count2
    # Sorted, because the last bit of a sum depends on the order of its terms and sets of text have none.
    return sorted(cells) + ([(rest1, rest2)] if rest1 + rest2 else [])


def total_variation(one: Mapping[Level, int], two: Mapping[Level, int]) -> float:
    """Total variation distance: the share of rows that would have to change their level, 0 to 1 (both non-empty)."""
    n1, n2 = sum(one.values()), sum(two.values())
    return math.fsum(abs(one.get(level, 0) / n1 - two.get(level, 0) / n2) for level in {*one, *two}) / 2


def total_variation_excess(one: Mapping[Level, int], two: Mapping[Level, int], *, m: float) -> float:
    """The total variation distance less the one to expect without any difference.

    A difference of two shares p has mean size sqrt(2 p (1 - p) / (pi m)) by chance (half-normal); with many levels
    these add up, and the raw distance then measures the number of levels.
    """
    both = sum(one.values()) + sum(two.values())
    shares = ((one.get(level, 0) + two.get(level, 0)) / both for level in {*one, *two})
    chance = math.fsum(math.sqrt(2 * p * (1 - p) / (math.pi * m)) for p in shares) / 2
    return max(0.0, total_variation(one, two) - chance)


def two_proportions(share1: float, share2: float, *, pooled: float, m: float) -> tuple[float, float]:
    """The z-test that two shares are equal; ``pooled`` is the share in both samples together.

    Returns:
        z (positive if the second share is larger) and the two-sided p-value; (0, 1) if there is nothing to compare.
    """
    if m <= 0 or pooled <= 0 or pooled >= 1:
        return 0.0, 1.0
    z = (share2 - share1) / math.sqrt(pooled * (1 - pooled) / m)
    return z, math.erfc(abs(z) / math.sqrt(2))


def benjamini_hochberg(p_values: Sequence[float], q: float) -> tuple[bool, ...]:
    """Which findings to keep so that at most a share ``q`` of the kept ones is expected to be false.

    Benjamini and Hochberg 1995, J. R. Stat. Soc. B 57:289.
    """
    ordered = sorted(p_values)
    cut = max((p for rank, p in enumerate(ordered, 1) if p <= q * rank / len(ordered)), default=-1.0)
    return tuple(p <= cut for p in p_values)

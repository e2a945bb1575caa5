"""Tests on counts, never on rows: a statistic in, a p-value out.

``m`` is the effective size of a comparison of two samples, n1 n2 / (n1 + n2) with each n divided by its inflation. All
p-values are computed with the standard library and numpy: importing scipy would cost more than the checks.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    Array = np.ndarray[Any, Any]

SMALL_CELL = 5.0
"""Cells of which fewer are expected in the smaller sample are pooled (Cochran 1954, Biometrics 10:417)."""

LARGE = 0.9
"""Larger p-values count as this one when p-values are put together (the truncated Cauchy combination of Fang et al.
2023, Stat. Sin. 33:1115). Of two independent ones, 5.1 % come out below 5 %."""


def effective_size(n1: float, n2: float) -> float:
    """The size ``m`` of a comparison of two samples; 0 if one is empty."""
    return n1 * n2 / (n1 + n2) if n1 > 0 and n2 > 0 else 0.0


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


def chi_square(one: Array, two: Array, *, m: float) -> tuple[float, int, float]:
    """Pearson's test that two samples of categories come from one distribution.

    Small cells are pooled. The statistic is scaled by m over the nominal size, which is the first-order correction of
    Rao and Scott (1981, JASA 76:221) for rows that are not independent.

    Args:
        one: counts of the cells, shape (cells,).
        two: counts of the same cells.
        m: the effective size.

    Returns:
        Statistic, degrees of freedom and p-value; (0, 0, 1) if fewer than two cells are left.
    """
    one, two = _pooled(one.astype(np.float64), two.astype(np.float64))
    n1, n2 = float(one.sum()), float(two.sum())
    if len(one) < 2 or not n1 or not n2:
        return 0.0, 0, 1.0
    both = one + two
    expected = both * (n1 / (n1 + n2))
    # With equal totals of both rows, the two rows' terms add up to this.
    raw = float(((one - expected) ** 2 / expected).sum() * (n1 + n2) / n2)
    statistic = raw * m / effective_size(n1, n2)
    return statistic, len(one) - 1, chi_square_tail(statistic, len(one) - 1)


def best_cut(one: Array, two: Array, *, m: float) -> float:
    """The smallest p-value of all cuts that part ordered cells in two, times their number (Bonferroni).

    The maximally selected chi-square of Miller and Siegmund (1982, Biometrics 38:1011), with the likelihood ratio in
    place of Pearson's statistic: its tail holds where a small sample meets a large one and the cut is near an end.

    Args:
        one: counts of the cells in order, shape (cells,), not all 0.
        two: counts of the same cells, not all 0.
        m: the effective size.
    """
    n1, n2 = float(one.sum()), float(two.sum())
    both = np.cumsum(one + two)[:-1]
    below1, below2 = (np.cumsum(counts)[:-1].astype(np.float64) for counts in (one, two))
    cuts = (both > 0) & (both < n1 + n2)
    if not cuts.any():
        return 1.0
    share = both / (n1 + n2)
    below = _information(below1, n1 * share) + _information(below2, n2 * share)
    above = _information(n1 - below1, n1 * (1 - share)) + _information(n2 - below2, n2 * (1 - share))
    largest = max(0.0, float(2 * (below + above)[cuts].max())) * m / effective_size(n1, n2)
    return min(1.0, int(cuts.sum()) * normal_tail(math.sqrt(largest)))


def binomial_bound(count: Array, of: Array, share: float) -> Array:
    """Logarithm of a bound on the chance of so many of ``of`` or more (or so few or fewer, if they are few).

    Chernoff's: the divergence of the observed from the expected share, times ``of``. It holds for any size.
    """
    found: Array = -(_information(count, of * share) + _information(of - count, of * (1 - share)))
    return np.minimum(found, 0.0)


def _information(count: Array, expected: Array) -> Array:
    """The terms of a likelihood ratio: count times the logarithm of count over expected; 0 where the count is 0."""
    some = np.where(count > 0, count, 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Array = np.where(count > 0, count * np.log(some / expected), 0.0)
    return found


def chi_square_tail(statistic: float, freedom: int) -> float:
    """Chance of a larger chi-square statistic: the finite series for whole degrees of freedom.

    Abramowitz and Stegun 1964, formulas 26.4.4 and 26.4.5, summed from logarithms so that nothing overflows.
    """
    if statistic <= 0 or freedom <= 0:
        return 1.0
    half = statistic / 2
    if freedom % 2:
        start = math.erfc(math.sqrt(half))
        powers = np.arange(freedom // 2) + 0.5
    else:
        start = 0.0
        powers = np.arange(freedom // 2, dtype=np.float64)
    logs = [power * math.log(half) - half - math.lgamma(power + 1) for power in powers]
    return min(1.0, start + math.fsum(math.exp(log) for log in logs))


def two_proportions(count1: float, n1: float, count2: float, n2: float, *, m: float) -> tuple[float, float]:
    """The z-test that two shares are equal, with Yates' correction for continuity.

    Args:
        count1: of ``n1`` in the first sample.
        n1: its size.
        count2: of ``n2`` in the second sample.
        n2: its size.
        m: the effective size.

    Returns:
        z (positive if the second share is larger) and the two-sided p-value; (0, 1) if there is nothing to compare.
    """
    if m <= 0 or n1 <= 0 or n2 <= 0:
        return 0.0, 1.0
    pooled = (count1 + count2) / (n1 + n2)
    if not 0 < pooled < 1:
        return 0.0, 1.0
    difference = count2 / n2 - count1 / n1
    excess = max(0.0, abs(difference) - 1 / (2 * m))
    z = math.copysign(excess / math.sqrt(pooled * (1 - pooled) / m), difference)
    return z, math.erfc(abs(z) / math.sqrt(2))


def only_in_one(count: float, share: float) -> float:
    """Chance that all ``count`` rows of a level lie in one sample, which holds this ``share`` of all rows."""
    return share**count if count > 0 else 1.0


def cauchy(p_values: Sequence[float]) -> float:
    """One p-value from several of the same question, however they depend on one another.

    Liu and Xie 2020, JASA 115:393. Exact in the tail that matters. A p-value of 0 counts as one next to it, one above
    `LARGE` as `LARGE`: a test that sees nothing at all, such as one on a single cell, must not outvote one that does.
    """
    if len(p_values) == 1:
        return p_values[0]
    tangents = [_tangent(p) for p in p_values]
    mean = math.fsum(tangents) / len(tangents)
    if mean > 1e12:  # atan has no digits left there; 1 / (pi x) is its tail
        return min(1.0, 1 / (math.pi * mean))
    return min(1.0, max(0.0, 0.5 - math.atan(mean) / math.pi))


def benjamini_hochberg(p_values: Sequence[float], q: float, weights: Sequence[float] | None = None) -> tuple[bool, ...]:
    """Which findings to keep so that at most a share ``q`` of the kept ones is expected to be false.

    If nothing has changed at all, the chance of keeping any is at most ``q``. Benjamini and Hochberg 1995, J. R. Stat.
    Soc. B 57:289; weighted by Genovese, Roeder and Wasserman 2006, Biometrika 93:509.

    Args:
        p_values: one per finding.
        q: the accepted share.
        weights: above zero, one per finding, chosen without a look at the data: a test of twice the weight may have
            twice the p-value. Only their ratios matter. Default: all alike.
    """
    given = [1.0] * len(p_values) if weights is None else weights
    total = math.fsum(given)
    scaled = [p * total / weight for p, weight in zip(p_values, given, strict=True)]
    cut = max((p for rank, p in enumerate(sorted(scaled), 1) if p <= q * rank), default=-1.0)
    return tuple(p <= cut for p in scaled)


def normal_tail(z: float) -> float:
    """Two-sided chance of a larger |z|."""
    return math.erfc(abs(z) / math.sqrt(2))


def _tangent(p: float) -> float:
    if p < 1e-12:
        return 1 / (math.pi * max(p, 1e-300))
    return math.tan((0.5 - min(p, LARGE)) * math.pi)


def _pooled(one: Array, two: Array) -> tuple[Array, Array]:
    n1, n2 = one.sum(), two.sum()
    if not n1 or not n2:
        return one[:0], two[:0]
    large = (one + two) * (min(n1, n2) / (n1 + n2)) >= SMALL_CELL
    rest1, rest2 = one[~large].sum(), two[~large].sum()
    if not rest1 + rest2:
        return one[large], two[large]
    return np.append(one[large], rest1), np.append(two[large], rest2)

"""How far two distributions are apart: distances on the counts of the same bins or levels.

A raw distance grows as samples shrink and as bins multiply: without any difference it is not zero. `expected` parts are
taken off, so that a number means the same at any size.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from leeway.profiles.histogram import SIZE

if TYPE_CHECKING:
    from leeway.profiles.histogram import Histogram

    Array = np.ndarray[Any, Any]

KOLMOGOROV_SQUARE = math.pi**2 / 12
"""Mean square of the Kolmogorov distribution: m times the squared KS distance to expect without any difference.

Marsaglia, Tsang and Wang 2003, J. Stat. Softw. 8(18).
"""

KOLMOGOROV_95 = 1.3581
"""Its 95 % quantile: half the width of a band around a distribution function, times 1 / sqrt(m)."""

SHARES = 10
"""Bins of the population stability index: tenths of the reference, as is usual."""


def same_bins(one: Histogram, two: Histogram) -> tuple[Array, Array, Array]:
    """Keys of both, uint16 ascending, and the counts of each side for them, int64."""
    counts1, counts2 = np.zeros(SIZE, np.int64), np.zeros(SIZE, np.int64)
    counts1[one.keys] = one.counts
    counts2[two.keys] = two.counts
    keys = np.flatnonzero(counts1 + counts2 > 0)
    return keys.astype(np.uint16), counts1[keys], counts2[keys]


def ks(one: Array, two: Array) -> float:
    """Largest difference of the two distribution functions at the ends of the bins, 0 to 1 (both non-empty)."""
    return float(np.abs(np.cumsum(one) / one.sum() - np.cumsum(two) / two.sum()).max())


def ks_excess(distance: float, m: float) -> float:
    """The KS distance less what chance adds to it.

    Squares are taken off, not means: chance adds its variance to the square of a real distance. Without a difference
    both are zero on average; a real distance of three times what chance gives would be understated by a third if means
    were taken off, and is by a twentieth.
    """
    return math.sqrt(max(0.0, distance * distance - KOLMOGOROV_SQUARE / m))


def filled(counts: Array, lower: Array, upper: Array, *, centre: float, squares: float) -> tuple[Array, Array]:
    """Shrink bins to the part that holds their values, towards the centre.

    Whole numbers sit at the near ends of their bins, continuous ones fill them. Which it is shows in the sum of
    squares, which is known exactly: bins are shrunk to the width at which evenly spread values have that sum.

    Args:
        counts: counts of the bins, shape (bins,).
        lower: their lower ends.
        upper: their upper ends.
        centre: ends are as far from it as they are from the near end of the bin and its width.
        squares: sum of the squared distances from the centre.
    """
    side = np.where(upper > centre, 1.0, -1.0)
    near = np.where(side > 0, lower - centre, centre - upper)
    width = upper - lower
    least = float((counts * near**2).sum())
    most = float((counts * (near**2 + near * width + width**2 / 3)).sum())
    share = min(1.0, max(0.0, (squares - least) / (most - least))) if most > least else 1.0
    ends = centre + side * near, centre + side * (near + share * width)
    return np.minimum(*ends), np.maximum(*ends)


def wasserstein(one: Array, two: Array, lower: Array, upper: Array) -> float:
    """Area between the two distribution functions: how far a unit of mass moves on average, in the column's unit.

    Args:
        one: counts of the bins, shape (bins,).
        two: counts of the same bins.
        lower: their lower ends; values are taken as evenly spread within a bin.
        upper: their upper ends.
    """
    after = np.cumsum(one) / one.sum() - np.cumsum(two) / two.sum()
    before = np.concatenate([[0.0], after[:-1]])
    a, b = np.abs(before), np.abs(after)
    crossing = before * after < 0
    with np.errstate(divide="ignore", invalid="ignore"):
        heights = np.where(crossing, (a * a + b * b) / (2 * (a + b)), (a + b) / 2)
    within = float((heights * (upper - lower)).sum())
    between = float((b[:-1] * (lower[1:] - upper[:-1])).sum()) if len(after) > 1 else 0.0
    return within + between


def total_variation(one: Array, two: Array) -> float:
    """The share of rows that would have to change their level, 0 to 1 (both non-empty)."""
    return float(np.abs(one / one.sum() - two / two.sum()).sum()) / 2


def total_variation_excess(one: Array, two: Array, m: float) -> float:
    """The total variation distance less the one to expect without any difference.

    A difference of two shares p has mean size sqrt(2 p (1 - p) / (pi m)) by chance (half-normal); with many levels
    these add up, and the raw distance then measures the number of levels.
    """
    shares = (one + two) / (one.sum() + two.sum())
    chance = float(np.sqrt(2 * shares * (1 - shares) / (math.pi * m)).sum()) / 2
    return max(0.0, total_variation(one, two) - chance)


def total_variation_error(one: Array, two: Array, m: float) -> float:
    """Standard error of the total variation distance: of the share of the levels that rose, between the two samples."""
    share1, share2 = one / one.sum(), two / two.sum()
    rose = share2 > share1
    pooled = float((share1[rose].sum() + share2[rose].sum()) / 2)
    return math.sqrt(max(pooled * (1 - pooled), 0.0) / m)


def psi(one: Array, two: Array) -> float:
    """Population stability index of counts in the same cells; an empty cell counts as half a row."""
    share1, share2 = _shares(one), _shares(two)
    return float(((share2 - share1) * np.log(share2 / share1)).sum())


def jensen_shannon(one: Array, two: Array) -> float:
    """Jensen-Shannon divergence in bits, 0 to 1."""
    share1, share2 = one / one.sum(), two / two.sum()
    middle = (share1 + share2) / 2
    return (_relative(share1, middle) + _relative(share2, middle)) / 2


def corrected(raw: float, cells: int, m: float, *, curvature: float) -> float:
    """A divergence less what to expect without any difference: (cells - 1) curvature / m, as each is about chi-square.

    Args:
        raw: the divergence.
        cells: number of cells.
        m: the effective size.
        curvature: of `psi` 1, of `jensen_shannon` 1 / (8 ln 2).
    """
    return max(0.0, raw - (cells - 1) * curvature / m)


def divergences(one: Array, two: Array, m: float) -> dict[str, float]:
    """Stability index and Jensen-Shannon divergence of the same cells, raw and less what chance explains."""
    raw_psi, raw_js = psi(one, two), jensen_shannon(one, two)
    return {
        "psi": corrected(raw_psi, len(one), m, curvature=1.0),
        "psi_raw": raw_psi,
        "js": corrected(raw_js, len(one), m, curvature=1 / (8 * math.log(2))),
        "js_raw": raw_js,
    }


def tenths(one: Array, two: Array, lower: Array, upper: Array) -> tuple[Array, Array]:
    """Counts of both in the tenths of the first, values evenly spread within a bin.

    A bin that reaches over two cuts or more holds a value that many rows share: it stays whole, so cells are fewer.
    """
    below = np.cumsum(one) / one.sum()
    wanted = np.arange(1, SHARES) / SHARES
    at = np.minimum(np.searchsorted(below, wanted), len(below) - 1)
    start = below[at] - one[at] / one.sum()
    within = np.clip((wanted - start) * one.sum() / one[at], 0, 1)  # a bin that reaches a share is not empty
    shared = np.diff(at, prepend=-1) * np.diff(at, append=-1) == 0
    cuts = np.unique(np.where(shared, upper[at], lower[at] + within * (upper[at] - lower[at])))
    return _between(one, lower, upper, cuts), _between(two, lower, upper, cuts)


def _between(counts: Array, lower: Array, upper: Array, cuts: Array) -> Array:
    ends = np.concatenate([[0.0], np.cumsum(counts)]).astype(np.float64)
    at = np.clip(np.searchsorted(upper, cuts), 0, len(counts) - 1)
    width, over = upper[at] - lower[at], cuts - lower[at]
    # A bin without width is below a cut as a whole, or not at all.
    within = np.clip(np.divide(over, width, out=(over >= 0).astype(np.float64), where=width > 0), 0, 1)
    below = ends[at] + within * counts[at]
    return np.diff(np.concatenate([[0.0], below, [ends[-1]]]))


def equal_cells(one: Array, two: Array, cells: int) -> tuple[Array, Array]:
    """Put neighbouring bins together so that each of about ``cells`` cells holds an equal share of both samples."""
    both = np.cumsum(one + two)
    group = np.minimum((both - (one + two) / 2) * cells / both[-1], cells - 1).astype(np.int64)
    return np.bincount(group, one, cells), np.bincount(group, two, cells)


def _shares(counts: Array) -> Array:
    filled = np.where(counts > 0, counts, 0.5).astype(np.float64)
    shares: Array = filled / filled.sum()
    return shares


def _relative(share: Array, middle: Array) -> float:
    some = share > 0
    return float((share[some] * np.log2(share[some] / middle[some])).sum())

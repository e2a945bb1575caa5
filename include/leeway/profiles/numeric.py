"""Comparing columns of numbers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from leeway.profiles import distances, statistics
from leeway.profiles.finding import Z95, Finding
from leeway.profiles.histogram import Histogram
from leeway.profiles.wording import moved, number, p_text, percent, roundest, went

if TYPE_CHECKING:
    from leeway.profiles.column import ColumnProfile

    Array = np.ndarray[Any, Any]

CELLS = 16
"""Cells of equal share in which numbers are counted for chi-square: it sees a few far values that KS overlooks."""


SPIKE_ROWS = 10
"""Rows of both sides that a bin needs to be looked at for a spike: fewer could hardly prove one among hundreds."""


def compare_numbers(name: str, reference: ColumnProfile, current: ColumnProfile, m: float) -> Finding:
    """KS, chi-square on all cells, and the cut between cells that tells the samples apart best, combined.

    KS sees shifts in the middle, the best cut those near the ends, chi-square what is scattered. They share most of
    their evidence, so combining them costs little.

    Args:
        name: of the column.
        reference: what is known.
        current: what is judged.
        m: the effective size.
    """
    keys, one, two = distances.same_bins(reference.histogram, current.histogram)
    lower, upper = value_ends(keys, reference, current, one + two)
    distance = 1.0 if _apart(reference, current) else distances.ks(one, two)
    cells = distances.equal_cells(one, two, CELLS)
    p_values = [
        statistics.ks_p_value(distance, m),
        statistics.chi_square(*cells, m=m)[2],
        statistics.best_cut(*cells, m=m),
    ]
    if _narrow(reference):
        shift = _shift(reference, current)
        distance = max(distance, math.erf(shift / math.sqrt(8)))
        p_values.append(statistics.normal_tail(shift * math.sqrt(m)))
    p_value = statistics.cauchy(p_values)
    band = distances.KOLMOGOROV_95 / math.sqrt(m)
    before, now = reference.mean or 0.0, current.mean or 0.0
    return Finding(
        subject=name,
        test="ks_chi2",
        statistic=distance,
        p_value=p_value,
        effect=distances.ks_excess(distance, m),
        low=max(0.0, distance - band),
        high=min(1.0, distance + band),
        direction="up" if now > before else "down" if now < before else "changed",
        words=f"{_shape(reference, current)} (KS {distance:.2f}, {p_text(p_value)})",
        distances={"ks": distance, **_number_distances(reference, current, one, two, lower, upper, m)},
    )


def _number_distances(
    reference: ColumnProfile, current: ColumnProfile, one: Array, two: Array, lower: Array, upper: Array, m: float
) -> dict[str, float]:
    tenths = distances.tenths(one, two, lower, upper)
    moved_by = distances.wasserstein(one, two, lower, upper)
    if _apart(reference, current) or _narrow(reference):  # then it is the difference of the means, which are exact
        moved_by = abs((current.mean or 0.0) - (reference.mean or 0.0))
    return {
        "wasserstein": moved_by,
        "wasserstein_sd": moved_by / (reference.spread or reference.layout.scale),
        **distances.divergences(*tenths, m),
    }


def compare_range(name: str, reference: ColumnProfile, current: ColumnProfile) -> Finding:
    """Test whether more numbers lie outside the reference's range, or are infinite, than chance puts there.

    Of n1 + n2 numbers from one distribution, the k largest are all in the second sample with chance (n2 / (n1 + n2))^k.
    A number counts as outside once it leaves the bin of the extreme, about 3 % of its distance from the centre further.
    """
    keys = reference.histogram.keys
    beyond = current.histogram.counts[(current.histogram.keys < keys[0]) | (current.histogram.keys > keys[-1])].sum()
    infinite = max(0.0, current.infinite - reference.infinite * current.rows / reference.rows)
    count = int(beyond) + infinite
    share = current.rows / (reference.rows + current.rows)
    effect = count / (current.rows - current.missing)
    p_value = min(1.0, 2 * statistics.only_in_one(count / current.inflation, share)) if count else 1.0
    below = current.minimum is not None and reference.minimum is not None and current.minimum < reference.minimum
    known = f"{number(reference.minimum)} to {number(reference.maximum)}"
    seen = f"{number(current.minimum)} to {number(current.maximum)}" if current.minimum is not None else ""
    if infinite:
        seen = f"{seen} and infinite ones".removeprefix(" and ")
    error = Z95 * math.sqrt(effect * (1 - min(effect, 1.0)) / max(current.rows / current.inflation, 1.0))
    return Finding(
        subject=name,
        test="outside",
        statistic=float(count),
        p_value=p_value,
        effect=effect,
        low=max(0.0, effect - error),
        high=min(1.0, effect + error),
        direction="down" if below else "up",
        words=f"{percent(effect)} of the values lie outside {known}, now {seen} ({p_text(p_value)})",
        floor_share=0.5,
    )


def compare_spike(name: str, reference: ColumnProfile, current: ColumnProfile, m: float) -> Finding | None:
    """Test whether a single value holds more or fewer rows than before: a stuck sensor, a default filled in.

    Of the c rows of a bin as many are in the current sample as chance puts there, if nothing differs: binomial, given
    c. The bin with the smallest p-value counts, times the number of bins that have rows enough (Bonferroni).

    Returns:
        None if no bin has rows enough.
    """
    keys, one, two = distances.same_bins(reference.histogram, current.histogram)
    n1, n2 = int(one.sum()), int(two.sum())
    enough = one + two >= SPIKE_ROWS
    many = int(enough.sum())
    if not many:
        return None
    keys, one, two = keys[enough], one[enough], two[enough]
    shrink = m / statistics.effective_size(n1, n2)
    logs = statistics.binomial_bound(two, one + two, n2 / (n1 + n2)) * shrink
    at = int(logs.argmin())
    p_value = min(1.0, 2 * many * math.exp(logs[at]))
    before, now, both = one[at] / n1, two[at] / n2, (one[at] + two[at]) / (n1 + n2)
    change = float(abs(now - before))
    chance = math.sqrt(2 * math.log(2 * many) * float(both * (1 - both)) / m)  # of the largest of so many changes
    return Finding(
        subject=name,
        test="spike",
        statistic=float(-logs[at]),
        p_value=p_value,
        effect=math.sqrt(max(0.0, change**2 - chance**2)),
        low=max(0.0, change - chance),
        high=min(1.0, change + chance),
        direction="up" if now > before else "down" if now < before else "changed",
        words=f"share of rows at {number(_value(keys[at], reference, current))} {moved(before, now)} "
        f"({p_text(p_value)})",
    )


def value_ends(keys: Array, one: ColumnProfile, two: ColumnProfile, counts: Array) -> tuple[Array, Array]:
    """Where the values of the bins lie: no bin reaches beyond the extremes, or further than its values do."""
    centre = one.layout.centre
    (low1, high1), (low2, high2) = _range(one), _range(two)
    ends = Histogram(keys, counts).edges(centre)
    lower, upper = (np.clip(end, min(low1, low2), max(high1, high2)) for end in ends)
    return distances.filled(counts, lower, upper, centre=centre, squares=float(one.squares + two.squares))


def _value(key: int, one: ColumnProfile, two: ColumnProfile) -> float:
    """The roundest number of a bin, within the range of the values."""
    (low1, high1), (low2, high2) = _range(one), _range(two)
    lower, upper = Histogram(np.array([key]), np.ones(1)).edges(one.layout.centre)
    return roundest(max(float(lower[0]), min(low1, low2)), min(float(upper[0]), max(high1, high2)))


def _range(column: ColumnProfile) -> tuple[float, float]:
    assert column.minimum is not None and column.maximum is not None, "a number was counted"  # noqa: PT018 - types
    return column.minimum, column.maximum


def _apart(one: ColumnProfile, two: ColumnProfile) -> bool:
    (low1, high1), (low2, high2) = _range(one), _range(two)
    return high1 < low2 or high2 < low1


def _narrow(column: ColumnProfile) -> bool:
    """Whether the values lie so far from the centre that a bin, a 32nd of the distance, is as wide as their spread."""
    return (column.spread or 0.0) * 32 < abs((column.mean or 0.0) - column.layout.centre)


def _shift(reference: ColumnProfile, current: ColumnProfile) -> float:
    """Difference of the means in standard deviations."""
    change = abs((current.mean or 0.0) - (reference.mean or 0.0))
    spread = math.sqrt(((reference.spread or 0.0) ** 2 + (current.spread or 0.0) ** 2) / 2)
    # Sums of squares are exact to about 1e-15 of their size: no smaller spread can be told from none.
    return change / max(spread, abs((reference.mean or 0.0) - reference.layout.centre) * 1e-7)


def _shape(reference: ColumnProfile, current: ColumnProfile) -> str:
    """What moved most, in the unit of the reference's spread: the mean or the spread itself."""
    before, now = reference.mean or 0.0, current.mean or 0.0
    spread1, spread2 = reference.spread or 0.0, current.spread or 0.0
    unit = spread1 or reference.layout.scale
    if abs(now - before) >= abs(spread2 - spread1) or spread1 == spread2 or abs(now - before) > unit / 10:
        return f"mean {went(before, now)}"
    return f"spread {went(spread1, spread2)} (standard deviation)"

"""Two profiles of one column on the same few readable bins or levels, as shares of the rows that have a value."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from leeway.core import Value
from leeway.facts.plain import Figure
from leeway.profiles.distances import same_bins
from leeway.profiles.numeric import value_ends

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leeway.profiles.column import ColumnProfile

    Array = np.ndarray[Any, Any]

MOST_BINS: Final = 40
MOST_LEVELS: Final = 30
OTHER: Final = "(other)"
_TAIL: Final = 0.005
"""Share of the values on either side that may lie outside the even bins: one far value must not squeeze the others."""
_REACH: Final = 1.5
"""All values are shown on even bins if these then span no more than so many times what nearly all values do."""
_STEPS: Final = (1.0, 2.0, 2.5, 5.0, 10.0)


class ShareBin(Value):
    """Share of the values in ``[low, high)`` on either side; without ``low`` all below ``high``, and the reverse."""

    low: Figure
    high: Figure
    reference: Figure
    current: Figure


class ShareLevel(Value):
    """Share of the values that are this level."""

    level: str
    reference: Figure
    current: Figure


def bins(reference: ColumnProfile | None, current: ColumnProfile) -> tuple[ShareBin, ...]:
    """Even bins with round ends over nearly all values of both, and one for the values beyond on either side.

    A profile counts in bins that get narrower towards its centre. Their rows are spread evenly over the part of each
    that holds values (`leeway.profiles.numeric.value_ends`), so whole numbers stay whole.

    Args:
        reference: numbers, counted as ``current`` is, or None.
        current: numbers.
    """
    sides = [side for side in (reference, current) if side is not None and side.counted]
    if not sides:
        return ()
    low, high = _span(sides)
    whole = all(_is_whole(side) for side in sides)
    edges = _edges(low, high, whole=whole)
    below = _below(sides, edges - 0.5 if whole else edges)
    known, now = (_parts(below.pop(0)) if side in sides else [None] * (len(edges) + 1) for side in (reference, current))
    ends = [None, *(float(edge) for edge in edges), None]
    first, *inner, last = [
        ShareBin(low=ends[n], high=ends[n + 1], reference=known[n], current=now[n]) for n in range(len(ends) - 1)
    ]
    return (*_if_any(first), *inner, *_if_any(last))


def levels(reference: ColumnProfile | None, current: ColumnProfile) -> tuple[ShareLevel, ...]:
    """The most frequent levels of both, and the rest together as ``(other)``; of text its patterns.

    Args:
        reference: categories or text, or None.
        current: the same.
    """
    sides = [_level_shares(side) for side in (reference, current)]
    known = [side for side in sides if side is not None]
    names = {name: max(side.get(name, 0.0) for side in known) for side in known for name in side}
    shown = sorted(names, key=lambda name: (-names[name], name))[:MOST_LEVELS]
    told = [(name, [_share(side, name) for side in sides]) for name in shown]
    if len(names) > len(shown) or any(side is not None and side.other for side in (reference, current)):
        told.append((OTHER, [_rest(side, shown) for side in sides]))
    return tuple(ShareLevel(level=name, reference=before, current=now) for name, (before, now) in told)


def _span(sides: Sequence[ColumnProfile]) -> tuple[float, float]:
    """From where to where the even bins reach: over all values, unless a few of them lie far from the others."""
    low, high = min(side.quantile(0) for side in sides), max(side.quantile(1) for side in sides)
    most = min(side.quantile(_TAIL) for side in sides), max(side.quantile(1 - _TAIL) for side in sides)
    return (low, high) if high - low <= _REACH * (most[1] - most[0]) else most


def _edges(low: float, high: float, *, whole: bool) -> Array:
    """Round ends of even bins from ``low`` to ``high``, at most `MOST_BINS` less the two for the tails."""
    most = MOST_BINS - 2
    span = (high - low) or abs(low) or 1.0
    scale = 10.0 ** math.floor(math.log10(span / most))
    scale = max(1.0, scale) if whole else scale
    for step in (step * factor for factor in (scale, 10 * scale) for step in _STEPS):
        first, last = math.floor(low / step), math.floor(high / step) + 1
        if last - first <= most and not (whole and step % 1):
            return np.round(np.arange(first, last + 1) * step, max(0, 2 - math.floor(math.log10(step))))
    raise AssertionError("the widest step is ten times too wide")


def _is_whole(side: ColumnProfile) -> bool:
    """Whether the numbers are whole, as far as narrow bins can show: their near ends then are."""
    lower, upper = side.histogram.edges(side.layout.centre)
    narrow = upper - lower < 1
    near = np.where(upper > side.layout.centre, lower, upper)[narrow]
    return bool(len(near)) and bool((near == np.round(near)).all())


def _below(sides: Sequence[ColumnProfile], cuts: Array) -> list[Array]:
    """The share of the values below each cut, for one side or two: equal values lie on the same side of it in both."""
    one, two = sides[0], sides[-1]
    keys, *counts = same_bins(one.histogram, two.histogram)
    low, high = value_ends(keys, one, two, counts[0] + counts[1])
    with np.errstate(divide="ignore", invalid="ignore"):
        part = np.clip((cuts[:, None] - low) / (high - low), 0, 1)
    # A bin without width is a single value: it is below a cut or not.
    part = np.where(high > low, part, cuts[:, None] > low)
    return [part @ found / found.sum() for found in counts[: len(sides)]]


def _parts(below: Array) -> list[float]:
    """Shares between the cuts, and beyond the first and the last one."""
    return [float(share) for share in np.diff(below, prepend=0.0, append=1.0)]


def _level_shares(side: ColumnProfile | None) -> dict[str, float] | None:
    """Share of the values by level; None without values."""
    if side is None or not side.counted:
        return None
    return {level: count / side.counted for level, count in side.levels.items()}


def _share(side: dict[str, float] | None, level: str) -> float | None:
    return side.get(level, 0.0) if side is not None else None


def _rest(side: dict[str, float] | None, shown: Sequence[str]) -> float | None:
    return max(0.0, 1.0 - math.fsum(side.get(level, 0.0) for level in shown)) if side is not None else None


def _if_any(tail: ShareBin) -> list[ShareBin]:
    return [tail] if tail.reference or tail.current else []

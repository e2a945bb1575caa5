"""Two profiles of one column on the same few readable bins or levels, as shares of the rows that have a value."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from leeway.core import Value
from leeway.facts.plain import Figure
from leeway.profiles.distances import filled

if TYPE_CHECKING:
    from leeway.profiles.column import ColumnProfile

    Array = np.ndarray[Any, Any]

MOST_BINS: Final = 40
MOST_LEVELS: Final = 30
OTHER: Final = "(other)"
_TAIL: Final = 0.005
"""Share of the values on either side that may lie outside the even bins: one far value must not squeeze the others."""
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
    that holds values (`leeway.profiles.distances.filled`), so whole numbers stay whole.

    Args:
        reference: numbers, or None.
        current: numbers.
    """
    sides = [side for side in (reference, current) if side is not None and side.counted]
    if not sides:
        return ()
    low = min(side.quantile(_TAIL) for side in sides)
    high = max(side.quantile(1 - _TAIL) for side in sides)
    whole = all(_is_whole(side) for side in sides)
    edges = _edges(low, high, whole=whole)
    known, now = (_shares(side, edges - 0.5 if whole else edges) for side in (reference, current))
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
    known, now = (_level_shares(side) for side in (reference, current))
    names = sorted({**known, **now}, key=lambda name: (-max(known.get(name, 0.0), now.get(name, 0.0)), name))
    shown = names[:MOST_LEVELS]
    rest = [max(0.0, 1.0 - math.fsum(side.get(name, 0.0) for name in shown)) for side in (known, now)]
    told = [(name, known.get(name, 0.0), now.get(name, 0.0)) for name in shown]
    if len(names) > len(shown) or any(side is not None and side.other for side in (reference, current)):
        told.append((OTHER, *rest))
    return tuple(
        ShareLevel(level=name, reference=before if known else None, current=after if now else None)
        for name, before, after in told
    )


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


def _shares(side: ColumnProfile | None, cuts: Array) -> list[float] | list[None]:
    """Share of the values below the first cut, between neighbouring ones, and from the last on; None without values."""
    if side is None or not side.counted:
        return [None] * (len(cuts) + 1)
    counts, centre = side.histogram.counts, side.layout.centre
    lower, upper = side.histogram.edges(centre)
    low, high = filled(counts, lower, upper, centre=centre, squares=float(side.squares))
    width = high - low
    with np.errstate(divide="ignore", invalid="ignore"):
        part = np.clip((cuts[:, None] - low) / width, 0, 1)
    # A bin without width is a single value: it is below a cut or not.
    below = np.where(width > 0, part, cuts[:, None] > low) @ counts / counts.sum()
    return [float(share) for share in np.diff(below, prepend=0.0, append=1.0)]


def _level_shares(side: ColumnProfile | None) -> dict[str, float]:
    if side is None or not side.counted:
        return {}
    return {level: count / side.counted for level, count in side.levels.items()}


def _if_any(tail: ShareBin) -> list[ShareBin]:
    return [tail] if tail.reference or tail.current else []

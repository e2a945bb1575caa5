"""Shifts of a single column, in graded sizes: what is done to a copy of its values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from leeway.profiles import arrow
from leeway.profiles.counting import COUNTERS
from leeway.profiles.layout import ColumnKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from leeway.profiles.column import ColumnProfile
    from leeway.profiles.layout import ColumnLayout

    Array = np.ndarray[Any, Any]

FAR = 10.0
"""Spreads between the mean and a planted outlier."""
NEW = "(a level from the drill)"
SHARES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.4)


@dataclass(frozen=True, eq=False)
class Values:
    """A column's values in order of time, ready to be changed and counted.

    Args:
        layout: how the column is counted.
        values: shape (rows,). Numbers: float64, NaN where missing. Others: int32, place in ``levels``, -1: missing.
        levels: what the places stand for; the last one is `NEW`, which no row has. Empty for numbers.
    """

    layout: ColumnLayout
    values: Array
    levels: tuple[str, ...] = ()

    @classmethod
    def of(cls, column: Any, layout: ColumnLayout) -> Values | None:
        """Take over a column of a frame; None if values of its kind are not compared."""
        given = arrow.plain(pa.Array.from_pandas(column))
        if isinstance(given, pa.ChunkedArray):
            given = given.combine_chunks()
        absent = arrow.missing(given)
        present = slice(None) if absent is None else ~absent
        if layout.kind is ColumnKind.NUMBER and given.type != pa.null():
            numbers = np.full(len(given), np.nan)
            numbers[present] = arrow.numbers(given)
            return cls(layout, numbers)
        if layout.kind not in (ColumnKind.CATEGORY, ColumnKind.TEXT) or not len(given):
            return None
        levels, places = arrow.levels(given)
        codes = np.full(len(given), -1, np.int32)
        codes[present] = places
        names = [str(name) for name in levels.to_pylist()]
        return cls(layout, codes, (*names, NEW))

    @property
    def missing(self) -> Array:
        """Which values are missing: bool of shape (rows,)."""
        found: Array = np.isnan(self.values) if self.layout.kind is ColumnKind.NUMBER else self.values < 0
        return found

    def changed(self, values: Array) -> Values:
        """The same column with other values."""
        return Values(self.layout, values, self.levels)

    def taken(self, rows: Array) -> Values:
        """Some rows, by number, in the order given."""
        return self.changed(self.values[rows])

    def profile(self) -> ColumnProfile:
        """Count them."""
        if self.layout.kind is ColumnKind.NUMBER:
            counted = pa.array(self.values, from_pandas=True)
        else:
            places = pa.array(self.values, mask=self.missing)
            counted = pa.DictionaryArray.from_arrays(places, pa.array(self.levels, pa.string()))
        counter = COUNTERS[self.layout.kind](self.layout)
        counter.add(arrow.plain(counted))
        return counter.profile()


@dataclass(frozen=True)
class Shift:
    """A kind of shift.

    Args:
        name: of the kind.
        unit: what a size is measured in.
        sizes: that are tried, ascending.
        apply: makes the shifted values: (values, size, random) to values.
    """

    name: str
    unit: str
    sizes: tuple[float, ...]
    apply: Callable[[Values, float, np.random.Generator], Values]


def shifts_of(column: Values) -> tuple[Shift, ...]:
    """The kinds of shift that can happen to a column; none if it has no values."""
    present = column.values[~column.missing]
    if not len(present):
        return ()
    if column.layout.kind is ColumnKind.NUMBER:
        spread = float(np.nanstd(column.values[np.isfinite(column.values)]))
        return (MEAN, SCALE, OUTLIERS, NULLS) if spread > 0 else (OUTLIERS, NULLS)
    if column.layout.kind is ColumnKind.TEXT:
        return (NULLS,)
    counts = np.bincount(present)
    top = float(counts.max()) / len(column.values)
    moved = tuple(size for size in SHARES if size <= top) if (counts > 0).sum() > 1 else ()
    return (*((Shift(TOP.name, TOP.unit, moved, TOP.apply),) if moved else ()), NEW_LEVEL, NULLS)


def _shift_mean(column: Values, size: float, random: np.random.Generator) -> Values:
    _, spread = _moments(column)
    return column.changed(_like_before(column, column.values + size * spread, random))


def _widen(column: Values, size: float, random: np.random.Generator) -> Values:
    mean, _ = _moments(column)
    return column.changed(_like_before(column, mean + (1 + size) * (column.values - mean), random))


def _plant_outliers(column: Values, size: float, random: np.random.Generator) -> Values:
    mean, spread = _moments(column)
    far = mean + FAR * (spread or abs(mean) or 1.0)
    hit = (random.random(len(column.values)) < size) & ~column.missing
    return column.changed(np.where(hit, round(far) if _whole(column) else far, column.values))


def _lose(column: Values, size: float, random: np.random.Generator) -> Values:
    lost = random.random(len(column.values)) < size
    return column.changed(np.where(lost, -1 if column.levels else np.nan, column.values).astype(column.values.dtype))


def _move_top(column: Values, size: float, random: np.random.Generator) -> Values:
    """Give rows of the most frequent level other levels, in proportion to these."""
    counts = np.bincount(column.values[~column.missing], minlength=len(column.levels)).astype(np.float64)
    top = int(counts.argmax())
    chance = min(1.0, size * len(column.values) / counts[top])
    counts[top] = 0.0
    hit = (column.values == top) & (random.random(len(column.values)) < chance)
    values = column.values.copy()
    values[hit] = random.choice(len(counts), int(hit.sum()), p=counts / counts.sum())
    return column.changed(values)


def _bring_new(column: Values, size: float, random: np.random.Generator) -> Values:
    hit = (random.random(len(column.values)) < size) & ~column.missing
    return column.changed(np.where(hit, np.int32(len(column.levels) - 1), column.values))


MEAN = Shift("mean", "spreads up", (0.05, 0.1, 0.2, 0.4, 0.8), _shift_mean)
SCALE = Shift("scale", "spreads wider", (0.1, 0.2, 0.4, 0.8, 1.6), _widen)
OUTLIERS = Shift("outliers", "share of rows", SHARES, _plant_outliers)
NULLS = Shift("nulls", "share of rows", SHARES, _lose)
TOP = Shift("top_level", "share of rows", SHARES, _move_top)
NEW_LEVEL = Shift("new_level", "share of rows", SHARES, _bring_new)


def _moments(column: Values) -> tuple[float, float]:
    finite = column.values[np.isfinite(column.values)]
    return float(finite.mean()), float(finite.std())


def _whole(column: Values) -> bool:
    finite = column.values[np.isfinite(column.values)]
    return bool((finite == np.floor(finite)).all())


def _like_before(column: Values, values: Array, random: np.random.Generator) -> Array:
    """Round at random where all were whole: between them no value can be, and a test would see just that."""
    return np.floor(values + random.random(len(values))) if _whole(column) else values

"""The profiles of all columns of a table, field by field: what is stored, and what merging works on."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from leeway.errors import ProfileError
from leeway.profiles.column import ColumnProfile
from leeway.profiles.layout import ColumnKind, ColumnLayout
from leeway.profiles.ragged import Bins, Levels
from leeway.profiles.rows import common_order

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    Array = np.ndarray[Any, Any]
    Exact = tuple[int, int]
    """A fraction whose denominator is a power of two: numerator and logarithm of the denominator."""

FIGURES = ("rows", "nulls", "nans", "infinite", "other")
SUMS = ("total", "squares")
WEIGHTS = ("value_weight", "null_weight")


@dataclass(frozen=True, eq=False)
class Columns:
    """See `ColumnProfile` for what the fields mean.

    Args:
        names: of the columns, in order.
        layouts: how each is counted.
        figures: int64 of shape (len(FIGURES), columns).
        ends: float64 of shape (2, columns): minimum and maximum; NaN if there is none.
        sums: of each of SUMS, for every column.
        weights: of each of WEIGHTS, for every column; beyond 64 bits for very long histories.
        bins: the histograms.
        levels: the counted levels.
    """

    names: tuple[str, ...]
    layouts: tuple[ColumnLayout, ...]
    figures: Array
    ends: Array
    sums: tuple[Sequence[Exact], ...]
    weights: tuple[Sequence[int], ...]
    bins: Bins
    levels: Levels

    @classmethod
    def of(cls, columns: Mapping[str, ColumnProfile]) -> Columns:
        """Put profiles of single columns together."""
        found = list(columns.values())
        ends = [[math.nan if end is None else end for end in (one.minimum, one.maximum)] for one in found]
        return cls(
            names=tuple(columns),
            layouts=tuple(one.layout for one in found),
            figures=np.array([[getattr(one, field) for one in found] for field in FIGURES], np.int64),
            ends=np.array(ends, np.float64).reshape(-1, 2).T,
            sums=tuple([_exact(getattr(one, field)) for one in found] for field in SUMS),
            weights=tuple([getattr(one, field) for one in found] for field in WEIGHTS),
            bins=Bins.of([one.histogram for one in found]),
            levels=Levels.of([one.levels for one in found]),
        )

    @property
    def rows(self) -> list[int]:
        """Rows of each column."""
        found: list[int] = self.figures[FIGURES.index("rows")].tolist()
        return found

    def profiles(self) -> dict[str, ColumnProfile]:
        """The profile of each column."""
        return {name: self._profile(at) for at, name in enumerate(self.names)}

    def _profile(self, at: int) -> ColumnProfile:
        low, high = (None if math.isnan(end) else end for end in self.ends[:, at].tolist())
        figures: dict[str, Any] = dict(zip(FIGURES, self.figures[:, at].tolist(), strict=True))
        figures |= {field: _fraction(sums[at]) for field, sums in zip(SUMS, self.sums, strict=True)}
        figures |= {field: weights[at] for field, weights in zip(WEIGHTS, self.weights, strict=True)}
        return ColumnProfile(
            layout=self.layouts[at],
            minimum=low,
            maximum=high,
            histogram=self.bins.histogram(at),
            levels=self.levels.levels(at),
            **figures,
        )

    def arranged(self, names: Sequence[str]) -> Columns:
        """Keep these columns, in this order; all must be there."""
        if tuple(names) == self.names:
            return self
        places = {name: at for at, name in enumerate(self.names)}
        kept = [places[name] for name in names]
        return Columns(
            names=tuple(names),
            layouts=tuple(self.layouts[at] for at in kept),
            figures=self.figures[:, kept],
            ends=self.ends[:, kept],
            sums=tuple([sums[at] for at in kept] for sums in self.sums),
            weights=tuple([weights[at] for at in kept] for weights in self.weights),
            bins=self.bins.arranged(kept),
            levels=self.levels.arranged(kept),
        )

    @classmethod
    def merged(cls, parts: Sequence[Columns]) -> Columns:
        """Add the profiles of the same columns of several tables, at least one.

        Raises:
            ProfileError: PRO110 if the columns, their kinds or their centres differ.
        """
        for part in parts[1:]:
            _check_same(parts[0].names, part.names)
        names = common_order([part.names for part in parts])
        parts = [part.arranged(names) for part in parts]
        ends = np.stack([part.ends for part in parts])
        return cls(
            names=tuple(names),
            layouts=_common_layouts(names, [part.layouts for part in parts]),
            figures=np.stack([part.figures for part in parts]).sum(axis=0),
            ends=np.stack([np.fmin.reduce(ends[:, 0]), np.fmax.reduce(ends[:, 1])]),
            sums=tuple(
                [_sum(one) for one in zip(*(part.sums[at] for part in parts), strict=True)] for at in range(len(SUMS))
            ),
            weights=tuple(
                [sum(one) for one in zip(*(part.weights[at] for part in parts), strict=True)]
                for at in range(len(WEIGHTS))
            ),
            bins=Bins.merged([part.bins for part in parts]),
            levels=Levels.merged([part.levels for part in parts]),
        )


def _exact(value: Fraction) -> Exact:
    return value.numerator, value.denominator.bit_length() - 1


def _fraction(value: Exact) -> Fraction:
    return Fraction(value[0], 1 << value[1])


def _sum(values: Sequence[Exact]) -> Exact:
    """Add over one common denominator: reducing each sum on the way would be most of the work."""
    most = max(places for _, places in values)
    total = sum(numerator << (most - places) for numerator, places in values)
    spare = min((total & -total).bit_length() - 1, most) if total else most
    return total >> spare, most - spare


def _check_same(one: Collection[str], two: Collection[str]) -> None:
    if one != two and (different := sorted(set(one) ^ set(two))):
        raise ProfileError(
            f"profiles of different columns cannot be merged; only one of the two has {', '.join(different)}",
            code="PRO110",
            do="Measure the older windows again: their features were made by other code.",
        )


def _common_layouts(names: Sequence[str], parts: Sequence[tuple[ColumnLayout, ...]]) -> tuple[ColumnLayout, ...]:
    first, *others = parts
    if all(other == first for other in others):
        return first
    return tuple(_common_layout(name, set(found)) for name, found in zip(names, zip(*parts, strict=True), strict=True))


def _common_layout(name: str, layouts: set[ColumnLayout]) -> ColumnLayout:
    known = {layout for layout in layouts if layout.kind is not ColumnKind.EMPTY}
    if len(known) <= 1:
        return next(iter(known or layouts))
    kinds = sorted({layout.kind.value for layout in known})
    if len(kinds) > 1:
        raise ProfileError(
            f"a column cannot be merged that is {' in one profile and '.join(kinds)} in another",
            code="PRO110",
            column=name,
            do="Give it one type in every window.",
        )
    shown = sorted((layout.centre, layout.scale) for layout in known)
    raise ProfileError(
        "profiles about different centres or in different scales cannot be merged: "
        + ", ".join(f"{centre:.6g} ({scale:.6g})" for centre, scale in shown),
        code="PRO110",
        column=name,
        do="Profile the later tables like the first: leeway profile FILE --like FIRST.profile",
    )

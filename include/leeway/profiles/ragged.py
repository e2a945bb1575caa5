"""Bins and levels of many columns in one array each: a year of days adds up without an object per column and day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from leeway.profiles import arrow
from leeway.profiles.histogram import SIZE, Histogram

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Array = np.ndarray[Any, Any]

_AT_ONCE = 128
"""Columns whose bins are added up at a time: 17 MB of counts."""

_DENSE = 1 << 22
"""Sums that are kept for every place, also those that do not occur; of more, places are sorted first."""


@dataclass(frozen=True, eq=False)
class Bins:
    """The histograms of some columns, one after the other.

    Args:
        ends: int64 of shape (columns + 1,): the bins of column i are those from ``ends[i]`` to ``ends[i + 1]``.
        keys: uint16 of shape (bins,), ascending within a column.
        counts: whole numbers of shape (bins,), above zero.
    """

    ends: Array
    keys: Array
    counts: Array

    @classmethod
    def of(cls, histograms: Sequence[Histogram]) -> Bins:
        """Put histograms together."""
        return cls(
            _ends([len(one.keys) for one in histograms]),
            np.concatenate([Histogram.empty().keys, *(one.keys for one in histograms)]),
            np.concatenate([Histogram.empty().counts, *(one.counts for one in histograms)]),
        )

    def histogram(self, column: int) -> Histogram:
        """The histogram of one column."""
        there = slice(self.ends[column], self.ends[column + 1])
        return Histogram(self.keys[there], self.counts[there].astype(np.int64))

    def arranged(self, columns: Sequence[int]) -> Bins:
        """Those of these columns, in this order."""
        places = _places(self.ends, columns)
        return Bins(_ends(np.diff(self.ends)[list(columns)]), self.keys[places], self.counts[places])

    @classmethod
    def merged(cls, parts: Sequence[Bins]) -> Bins:
        """Add the histograms of the same columns, at least one part."""
        columns = len(parts[0].ends) - 1
        found = [_added(parts, first, min(first + _AT_ONCE, columns)) for first in range(0, columns, _AT_ONCE)]
        places = np.concatenate([np.empty(0, np.int64), *(place for place, _ in found)])
        counts = np.concatenate([np.empty(0, np.int64), *(count for _, count in found)])
        ends = np.searchsorted(places, np.arange(columns + 1) * SIZE)
        return cls(ends, (places % SIZE).astype(np.uint16), counts)


def _added(parts: Sequence[Bins], first: int, last: int) -> tuple[Array, Array]:
    """Column times SIZE plus key, ascending, and the counts, of the columns from ``first`` to before ``last``."""
    dense = np.zeros((last - first) * SIZE, np.int64)
    for part in parts:
        ends = part.ends[first : last + 1]
        starts = np.repeat(np.arange(last - first) * SIZE, np.diff(ends))
        dense[starts + part.keys[ends[0] : ends[-1]]] += part.counts[ends[0] : ends[-1]]  # no key comes twice in a part
    found = np.flatnonzero(dense)
    return found + first * SIZE, dense[found]


@dataclass(frozen=True, eq=False)
class Levels:
    """The counted levels of some columns, one after the other.

    Args:
        ends: int64 of shape (columns + 1,): the levels of column i are those from ``ends[i]`` to ``ends[i + 1]``.
        names: Arrow array of strings of shape (levels,), ascending within a column.
        counts: whole numbers of shape (levels,), above zero.
    """

    ends: Array
    names: Any
    counts: Array

    @classmethod
    def of(cls, levels: Sequence[Mapping[str, int]]) -> Levels:
        """Put the levels of columns together."""
        pairs = [sorted(one.items()) for one in levels]
        return cls(
            _ends([len(one) for one in pairs]),
            arrow.texts([name for one in pairs for name, _ in one]),
            np.array([count for one in pairs for _, count in one], np.int64),
        )

    def levels(self, column: int) -> dict[str, int]:
        """The levels of one column."""
        first, last = int(self.ends[column]), int(self.ends[column + 1])
        names = self.names.slice(first, last - first).to_pylist()
        return dict(zip(names, self.counts[first:last].tolist(), strict=True))

    def arranged(self, columns: Sequence[int]) -> Levels:
        """Those of these columns, in this order."""
        places = _places(self.ends, columns)
        return Levels(_ends(np.diff(self.ends)[list(columns)]), arrow.taken(self.names, places), self.counts[places])

    @classmethod
    def merged(cls, parts: Sequence[Levels]) -> Levels:
        """Add the levels of the same columns, at least one part."""
        columns = len(parts[0].ends) - 1
        known, codes = arrow.sorted_levels([part.names for part in parts])
        many = max(len(known), 1)
        owners = np.concatenate([np.repeat(np.arange(columns), np.diff(part.ends)) for part in parts])
        counts = np.concatenate([part.counts.astype(np.int64) for part in parts])
        found, counts = _summed(owners * many + codes, counts, columns * many)
        ends = np.searchsorted(found, np.arange(columns + 1) * many)
        return cls(ends, arrow.taken(known, found % many), counts)


def _summed(places: Array, counts: Array, size: int) -> tuple[Array, Array]:
    """Each of ``size`` places that occurs once, ascending, and the sum of its counts."""
    if size > _DENSE:
        found, places = np.unique(places, return_inverse=True)
        size = len(found)
    else:
        found = np.arange(size)
    sums = np.zeros(size, np.int64)
    np.add.at(sums, places, counts)
    there = np.flatnonzero(sums)
    return found[there], sums[there]


def _ends(lengths: Sequence[int] | Array) -> Array:
    return np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])


def _places(ends: Array, columns: Sequence[int]) -> Array:
    """Where the entries of these columns are, in this order."""
    return np.concatenate([np.empty(0, np.int64), *(np.arange(ends[at], ends[at + 1]) for at in columns)])

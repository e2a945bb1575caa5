"""A few rows of a table, coded in small whole numbers: sums of their products, and a sample that merges.

Columns are compared one by one from their histograms; how they hang together needs rows. At most `EVERY` rows of a
batch, evenly spaced, are coded: a number as its distance from the centre in 32nds of the scale, clipped at 4 scales; a
level as a fixed pseudo-random number. Whole numbers make every sum exact, in any order and on any machine.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    Array = np.ndarray[Any, Any]

EVERY = 4096
"""Rows of one batch that are coded."""

KEPT = 2000
"""Rows that a profile keeps."""

MAX_COLUMNS = 256
"""Columns whose rows are coded; of a wider table the first ones."""

STEP = 32.0
LIMIT = 127


@dataclass(frozen=True, eq=False)
class CodedRows:
    """Exact sums over the coded rows, and the rows with the smallest priorities.

    A row's priority is drawn anew in each batch, from the batch's own content: keeping the smallest is a fair sample of
    whatever was merged, in whatever order (Efraimidis and Spirakis 2006, Inf. Process. Lett. 97:181, with each coded
    row standing for as many rows as were left out beside it).

    Args:
        names: the coded columns.
        count: coded rows.
        sums: int64 of shape (columns,).
        products: int64 of shape (columns, columns).
        priorities: float64 of shape (kept,), ascending.
        late: bool of shape (kept,): whether the row lies in the later half of its batch.
        kept: int8 of shape (kept, columns).
    """

    names: tuple[str, ...]
    count: int
    sums: Array
    products: Array
    priorities: Array
    late: Array
    kept: Array

    @classmethod
    def of(cls, names: Sequence[str], codes: Array, *, stands_for: float) -> CodedRows:
        """Sum up the coded rows of one batch.

        Args:
            names: the columns.
            codes: int8 of shape (rows, columns), in the order of the batch.
            stands_for: rows of the batch per coded row.
        """
        wide = codes.astype(np.float64)  # products up to 2**14, sums below 2**53: exact in any order, and BLAS is fast
        seed = zlib.crc32(codes.tobytes(), zlib.crc32(repr((tuple(names), len(codes))).encode()))
        drawn = np.random.Generator(np.random.PCG64(seed)).random(len(codes))
        priorities = -np.log1p(-drawn) / max(stands_for, 1.0)
        first = _smallest(priorities)
        return cls(
            tuple(names),
            len(codes),
            wide.sum(axis=0).astype(np.int64),
            (wide.T @ wide).astype(np.int64),
            priorities[first],
            first >= len(codes) / 2,
            codes[first],
        )

    @classmethod
    def merged(cls, parts: Iterable[CodedRows]) -> CodedRows:
        """Add the columns that all parts have; parts without rows do not count, none give no columns.

        A column may be missing in a part because it was empty there. Columns keep their order where all parts agree on
        it; else they are sorted, so that the order of the parts does not matter.
        """
        given = [part for part in parts if part.count]
        if not given:
            return cls.none([])
        names = common_order([part.names for part in given])
        found = [part.arranged(names) for part in given]
        if len(found) == 1:
            return found[0]
        priorities = np.concatenate([part.priorities for part in found])
        first = _smallest(priorities)
        # Of a year of days five rows each are kept: they are picked before anything is copied.
        starts = np.concatenate([[0], np.cumsum([len(part.priorities) for part in found])])
        source = np.searchsorted(starts, first, side="right") - 1
        kept, late = np.empty((len(first), len(names)), np.int8), np.empty(len(first), np.bool_)
        for at in np.unique(source):
            chosen = source == at
            kept[chosen] = found[at].kept[first[chosen] - starts[at]]
            late[chosen] = found[at].late[first[chosen] - starts[at]]
        return cls(
            tuple(names),
            sum(part.count for part in found),
            np.stack([part.sums for part in found]).sum(axis=0),
            np.stack([part.products for part in found]).sum(axis=0),
            priorities[first],
            late,
            kept,
        )

    @classmethod
    def none(cls, names: Sequence[str]) -> CodedRows:
        """No rows of these columns."""
        return cls.of(names, np.empty((0, len(names)), np.int8), stands_for=1)

    def only(self, names: Collection[str]) -> CodedRows:
        """Keep these columns, in their order; a name that is not there is no error."""
        return self.arranged([name for name in self.names if name in names])

    def arranged(self, names: Sequence[str]) -> CodedRows:
        """Keep these columns, in this order; all must be there."""
        if tuple(names) == self.names:
            return self
        at = [self.names.index(name) for name in names]
        return CodedRows(
            tuple(names),
            self.count,
            self.sums[at],
            self.products[np.ix_(at, at)],
            self.priorities,
            self.late,
            self.kept[:, at],
        )

    @property
    def correlations(self) -> Array:
        """Correlation of the codes: float64 of shape (columns, columns), 0 where a column is constant."""
        if self.count < 2:
            return np.zeros((len(self.names), len(self.names)))
        means = self.sums / self.count
        covariance = self.products / self.count - np.outer(means, means)
        spread = np.sqrt(np.maximum(np.diag(covariance), 0.0))
        with np.errstate(divide="ignore", invalid="ignore"):
            found = covariance / np.outer(spread, spread)
        clipped: Array = np.clip(np.nan_to_num(found, nan=0.0, posinf=0.0, neginf=0.0), -1.0, 1.0)
        return clipped


def _smallest(priorities: Array) -> Array:
    """Where the smallest `KEPT` priorities are, in their order."""
    if len(priorities) > KEPT:
        among = np.flatnonzero(priorities <= np.partition(priorities, KEPT - 1)[KEPT - 1])
    else:
        among = np.arange(len(priorities))
    # Equal priorities happen if a batch comes twice; then the rows are equal too, and their order does not matter.
    return among[np.argsort(priorities[among], kind="stable")][:KEPT]


def common_order(orders: Sequence[Sequence[str]]) -> list[str]:
    """The names that all have: in their order if all agree on it, else sorted."""
    different = list(dict.fromkeys(tuple(order) for order in orders))
    common = set(different[0]).intersection(*different)
    kept = {tuple(name for name in order if name in common) for order in different}
    return list(kept.pop()) if len(kept) == 1 else sorted(common)


def evenly(rows: int) -> Array:
    """Which rows of a batch are coded: int64, ascending, at most `EVERY`."""
    if rows <= EVERY:
        return np.arange(rows)
    return (np.arange(EVERY, dtype=np.int64) * rows) // EVERY


def code_numbers(values: Array, centre: float, scale: float) -> Array:
    """Code float64 of shape (n,), NaN where missing, as int8."""
    with np.errstate(invalid="ignore", over="ignore"):
        steps = np.rint((values - centre) * (STEP / scale))
        codes: Array = np.nan_to_num(np.clip(steps, -LIMIT, LIMIT), nan=0.0).astype(np.int8)
    return codes


def code_level(level: str) -> int:
    """A fixed pseudo-random code for a level, never the 0 that stands for a missing value."""
    code = zlib.crc32(level.encode("utf-8", "surrogatepass")) % (2 * LIMIT) - LIMIT
    return code if code < 0 else code + 1

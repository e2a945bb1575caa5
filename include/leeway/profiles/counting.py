"""Counting a column batch by batch: memory does not grow with rows."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pyarrow as pa

from leeway.profiles import arrow
from leeway.profiles.column import MILLION, ColumnProfile
from leeway.profiles.dependence import MAX_ROWS, inflation
from leeway.profiles.histogram import SIZE, Histogram, by_key, tally
from leeway.profiles.layout import MAX_LEVELS, ColumnKind, ColumnLayout
from leeway.profiles.rows import code_level, code_numbers

if TYPE_CHECKING:
    Array = np.ndarray[Any, Any]

MAX_HELD = 50_000
"""Levels counted at a time while a table is read; the rarest half of more are counted together."""

CLIP = 4.0
"""Scales from the centre at which numbers are clipped when their dependence is measured: one outlier says nothing."""


class Counter(ABC):
    """Counts one column. Batches come in order of time.

    What is found does not depend on how the memory of a batch is laid out, chunked or encoded, as long as no more than
    `MAX_HELD` levels are held at a time.
    """

    CODED: ClassVar[bool] = False
    """Whether single rows are of use: see `leeway.profiles.rows`."""

    def __init__(self, layout: ColumnLayout) -> None:
        self.layout = layout
        self.rows = self.nulls = 0
        self.value_weight = self.null_weight = 0

    def add(self, values: Any) -> None:
        """Count a batch: a pyarrow array or chunked array."""
        rows = len(values)
        absent = arrow.missing(values[:MAX_ROWS])
        self.rows += rows
        self.nulls += values.null_count
        self.null_weight += _weight(absent.astype(np.float64) if absent is not None else None, rows)
        # A column without values may have any type, also one that cannot be counted here.
        self.value_weight += _weight(self.count(values) if values.null_count < rows else None, rows)

    def codes(self, values: Any) -> Array:
        """Code single rows: int8 of shape (n,), 0 where missing."""
        return self.coded(values) if values.null_count < len(values) else np.zeros(len(values), np.int8)

    @abstractmethod
    def count(self, values: Any) -> Array | None:
        """Count the values that are not null; give float64 whose dependence is theirs, if there is any."""

    def coded(self, values: Any) -> Array:
        """Code rows of which some have values."""
        raise NotImplementedError(f"{self.layout.kind} columns are not coded")

    def profile(self) -> ColumnProfile:
        """What was counted."""
        return ColumnProfile(
            layout=self.layout,
            rows=self.rows,
            nulls=self.nulls,
            value_weight=self.value_weight,
            null_weight=self.null_weight,
            **self.found(),
        )

    def found(self) -> dict[str, Any]:
        """The fields of the profile that only this kind of column has."""
        return {}


class Numbers(Counter):
    """Counts numbers."""

    CODED = True

    def __init__(self, layout: ColumnLayout) -> None:
        super().__init__(layout)
        self._counts = np.zeros(SIZE, np.int64)
        self._nans = self._infinite = 0
        self._total = self._squares = Fraction(0)
        self._low, self._high = math.inf, -math.inf

    def count(self, values: Any) -> Array | None:
        """Add to the histogram and the sums."""
        found = arrow.numbers(values)
        if not len(found):
            return None
        tallied = tally(found, self.layout.centre)
        if not tallied.finite:
            found = self._finite(found)
            if not len(found):
                return None
            tallied = tally(found, self.layout.centre)
        self._counts += tallied.counts
        self._total += Fraction(tallied.total)
        self._squares += Fraction(tallied.squares)
        self._low, self._high = min(self._low, float(found.min())), max(self._high, float(found.max()))
        reach = CLIP * self.layout.scale
        return np.clip(found[:MAX_ROWS] - self.layout.centre, -reach, reach)

    def _finite(self, found: Array) -> Array:
        with np.errstate(over="ignore", invalid="ignore"):
            usable = np.isfinite((found - self.layout.centre).astype(np.float32))
        nans = int(np.isnan(found).sum())
        self._nans += nans
        self._infinite += len(found) - int(usable.sum()) - nans
        return found[usable]

    def coded(self, values: Any) -> Array:
        """Distances from the centre; 0 where missing."""
        codes = np.zeros(len(values), np.int8)
        absent = arrow.missing(values)
        present = code_numbers(arrow.numbers(values), self.layout.centre, self.layout.scale)
        codes[~absent if absent is not None else slice(None)] = present
        return codes

    def found(self) -> dict[str, Any]:
        """Sums, range and histogram."""
        return {
            "nans": self._nans,
            "infinite": self._infinite,
            "minimum": self._low + 0.0 if self._low < math.inf else None,
            "maximum": self._high + 0.0 if self._high > -math.inf else None,
            "total": self._total,
            "squares": self._squares,
            "histogram": Histogram.of_dense(by_key(self._counts)),
        }


class Levels(Counter):
    """Counts the levels of a category."""

    CODED = True

    def __init__(self, layout: ColumnLayout) -> None:
        super().__init__(layout)
        self._levels: dict[str, int] = {}
        self._other = 0

    def count(self, values: Any) -> Array | None:
        """Add to the counts; dependence is that of the most frequent level."""
        found, indices = [], []
        for chunk in arrow.chunks(values):
            names, places = arrow.levels(chunk)
            counts = np.bincount(places, minlength=len(names))
            self._add(names, counts)
            found.append(names)
            indices.append(places)
        return _most_frequent(found, indices)

    def _add(self, names: Any, counts: Array) -> None:
        seen = np.flatnonzero(counts)
        if len(seen) > MAX_HELD:  # a million Python strings would take 100 MB
            ranked = seen[np.argsort(-counts[seen], kind="stable")]
            seen, rare = ranked[:MAX_HELD], ranked[MAX_HELD:]
            self._other += int(counts[rare].sum())
        held = self._levels
        for name, count in zip(arrow.names(names, seen), counts[seen].tolist(), strict=True):
            held[name] = held.get(name, 0) + count
        if len(held) > MAX_HELD:
            self._keep(MAX_HELD // 2)

    def _keep(self, most: int) -> None:
        ranked = sorted(self._levels.items(), key=lambda pair: (-pair[1], pair[0]))
        self._other += sum(count for _, count in ranked[most:])
        self._levels = dict(ranked[:most])

    def coded(self, values: Any) -> Array:
        """A code for each level; 0 where missing."""
        parts = []
        for chunk in arrow.chunks(values):
            names, indices = arrow.levels(chunk)
            used, where = np.unique(indices, return_inverse=True)
            codes = np.array([code_level(name) for name in arrow.names(names, used)], np.int8)
            absent = arrow.missing(chunk)
            part = np.zeros(len(chunk), np.int8)
            part[~absent if absent is not None else slice(None)] = codes[where] if len(used) else 0
            parts.append(part)
        return np.concatenate(parts) if parts else np.empty(0, np.int8)

    def found(self) -> dict[str, Any]:
        """The most frequent levels, and how many rows have others."""
        self._keep(MAX_LEVELS)
        return {"levels": dict(sorted(self._levels.items())), "other": self._other}


class Texts(Levels):
    """Counts texts that hardly repeat by their pattern and their length."""

    CODED = False

    def __init__(self, layout: ColumnLayout) -> None:
        super().__init__(layout)
        self._lengths = np.zeros(SIZE, np.int64)
        self._total = self._squares = 0

    def count(self, values: Any) -> Array | None:
        """Add to the counts; dependence is that of the lengths."""
        import pyarrow.compute as pc

        first = np.empty(0)
        for chunk in arrow.chunks(values):
            plain = chunk.cast(pa.string()) if not pa.types.is_string(chunk.type) else chunk
            super().count(pattern(plain))
            lengths = arrow.numbers(pc.utf8_length(plain))
            self._lengths += tally(lengths, 0.0).counts
            self._total += int(lengths.sum())
            self._squares += int((lengths**2).sum())
            first = np.concatenate([first, lengths[: MAX_ROWS - len(first)]])
        return first

    def found(self) -> dict[str, Any]:
        """The most frequent patterns, and the lengths."""
        lengths = Histogram.of_dense(by_key(self._lengths))
        return super().found() | {
            "histogram": lengths,
            "total": Fraction(self._total),
            "squares": Fraction(self._squares),
        }


class Moments(Counter):
    """Counts moments: when the first and the last was."""

    def __init__(self, layout: ColumnLayout) -> None:
        super().__init__(layout)
        self._span: tuple[int, int] | None = None

    def count(self, values: Any) -> Array | None:
        """Widen the span."""
        span = arrow.moments(values)
        if span is not None:
            known = self._span or span
            self._span = min(known[0], span[0]), max(known[1], span[1])
        return None

    def found(self) -> dict[str, Any]:
        """The span, in microseconds since 1970."""
        return {"minimum": float(self._span[0]), "maximum": float(self._span[1])} if self._span else {}


class Presence(Counter):
    """Counts only which rows have a value."""

    def count(self, values: Any) -> Array | None:  # noqa: ARG002 - what a value is does not matter here
        """There is nothing in a value to count."""
        return None


COUNTERS: dict[ColumnKind, type[Counter]] = {
    ColumnKind.NUMBER: Numbers,
    ColumnKind.CATEGORY: Levels,
    ColumnKind.TEXT: Texts,
    ColumnKind.TIME: Moments,
    ColumnKind.OTHER: Presence,
    ColumnKind.EMPTY: Presence,
}

PATTERNS = (
    (r"\p{Lu}+", "A"),
    (r"\p{Ll}+", "a"),
    (r"\p{Nd}+", "9"),
    (r"\s+", " "),
)
LONGEST_PATTERN = 40


def pattern(texts: Any) -> Any:
    """What texts look like: runs of capitals become A, of small letters a, of digits 9; at most 40 characters."""
    import pyarrow.compute as pc  # costs as much as reading a hundred thousand rows

    for runs, sign in PATTERNS:
        texts = pc.replace_substring_regex(texts, pattern=runs, replacement=sign)
    return pc.utf8_slice_codeunits(texts, 0, LONGEST_PATTERN)


def _most_frequent(names: list[Any], indices: list[Array]) -> Array | None:
    """Where the first values have the most frequent level among them (ties: by name): float64 of shape (n,)."""
    left, heads = MAX_ROWS, []
    for places in indices:
        heads.append(places[:left])
        left -= len(heads[-1])
    times: dict[str, int] = {}
    for level_names, head in zip(names, heads, strict=True):
        used, counts = np.unique(head, return_counts=True)
        for name, count in zip(arrow.names(level_names, used), counts.tolist(), strict=True):
            times[name] = times.get(name, 0) + count
    if not times:
        return None
    most = min(times, key=lambda name: (-times[name], name))
    return np.concatenate(
        [
            (head == level_names.index(pa.scalar(most, level_names.type)).as_py()).astype(np.float64)
            for level_names, head in zip(names, heads, strict=True)
        ]
    )


def _weight(values: Array | None, rows: int) -> int:
    return round((1.0 if values is None else inflation(values)) * MILLION) * rows

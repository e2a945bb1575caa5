"""Counting categories by level, and texts by what they look like and how long they are."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from leeway.profiles import arrow
from leeway.profiles.counter import Counter
from leeway.profiles.dependence import MAX_ROWS
from leeway.profiles.histogram import SIZE, Histogram, by_key, tally
from leeway.profiles.layout import MAX_LEVELS
from leeway.profiles.rows import code_level

if TYPE_CHECKING:
    from leeway.profiles.layout import ColumnLayout

    Array = np.ndarray[Any, Any]

MAX_HELD = 50_000
"""Levels counted at a time while a table is read; the rarest half of more are counted together."""

PATTERNS = (
    (r"\p{Lu}+", "A"),
    (r"\p{Ll}+", "a"),
    (r"\p{Nd}+", "9"),
    (r"\s+", " "),
)
LONGEST_PATTERN = 40


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
    coded: list[dict[str, int]] = []
    for level_names, head in zip(names, heads, strict=True):
        used, counts = np.unique(head, return_counts=True)
        coded.append(dict(zip(arrow.names(level_names, used), used.tolist(), strict=True)))
        for name, count in zip(coded[-1], counts.tolist(), strict=True):
            times[name] = times.get(name, 0) + count
    if not times:
        return None
    most = min(times, key=lambda name: (-times[name], name))
    there = [head == codes.get(most, -1) for codes, head in zip(coded, heads, strict=True)]
    return np.concatenate(there).astype(np.float64)

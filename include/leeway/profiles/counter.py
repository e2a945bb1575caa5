"""What counters of all kinds of columns have in common: they take batches, and memory does not grow with rows."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from leeway.profiles import arrow
from leeway.profiles.column import MILLION, ColumnProfile
from leeway.profiles.dependence import MAX_ROWS, inflation

if TYPE_CHECKING:
    from leeway.profiles.layout import ColumnLayout

    Array = np.ndarray[Any, Any]


class Counter(ABC):
    """Counts one column. Batches come in order of time.

    What is found does not depend on how the memory of a batch is laid out, chunked or encoded, as long as no more than
    `leeway.profiles.levels.MAX_HELD` levels are held at a time.
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


def _weight(values: Array | None, rows: int) -> int:
    return round((1.0 if values is None else inflation(values)) * MILLION) * rows

"""Which counter goes with which kind of column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leeway.profiles import arrow
from leeway.profiles.counter import Counter
from leeway.profiles.layout import ColumnKind
from leeway.profiles.levels import Levels, Texts
from leeway.profiles.numbers import Numbers

if TYPE_CHECKING:
    import numpy as np

    from leeway.profiles.layout import ColumnLayout

    Array = np.ndarray[Any, Any]


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

"""What profiles of one table share: which columns, how each is counted, and about which number.

A layout is made from the first table and handed on to all later ones (``like``), so that their profiles add up. Nothing
else of a profile depends on data seen before.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_LEVELS = 2000
"""Levels that one table may name per column; the rarer ones are counted together."""

TEXT_SHARE = 0.5
"""A column of strings of which more than this share are different is text, not a category."""

MIN_TEXT = 200
"""Fewer values cannot show that a column is text."""


class ColumnKind(StrEnum):
    """How a column is counted and compared."""

    NUMBER = "number"
    CATEGORY = "category"
    """Strings and booleans, by level."""
    TEXT = "text"
    """Strings that hardly repeat: by length, and by pattern (``N14228`` is ``A9``)."""
    TIME = "time"
    """Moments: only their range and what is missing; time always moves."""
    OTHER = "other"
    """Lists, structs, bytes: only what is missing."""
    EMPTY = "empty"
    """No value was seen, so the kind is not known; goes with every other."""


@dataclass(frozen=True, kw_only=True)
class ColumnLayout:
    """How one column is counted.

    Args:
        centre: numbers are binned by their distance from it, so bins are narrowest there. About the median.
        scale: about the distance from the centre to the quartiles, above zero.

    Raises:
        ValueError: if the scale is not above zero.
    """

    # Plain dataclasses here: pydantic would be half of what a drift check imports.
    kind: ColumnKind
    centre: float = 0.0
    scale: float = 1.0

    def __post_init__(self) -> None:
        if not self.scale > 0:
            raise ValueError(f"the scale of a column is above zero, not {self.scale}")


@dataclass(frozen=True, kw_only=True)
class Layout:
    """The columns of a table, in order."""

    columns: dict[str, ColumnLayout] = field(default_factory=dict)

    def get(self, name: str) -> ColumnLayout | None:
        """How a column is counted; None if it is not known."""
        return self.columns.get(name)


def layout_of(samples: Mapping[str, Any], like: Layout | None = None) -> Layout:
    """Decide how to count columns.

    Args:
        samples: name -> some of the column's values, a pyarrow array.
        like: a known layout; its columns keep theirs as long as they hold the same kind of values.
    """
    return Layout(columns={name: _column(values, like.get(name) if like else None) for name, values in samples.items()})


def kind_of(type_: Any) -> ColumnKind:
    """The kind that an Arrow type suggests; of strings always `ColumnKind.CATEGORY`."""
    import pyarrow.types as t

    if t.is_dictionary(type_):
        type_ = type_.value_type
    if t.is_null(type_):
        return ColumnKind.EMPTY
    if t.is_boolean(type_) or t.is_string(type_) or t.is_large_string(type_) or t.is_string_view(type_):
        return ColumnKind.CATEGORY
    if t.is_integer(type_) or t.is_floating(type_) or t.is_decimal(type_) or t.is_duration(type_) or t.is_time(type_):
        return ColumnKind.NUMBER
    if t.is_timestamp(type_) or t.is_date(type_):
        return ColumnKind.TIME
    return ColumnKind.OTHER


def _column(values: Any, known: ColumnLayout | None) -> ColumnLayout:
    kind = kind_of(values.type)
    if known is not None and (known.kind is kind or (known.kind, kind) == (ColumnKind.TEXT, ColumnKind.CATEGORY)):
        return known
    if len(values) == values.null_count:
        # A type without any value says little: an empty column of numbers is often one of text elsewhere.
        return known or ColumnLayout(kind=kind if kind in (ColumnKind.TIME, ColumnKind.OTHER) else ColumnKind.EMPTY)
    if kind is ColumnKind.NUMBER:
        return _number(values)
    if kind is ColumnKind.CATEGORY and _is_text(values):
        return ColumnLayout(kind=ColumnKind.TEXT)
    return ColumnLayout(kind=kind)


def _number(values: Any) -> ColumnLayout:
    import numpy as np

    from leeway.profiles.arrow import numbers

    found = numbers(values)
    found = found[np.isfinite(found)]
    if not len(found):
        return ColumnLayout(kind=ColumnKind.NUMBER)
    low, centre, high = (float(q) for q in np.quantile(found, (0.25, 0.5, 0.75), method="lower"))
    with np.errstate(over="ignore"):
        spread = (high - low) / 2 or float(np.abs(found - centre).mean()) or abs(centre) or 1.0
    # Minus zero equals zero but has other bytes.
    return ColumnLayout(kind=ColumnKind.NUMBER, centre=centre + 0.0, scale=spread if np.isfinite(spread) else 1.0)


def _is_text(values: Any) -> bool:
    present = len(values) - values.null_count
    if present < MIN_TEXT:
        return False
    from leeway.profiles.arrow import different

    many = different(values)
    return many > MAX_LEVELS or many > TEXT_SHARE * present

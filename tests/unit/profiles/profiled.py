"""Tables for the tests of profiles, and what equality of profiles means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
from hypothesis import strategies as st

from leeway.profiles.building import profile_table
from leeway.profiles.layout import ColumnKind, ColumnLayout, Layout

if TYPE_CHECKING:
    from leeway.profiles.column import ColumnProfile

LAYOUT = Layout(
    columns={
        "number": ColumnLayout(kind=ColumnKind.NUMBER, centre=1.5, scale=2.0),
        "whole": ColumnLayout(kind=ColumnKind.NUMBER, centre=3.0, scale=1.0),
        "level": ColumnLayout(kind=ColumnKind.CATEGORY),
        "truth": ColumnLayout(kind=ColumnKind.CATEGORY),
        "text": ColumnLayout(kind=ColumnKind.TEXT),
        "moment": ColumnLayout(kind=ColumnKind.TIME),
        "list": ColumnLayout(kind=ColumnKind.OTHER),
    }
)
TYPES = {
    "number": (pa.float64(), st.floats(width=64)),
    "whole": (pa.int64(), st.integers(-(2**63), 2**63 - 1)),
    "level": (pa.string(), st.sampled_from(["a", "b", "ü", "", "c" * 40])),
    "truth": (pa.bool_(), st.booleans()),
    "text": (pa.string(), st.text(max_size=6)),
    "moment": (pa.timestamp("us"), st.integers(0, 2**50)),
    "list": (pa.list_(pa.int8()), st.just([1])),
}


@st.composite
def tables(draw: Any, most: int = 12) -> pa.Table:
    """A table of a column of each kind."""
    rows = draw(st.integers(0, most))
    columns = {}
    for name, (type_, values) in TYPES.items():
        drawn = draw(st.lists(st.none() | values, min_size=rows, max_size=rows))
        columns[name] = pa.array(drawn, type_, from_pandas=False)
    return pa.table(columns)


def column(values: Any, like: Layout | None = None) -> ColumnProfile:
    """The profile of one Arrow array."""
    return profile_table(pa.table({"x": values}), like).columns["x"]

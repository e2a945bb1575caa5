"""Arrow columns (Parquet, DuckDB) to declared types: widening is fine, anything else is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from leeway.schema import ColumnType
from leeway.sources.cells import ARROW, Cells
from leeway.sources.from_python import from_python
from leeway.sources.from_text import check_string
from leeway.sources.instants import localize, within_years

if TYPE_CHECKING:
    from collections.abc import Callable

    from leeway.errors import SourceError

_LARGEST = pa.scalar(2**63 - 1, pa.uint64())


def from_arrow(cells: Cells) -> pa.Array:
    """Convert an Arrow array to the declared type.

    Integers and floats of fewer bits are widened, dictionaries decoded, timestamps brought to microseconds UTC (what is
    finer is cut off), decimals read as text would be. Text stays text: ``"1"`` is no integer here.

    Raises:
        SourceError: SRC106, SRC109, SRC130 to SRC141.
    """
    values = cells.values
    assert isinstance(values, pa.Array)
    if pt.is_dictionary(values.type):
        values = values.dictionary_decode()
    if not cells.column.nullable:
        cells.refuse(pc.is_null(values), "SRC130", "in a column that is not nullable")
    if pt.is_null(values.type):
        return pa.nulls(len(values), ARROW[cells.column.type])
    if pt.is_decimal(values.type):
        return from_python(_python(cells, values))
    return _CONVERTERS[cells.column.type](values, cells)


def _int(values: pa.Array, cells: Cells) -> pa.Array:
    if not pt.is_integer(values.type):
        raise _other_type(values, cells)
    if pt.is_uint64(values.type):
        cells.refuse(pc.greater(values, _LARGEST), "SRC132", "does not fit into 64 bits")
    return pc.cast(values, pa.int64())


def _float(values: pa.Array, cells: Cells) -> pa.Array:
    if pt.is_integer(values.type):
        return from_python(_python(cells, values))
    if not pt.is_floating(values.type):
        raise _other_type(values, cells)
    numbers = pc.cast(values, pa.float64())
    cells.refuse(pc.invert(pc.is_finite(numbers)), "SRC134", "is not a finite number")
    return numbers


def _boolean(values: pa.Array, cells: Cells) -> pa.Array:
    if pt.is_boolean(values.type):
        return values
    if not pt.is_integer(values.type):
        raise _other_type(values, cells)
    cells.refuse(pc.invert(pc.is_in(values, value_set=pa.array([0, 1], values.type))), "SRC135", "is not 0 or 1")
    return pc.equal(values, 1)


def _string(values: pa.Array, cells: Cells) -> pa.Array:
    if not (pt.is_string(values.type) or pt.is_large_string(values.type) or pt.is_string_view(values.type)):
        raise _other_type(values, cells)
    try:
        values.validate(full=True)
    except pa.ArrowInvalid:
        raise cells.place.error("SRC106", "text is not UTF-8", column=cells.name) from None
    return check_string(pc.cast(values, pa.string()), cells)


def _timestamp(values: pa.Array, cells: Cells) -> pa.Array:
    if pt.is_date(values.type):
        values = pc.cast(values, pa.timestamp("s" if pt.is_date32(values.type) else "ms"))
    if not pt.is_timestamp(values.type):
        raise _other_type(values, cells)
    zone, fine = values.type.tz, values.type.unit == "ns"
    try:
        values = pc.cast(values, pa.timestamp("us", zone), safe=not fine)
    except pa.ArrowInvalid:
        raise cells.place.error("SRC139", "a timestamp is not between 1900 and 2200", column=cells.name) from None
    if zone is None:
        return within_years(localize(values, cells), cells)
    return within_years(pc.cast(values, ARROW[ColumnType.TIMESTAMP]), cells)


def _python(cells: Cells, values: pa.Array) -> Cells:
    return Cells(place=cells.place, name=cells.name, column=cells.column, values=values.to_pylist(), rows=cells.rows)


def _other_type(values: pa.Array, cells: Cells) -> SourceError:
    what = f"stored as {values.type}, declared as {cells.column.type}"
    return cells.place.error("SRC141", what, column=cells.name)


_CONVERTERS: dict[ColumnType, Callable[[pa.Array, Cells], pa.Array]] = {
    ColumnType.INT: _int,
    ColumnType.FLOAT: _float,
    ColumnType.STRING: _string,
    ColumnType.BOOLEAN: _boolean,
    ColumnType.TIMESTAMP: _timestamp,
}

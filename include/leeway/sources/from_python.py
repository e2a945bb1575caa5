"""Python objects (JSON values, database drivers' values) to declared types."""

from __future__ import annotations

import math
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from leeway.schema import ColumnType
from leeway.sources.cells import ARROW, Cells
from leeway.sources.from_text import check_string, parse
from leeway.sources.instants import localize, within_years

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class _RefusedError(Exception):
    """One value cannot be what is declared: code, and what to say after the value."""


def from_python(cells: Cells) -> pa.Array:
    """Convert a sequence of Python objects; None is null.

    A decimal is an integer if it has no fraction, and a float if that keeps all its digits. Booleans are not numbers,
    numbers are not text. Timestamps are datetimes, dates or text, not a mixture.

    Raises:
        SourceError: SRC109, SRC130 to SRC141.
    """
    values: Sequence[object] = cells.values
    found = set(map(type, values))
    if type(None) in found and not cells.column.nullable:
        raise cells.error("SRC130", "in a column that is not nullable", position=list(values).index(None))
    found.discard(type(None))
    if cells.column.type is ColumnType.TIMESTAMP:
        return _timestamps(values, found, cells)
    array = _at_once(values, found, cells)
    if array is None:
        array = pa.array(_one_by_one(values, cells), ARROW[cells.column.type])
    return check_string(array, cells) if cells.column.type is ColumnType.STRING else array


def _at_once(values: Sequence[object], found: set[type], cells: Cells) -> pa.Array | None:
    """Convert values that all have the natural type; None if they have not, or one of them is out of bounds."""
    kind = cells.column.type
    if found != {_NATURAL[kind]}:
        return None
    try:
        array = pa.array(values, ARROW[kind])
    except (OverflowError, UnicodeEncodeError, pa.ArrowInvalid):
        return None
    finite = kind is not ColumnType.FLOAT or pc.all(pc.is_finite(array)).as_py()
    return array if finite else None


def _one_by_one(values: Sequence[object], cells: Cells) -> list[object]:
    read, converted = _READERS[cells.column.type], []
    for position, value in enumerate(values):
        try:
            converted.append(None if value is None else read(value))
        except _RefusedError as refused:
            raise cells.error(*refused.args, position=position) from None
    return converted


def _int(value: object) -> int:
    if isinstance(value, Decimal) and value.is_finite() and value == value.to_integral_value():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise _RefusedError("SRC131", "is not an integer")
    if not -(2**63) <= value < 2**63:
        raise _RefusedError("SRC132", "does not fit into 64 bits")
    return value


def _float(value: object) -> float:
    if not isinstance(value, (int, float, Decimal)) or isinstance(value, bool):
        raise _RefusedError("SRC133", "is not a number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise _RefusedError("SRC134", "is not a finite number")
    if isinstance(value, int) and int(number) != value:
        raise _RefusedError("SRC133", "has more digits than a 64-bit float keeps")
    if isinstance(value, Decimal) and Decimal(repr(number)) != value:
        raise _RefusedError("SRC133", "has more digits than a 64-bit float keeps")
    return number


def _boolean(value: object) -> bool:
    if not (isinstance(value, int) and value in (0, 1)):
        raise _RefusedError("SRC135", "is not true, false, 1 or 0")
    return bool(value)


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise _RefusedError("SRC141", "is not text")
    if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
        raise _RefusedError("SRC106", "holds half a character (a lone surrogate)")
    return value


def _timestamps(values: Sequence[object], found: set[type], cells: Cells) -> pa.Array:
    if found <= {str}:
        return parse(pa.array([_text(value) for value in values], pa.string()), cells)
    kinds = [_kind(value) for value in values]
    first = next(kind for kind in kinds if kind)
    for position, kind in enumerate(kinds):
        if kind == "other":
            raise cells.error("SRC136", "is not a timestamp", position=position)
        if kind not in ("", first):
            raise cells.error("SRC136", "is written differently from the rows before it", position=position)
    if first == "text":
        return parse(pa.array([_text(value) for value in values], pa.string()), cells)
    if first == "aware":
        return within_years(pa.array(values, ARROW[ColumnType.TIMESTAMP]), cells)
    local = [value if isinstance(value, datetime) or value is None else _midnight(value) for value in values]
    return within_years(localize(pa.array(local, pa.timestamp("us")), cells), cells)


def _kind(value: object) -> str:
    """How a time is written; empty for null."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return "local" if value.tzinfo is None else "aware"
    if isinstance(value, date):
        return "local"
    return "text" if isinstance(value, str) else "other"


def _text(value: object) -> str | None:
    return None if value is None else str(value).encode(errors="replace").decode()


def _midnight(value: object) -> datetime:
    assert isinstance(value, date)
    return datetime.combine(value, time())


_NATURAL = {ColumnType.INT: int, ColumnType.FLOAT: float, ColumnType.BOOLEAN: bool, ColumnType.STRING: str}
_READERS: dict[ColumnType, Callable[[object], object]] = {
    ColumnType.INT: _int,
    ColumnType.FLOAT: _float,
    ColumnType.STRING: _string,
    ColumnType.BOOLEAN: _boolean,
}

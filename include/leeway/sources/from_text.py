"""Text to declared types, by whole columns. Nothing is guessed: a value has the declared spelling or is refused."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from leeway.schema import ColumnType
from leeway.sources.cells import ARROW, Cells
from leeway.sources.instants import localize, within_years

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_TEXT = 1 << 20
"""Bytes of the longest text value; longer ones are damage or an attack far more often than data."""

_CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"
_INT = r"\A[+-]?[0-9]+\z"
_FLOAT = r"\A[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\z"
_NOT_FINITE = r"(?i)\A[+-]?(nan|inf|infinity)\z"
_DATE, _TIME, _ZONE = (
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}",
    r"[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?",
    r"(Z|[+-][0-9]{2}(:?[0-9]{2})?)",
)
_ISO = rf"\A{_DATE}({_TIME}{_ZONE}?)?\z"
_ZONED = rf"{_TIME}{_ZONE}\z"


def from_text(cells: Cells) -> pa.Array:
    """Convert bytes or text as a text file has it: declared null spellings become null, the rest is parsed.

    Raises:
        SourceError: SRC106, SRC109, SRC130 to SRC140 with the first bad value.
    """
    values = _decode(cells)
    null = pc.is_in(values, value_set=pa.array(cells.column.nulls, pa.string()))
    if not cells.column.nullable:
        cells.refuse(null, "SRC130", "means null, and the column is not nullable")
    return parse(pc.if_else(null, pa.scalar(None, pa.string()), values), cells)


def parse(values: pa.Array, cells: Cells) -> pa.Array:
    """Convert text (null stays null) to the declared type.

    Raises:
        SourceError: SRC109, SRC131 to SRC140 with the first bad value.
    """
    return _PARSERS[cells.column.type](values, cells)


def check_string(values: pa.Array, cells: Cells) -> pa.Array:
    """Return text as it is.

    Raises:
        SourceError: SRC109 or SRC140 if a value is too long or holds control characters.
    """
    cells.refuse(pc.greater(pc.binary_length(values), MAX_TEXT), "SRC109", f"is longer than {MAX_TEXT:,} bytes")
    cells.refuse(_matches(values, _CONTROL), "SRC140", "holds a control character")
    return values


def _decode(cells: Cells) -> pa.Array:
    try:
        return pc.cast(cells.values, pa.string())
    except pa.ArrowInvalid:
        valid = pa.array([_is_utf8(value) for value in cells.values.to_pylist()])  # type: ignore[union-attr]
        cells.refuse(pc.invert(valid), "SRC106", "is not UTF-8")
        raise


def _is_utf8(value: bytes) -> bool:
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return True


def _int(values: pa.Array, cells: Cells) -> pa.Array:
    cells.refuse(_fails(values, _INT), "SRC131", "is not an integer")
    digits = pc.utf8_ltrim(values, "+")
    try:
        return pc.cast(digits, pa.int64())
    except pa.ArrowInvalid:
        fits = [text is None or _fits(text) for text in digits.to_pylist()]
        cells.refuse(pc.invert(pa.array(fits)), "SRC132", "does not fit into 64 bits")
        raise


def _fits(text: str) -> bool:
    return len(text.lstrip("-0")) <= 19 and -(2**63) <= int(text) < 2**63


def _float(values: pa.Array, cells: Cells) -> pa.Array:
    cells.refuse(_matches(values, _NOT_FINITE), "SRC134", "is not a finite number")
    cells.refuse(_fails(values, _FLOAT), "SRC133", "is not a number")
    numbers = pc.cast(pc.utf8_ltrim(values, "+"), pa.float64())
    cells.refuse(pc.invert(pc.is_finite(numbers)), "SRC134", "is too large for a 64-bit number")
    return numbers


def _boolean(values: pa.Array, cells: Cells) -> pa.Array:
    words = pc.utf8_lower(values)
    yes = pc.is_in(words, value_set=pa.array(["true", "1"]))
    known = pc.or_(yes, pc.is_in(words, value_set=pa.array(["false", "0"])))
    cells.refuse(pc.and_(pc.is_valid(values), pc.invert(known)), "SRC135", "is not true, false, 1 or 0")
    return pc.if_else(pc.is_valid(values), yes, pa.scalar(None, pa.bool_()))


def _timestamp(values: pa.Array, cells: Cells) -> pa.Array:
    read = _iso if cells.column.format is None else _formatted
    return within_years(read(values, cells), cells)


def _iso(values: pa.Array, cells: Cells) -> pa.Array:
    cells.refuse(_fails(values, _ISO), "SRC136", "is not an ISO 8601 timestamp")
    zoned = _matches(values, _ZONED)
    if cells.column.timezone is None:
        cells.refuse(pc.invert(zoned), "SRC137", "has no offset, and no timezone is declared")
    # Arrow reads six decimals at most; what is finer than a microsecond is cut off, as in Parquet.
    values = pc.replace_substring_regex(values, r"(\.[0-9]{6})[0-9]+", r"\1")
    missing = pa.scalar(None, pa.string())
    instants = _cast(pc.if_else(zoned, values, missing), ARROW[ColumnType.TIMESTAMP], cells)
    if cells.column.timezone is None:
        return instants
    local = _cast(pc.if_else(zoned, missing, values), pa.timestamp("us"), cells)
    return pc.coalesce(instants, localize(local, cells))


def _cast(values: pa.Array, kind: pa.DataType, cells: Cells) -> pa.Array:
    try:
        return pc.cast(values, kind)
    except pa.ArrowInvalid:
        bad = pa.array([not _castable(value, kind) for value in values])
        cells.refuse(bad, "SRC136", "is no time of the calendar")
        raise


def _castable(value: pa.Scalar, kind: pa.DataType) -> bool:
    try:
        value.cast(kind)
    except pa.ArrowInvalid:
        return False
    return True


def _formatted(values: pa.Array, cells: Cells) -> pa.Array:
    """Read a strptime format: Python's, whose meaning is documented, once per distinct text."""
    distinct = values.dictionary_encode()
    moments = [_strptime(text, cells.column.format or "") for text in distinct.dictionary.to_pylist()]
    bad = pa.array([moment is None for moment in moments], pa.bool_()).take(distinct.indices)
    cells.refuse(bad, "SRC136", f"does not have the format {cells.column.format}")
    aware = "%z" in (cells.column.format or "")
    if not aware and cells.column.timezone is None:
        cells.refuse(pc.is_valid(values), "SRC137", "has no offset, and no timezone is declared")
    kind = ARROW[ColumnType.TIMESTAMP] if aware else pa.timestamp("us")
    instants = pa.array(moments, kind).take(distinct.indices)
    return instants if aware else localize(instants, cells)


def _strptime(text: str, spelling: str) -> datetime | None:
    try:
        return datetime.strptime(text, spelling)
    except ValueError:
        return None


def _matches(values: pa.Array, pattern: str) -> pa.Array:
    return pc.match_substring_regex(values, pattern)


def _fails(values: pa.Array, pattern: str) -> pa.Array:
    return pc.invert(_matches(values, pattern))


_PARSERS: dict[ColumnType, Callable[[pa.Array, Cells], pa.Array]] = {
    ColumnType.INT: _int,
    ColumnType.FLOAT: _float,
    ColumnType.STRING: check_string,
    ColumnType.BOOLEAN: _boolean,
    ColumnType.TIMESTAMP: _timestamp,
}

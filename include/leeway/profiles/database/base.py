"""What a database has to offer: to answer statements, and the few expressions that are its own."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import sqlalchemy as sa

from leeway.profiles.layout import ColumnKind

if TYPE_CHECKING:
    from collections.abc import Sequence


class Held(StrEnum):
    """What a column of a database holds, as far as expressions differ."""

    NUMBER = "number"
    CLOCK = "clock"
    """Times of day, counted as microseconds."""
    TEXT = "text"
    """Strings, and what reads as one level each: booleans, enumerations, UUIDs."""
    MOMENT = "moment"
    OTHER = "other"


_KINDS = {
    Held.NUMBER: ColumnKind.NUMBER,
    Held.CLOCK: ColumnKind.NUMBER,
    Held.TEXT: ColumnKind.CATEGORY,
    Held.MOMENT: ColumnKind.TIME,
    Held.OTHER: ColumnKind.OTHER,
}


@dataclass(frozen=True)
class Field:
    """A column of a table or query.

    Args:
        stored: its type in the database's own words, where an expression depends on it.
    """

    name: str
    held: Held
    stored: str = ""

    @property
    def kind(self) -> ColumnKind:
        """The kind that its type suggests; of strings always `ColumnKind.CATEGORY`."""
        return _KINDS[self.held]

    @property
    def column(self) -> sa.ColumnElement[Any]:
        """The column, by its quoted name."""
        return sa.column(sa.quoted_name(self.name, quote=True))

    @property
    def arrow(self) -> Any:
        """The Arrow type of what `Database.value` gives."""
        return {ColumnKind.NUMBER: pa.float64(), ColumnKind.CATEGORY: pa.string()}.get(self.kind, pa.int32())


@dataclass(frozen=True)
class Queried:
    """Rows of a database: where it is, and the statement that gives them."""

    url: sa.URL
    rows: sa.Select[Any]


class Database(ABC):
    """An open connection. Failures are ProfileErrors: PRO400 for the connection, PRO403 for a statement."""

    @abstractmethod
    def fields(self, statement: sa.Select[Any]) -> list[Field]:
        """The columns of a statement, which has no rows."""

    @abstractmethod
    def rows(self, statement: sa.Select[Any]) -> list[tuple[Any, ...]]:
        """All rows of a statement."""

    @abstractmethod
    def moment(self, field: Field) -> sa.ColumnElement[Any]:
        """Microseconds since 1970 of a moment; null for one before or after all time."""

    @abstractmethod
    def replaced(self, text: sa.ColumnElement[Any], pattern: str, sign: str) -> sa.ColumnElement[Any]:
        """Put a sign in place of every match of one of `leeway.profiles.levels.PATTERNS`."""

    def text(self, column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """A column as text that sorts and groups by code points; booleans as ``true`` and ``false``."""
        return sa.cast(column, sa.Text)

    def table(self, statement: sa.Select[Any], fields: Sequence[Field]) -> Any:
        """All rows of a statement as a pyarrow table of ``fields``, whose values it selects in this order."""
        columns = list(zip(*self.rows(statement), strict=True)) or [()] * len(fields)
        arrays = [pa.array(values, field.arrow) for values, field in zip(columns, fields, strict=True)]
        return pa.table(arrays, names=[field.name for field in fields])

    def value(self, field: Field) -> sa.ColumnElement[Any]:
        """A column as a double, as text, or, of other types, as something that is null where it is."""
        if field.held is Held.NUMBER:
            return sa.cast(field.column, sa.Double)
        if field.held is Held.CLOCK:
            return sa.cast(sa.func.round(sa.extract("epoch", field.column) * 1_000_000), sa.Double)
        if field.held is Held.TEXT:
            return self.text(field.column)
        return sa.case((field.column.is_not(None), 0))

    def spread_out(
        self, values: sa.Select[Any], order: Sequence[sa.ColumnElement[Any]], rows: int, size: int
    ) -> sa.Select[Any]:
        """Of a statement's ``rows`` rows the ``size`` that `leeway.profiles.rows.evenly` would choose.

        Without an order, rows count in the order in which the database comes upon them.
        """
        place = sa.cast(sa.func.row_number().over(order_by=order or None), sa.BigInteger).label("place")
        numbered = values.add_columns(place).subquery("numbered")
        *columns, at = numbered.c
        # Row r of n, from 1, is chosen if some i * n // size is r - 1: if n divides one of the size numbers up to
        # r * size - 1.
        return sa.select(*columns).where((at * size - 1) % rows < size).order_by(at)

"""PostgreSQL, through SQLAlchemy."""

from __future__ import annotations

import sys
import unicodedata
from functools import cache
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from leeway.errors import ProfileError
from leeway.profiles.database.base import Database, Field, Held
from leeway.profiles.database.scrubbing import scrubbed

if TYPE_CHECKING:
    from collections.abc import Iterable

_BY_NAME = dict.fromkeys(("int2", "int4", "int8", "float4", "float8", "numeric"), Held.NUMBER) | {
    "time": Held.CLOCK,
    "uuid": Held.TEXT,
    "date": Held.MOMENT,
    "timestamp": Held.MOMENT,
    "timestamptz": Held.MOMENT,
}
_BY_CATEGORY = {"S": Held.TEXT, "B": Held.TEXT, "E": Held.TEXT}
"""Strings, booleans and enumerations: column ``typcategory`` of ``pg_type``."""


class Postgres(Database):
    """A connection to PostgreSQL; all that it is asked sees the same rows."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def fields(self, statement: sa.Select[Any]) -> list[Field]:
        """See `Database.fields`."""
        result = self._execute(statement)
        assert result.cursor is not None, "the cursor is open until rows are fetched"
        described: list[tuple[str, Any]] = [(str(column[0]), column[1]) for column in result.cursor.description or ()]
        result.close()
        held = self._held({type_ for _, type_ in described})
        return [Field(name, held.get(type_, Held.OTHER)) for name, type_ in described]

    def rows(self, statement: sa.Select[Any]) -> list[tuple[Any, ...]]:
        """See `Database.rows`."""
        return [tuple(row) for row in self._execute(statement)]

    def text(self, column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """See `Database.text`."""
        return sa.collate(sa.cast(column, sa.Text), "C")

    def moment(self, field: Field) -> sa.ColumnElement[Any]:
        """See `Database.moment`."""
        return sa.case((sa.func.isfinite(field.column), sa.extract("epoch", field.column) * 1_000_000))

    def replaced(self, text: sa.ColumnElement[Any], pattern: str, sign: str) -> sa.ColumnElement[Any]:
        """See `Database.replaced`."""
        return sa.func.regexp_replace(text, _spelled_out(pattern), sign, "g")

    def _held(self, types: Iterable[int]) -> dict[int, Held]:
        columns: list[sa.ColumnClause[Any]] = [sa.column(name) for name in ("oid", "typname", "typcategory")]
        known = sa.table("pg_type", *columns, schema="pg_catalog")
        statement = sa.select(*columns).select_from(known).where(columns[0].in_(sorted(types)))
        return {
            oid: _BY_NAME.get(name, _BY_CATEGORY.get(category, Held.OTHER))
            for oid, name, category in self.rows(statement)
        }

    def _execute(self, statement: sa.Select[Any]) -> sa.CursorResult[Any]:
        try:
            return self._connection.execute(statement)
        except sa.exc.DBAPIError as error:
            lost = error.connection_invalidated
            raise ProfileError(
                f"PostgreSQL {'has gone' if lost else 'refuses'}: {scrubbed(error, self._connection.engine.url)}",
                code="PRO400" if lost else "PRO403",
            ) from None


@cache
def _spelled_out(pattern: str) -> str:
    r"""A pattern with its class spelled out: PostgreSQL has no ``\p{Lu}``, only classes by locale."""
    if pattern == r"\s+":
        return "[ \t\n\f\r]+"
    category = pattern.removeprefix(r"\p{").removesuffix("}+")
    return f"[{''.join(_ranges(category))}]+"


def _ranges(category: str) -> Iterable[str]:
    start = None
    for point in range(sys.maxunicode + 2):
        inside = point <= sys.maxunicode and unicodedata.category(chr(point)) == category
        if inside and start is None:
            start = point
        elif not inside and start is not None:
            yield chr(start) if start == point - 1 else f"{chr(start)}-{chr(point - 1)}"
            start = None

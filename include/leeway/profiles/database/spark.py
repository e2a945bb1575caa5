"""Spark SQL, by a session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.sql.compiler import GenericTypeCompiler, IdentifierPreparer

from leeway.errors import ProfileError
from leeway.profiles.database.base import Database, Field, Held

if TYPE_CHECKING:
    from collections.abc import Sequence

_BY_TYPE = dict.fromkeys(("tinyint", "smallint", "int", "bigint", "float", "double", "decimal"), Held.NUMBER) | {
    "string": Held.TEXT,
    "varchar": Held.TEXT,
    "char": Held.TEXT,
    "boolean": Held.TEXT,
    "void": Held.TEXT,
    "date": Held.MOMENT,
    "timestamp": Held.MOMENT,
    "timestamp_ntz": Held.MOMENT,
}
_SAMPLED = 1.1
"""How many more rows than wanted are drawn at random, so that there are hardly ever fewer."""


class _Types(GenericTypeCompiler):
    def visit_TEXT(self, type_: Any, **_: Any) -> str:  # noqa: N802, ARG002  # as SQLAlchemy calls it
        return "STRING"


class _Preparer(IdentifierPreparer):
    def __init__(self, dialect: Any) -> None:
        super().__init__(dialect, initial_quote="`")


class _Dialect(DefaultDialect):
    name = "spark"
    type_compiler_cls = _Types
    preparer: Any = _Preparer


_DIALECT = _Dialect(paramstyle="named")


class Spark(Database):
    """A Spark session, version 3.4 or later. Its tables may change between two statements."""

    def __init__(self, session: Any) -> None:
        self._session = session

    def fields(self, statement: sa.Select[Any]) -> list[Field]:
        """See `Database.fields`."""
        found = [(field.name, field.dataType.simpleString()) for field in self._asked(statement).schema.fields]
        return [Field(name, _BY_TYPE.get(stored.partition("(")[0], Held.OTHER), stored) for name, stored in found]

    def rows(self, statement: sa.Select[Any]) -> list[tuple[Any, ...]]:
        """See `Database.rows`."""
        return [tuple(row) for row in self._asked(statement, collect=True)]

    def moment(self, field: Field) -> sa.ColumnElement[Any]:
        """See `Database.moment`."""
        if field.stored == "timestamp":
            return sa.func.unix_micros(field.column)
        start_of_day = sa.func.unix_date(sa.cast(field.column, sa.Date)) * sa.cast(86_400_000_000, sa.BigInteger)
        if field.stored == "date":
            return start_of_day
        # The reading of a clock, as if it were one of UTC. All else that Spark offers heeds the session's zone.
        minutes = sa.func.hour(field.column) * 60 + sa.func.minute(field.column)
        micros = sa.cast(sa.extract("second", field.column) * 1_000_000, sa.BigInteger)
        return start_of_day + minutes * sa.cast(60_000_000, sa.BigInteger) + micros

    def replaced(self, text: sa.ColumnElement[Any], pattern: str, sign: str) -> sa.ColumnElement[Any]:
        """See `Database.replaced`."""
        # Java's \s has one character more.
        return sa.func.regexp_replace(text, "[ \t\n\f\r]+" if pattern == r"\s+" else pattern, sign)

    def spread_out(
        self, values: sa.Select[Any], order: Sequence[sa.ColumnElement[Any]], rows: int, size: int
    ) -> sa.Select[Any]:
        """See `Database.spread_out`; without an order, rows are drawn at random: Spark does not number them."""
        if order:
            return super().spread_out(values, order, rows, size)
        return values.where(sa.func.rand(0) < size / rows * _SAMPLED).limit(size)

    def _asked(self, statement: sa.Select[Any], *, collect: bool = False) -> Any:
        from pyspark.errors import PySparkException

        compiled = statement.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
        try:
            found = self._session.sql(str(compiled), args=compiled.params)
            return found.collect() if collect else found
        except PySparkException as error:
            raise ProfileError(f"Spark refuses: {str(error).strip().splitlines()[0]}", code="PRO403") from None

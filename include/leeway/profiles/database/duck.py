"""DuckDB, by its own engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.engine.default import DefaultDialect

from leeway.errors import ProfileError
from leeway.profiles.database.base import Database, Field, Held

if TYPE_CHECKING:
    from collections.abc import Sequence

_INTEGERS = ("tinyint", "smallint", "integer", "bigint", "hugeint")
_HELD = {
    Held.NUMBER: (*_INTEGERS, *(f"u{name}" for name in _INTEGERS), "float", "double", "decimal"),
    Held.CLOCK: ("time",),
    Held.TEXT: ("varchar", "enum", "uuid", "json", "boolean", "sqlnull", '"null"'),
    Held.MOMENT: ("date", "timestamp", "timestamp_s", "timestamp_ms", "timestamp_ns", "timestamp with time zone"),
}
_BY_TYPE = {name: held for held, names in _HELD.items() for name in names}
_DIALECT = DefaultDialect(paramstyle="numeric_dollar")


class DuckDb(Database):
    """A DuckDB connection. Its regular expressions are those of Arrow."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def fields(self, statement: sa.Select[Any]) -> list[Field]:
        """See `Database.fields`."""
        found = self._asked(statement)
        return [Field(name, _held(type_), str(type_)) for name, type_ in zip(found.columns, found.types, strict=True)]

    def rows(self, statement: sa.Select[Any]) -> list[tuple[Any, ...]]:
        """See `Database.rows`."""
        return self._answer(statement, "fetchall")  # type: ignore[no-any-return]

    def table(self, statement: sa.Select[Any], fields: Sequence[Field]) -> Any:
        """See `Database.table`."""
        found = self._answer(statement, "to_arrow_table").rename_columns([field.name for field in fields])
        return found.cast(pa.schema([(field.name, field.arrow) for field in fields]))

    def moment(self, field: Field) -> sa.ColumnElement[Any]:
        """See `Database.moment`."""
        return sa.case((sa.func.isfinite(field.column), sa.func.epoch_us(field.column)))

    def replaced(self, text: sa.ColumnElement[Any], pattern: str, sign: str) -> sa.ColumnElement[Any]:
        """See `Database.replaced`."""
        return sa.func.regexp_replace(text, pattern, sign, "g")

    def _answer(self, statement: sa.Select[Any], how: str) -> Any:
        import duckdb

        asked = self._asked(statement)
        try:
            return getattr(asked, how)()
        except duckdb.Error as error:
            raise _refused(error) from None

    def _asked(self, statement: sa.Select[Any]) -> Any:
        import duckdb

        compiled = statement.compile(dialect=_DIALECT)
        values = [compiled.params[name] for name in compiled.positiontup or ()]
        try:
            return self._connection.sql(str(compiled), params=values)
        except duckdb.Error as error:
            raise _refused(error) from None


def _held(type_: Any) -> Held:
    # An alias, such as JSON, has the id of the type beneath it.
    return _BY_TYPE.get(str(type_).lower(), _BY_TYPE.get(type_.id, Held.OTHER))


def _refused(error: Exception) -> ProfileError:
    return ProfileError(f"DuckDB refuses: {str(error).splitlines()[0]}", code="PRO403")

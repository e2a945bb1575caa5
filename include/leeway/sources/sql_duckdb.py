"""Reading from DuckDB with its own engine: columns come as Arrow, in their stored types."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pyarrow.types as pt
from sqlalchemy.engine.default import DefaultDialect

from leeway.sources.from_arrow import from_arrow
from leeway.sources.sql_plan import Plan, TimeKind, deadline, scrubbed

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa
    import sqlalchemy as sa

    from leeway.sources.selection import Selection


def read_duckdb(plan: Plan, selection: Selection) -> None:
    """Add the rows that a plan asks for to a selection. A database file is opened read-only.

    Raises:
        SourceError: SRC1xx, SRC201 or SRC202.
    """
    with _connected(plan) as connection:
        header = _reader(connection, plan.header(), plan)
        selection.header.check(header.schema.names, plan.place)
        kind = _kind(header.schema.field(plan.request.time_column).type)
        statement = plan.rows(selection.columns, plan.within(kind) if kind else None)
        first = 1
        for batch in _reader(connection, statement, plan):
            if batch.num_rows:
                columns = dict(zip(selection.columns, batch.columns, strict=True))
                selection.add(columns, from_arrow, place=plan.place, first_row=first)
                first += batch.num_rows


def time_kind(plan: Plan) -> TimeKind | None:
    """How the database keeps times.

    Raises:
        SourceError: SRC111, SRC160, SRC201 or SRC202.
    """
    with _connected(plan) as connection:
        return _kind(_reader(connection, plan.header(), plan).schema.field(plan.request.time_column).type)


def _kind(stored: pa.DataType) -> TimeKind | None:
    """How the column keeps times; None if it does not, which is refused with the first row."""
    if pt.is_timestamp(stored):
        return "aware" if stored.tz else "local"
    return "date" if pt.is_date(stored) else None


def _reader(connection: Any, statement: sa.Select[Any], plan: Plan) -> pa.RecordBatchReader:
    compiled = statement.compile(dialect=DefaultDialect(paramstyle="numeric_dollar"))
    values = [compiled.params[name] for name in compiled.positiontup or ()]
    return connection.sql(str(compiled), params=values).to_arrow_reader(plan.batch_rows)


@contextmanager
def _connected(plan: Plan) -> Iterator[Any]:
    import duckdb

    path = plan.url.database or ":memory:"
    try:
        connection = duckdb.connect(path, read_only=path != ":memory:")
    except duckdb.Error as error:
        raise plan.place.error("SRC201", f"cannot open ({scrubbed(error, plan.url)})") from None
    with connection, deadline(plan.timeout, connection.interrupt) as over:
        try:
            connection.execute("SET TimeZone = 'UTC'")
            yield connection
        except duckdb.Error as error:
            raise plan.place.error("SRC202" if over.is_set() else "SRC160", scrubbed(error, plan.url)) from None

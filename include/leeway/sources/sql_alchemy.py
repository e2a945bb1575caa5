"""Reading through SQLAlchemy."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import sqlalchemy as sa

from leeway.sources.cells import Cells
from leeway.sources.from_python import from_python
from leeway.sources.sql_plan import Plan, TimeKind, deadline, scrubbed

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator

    from leeway.sources.selection import Selection


def read_sqlalchemy(plan: Plan, selection: Selection) -> None:
    """Add the rows that a plan asks for to a selection.

    Raises:
        SourceError: SRC1xx, SRC201, SRC202 or SRC204.
    """
    with _connected(plan) as connection, _answering(plan, connection):
        selection.header.check(list(connection.execute(plan.header()).keys()), plan.place)
        sample = connection.execute(plan.sample()).scalar()
        kind = _kind(sample, plan)
        condition = plan.within(kind) if kind and (kind != "text" or _is_sqlite(connection, plan)) else None
        statement = plan.rows(selection.columns, condition)
        result = connection.execution_options(stream_results=True).execute(statement).yield_per(plan.batch_rows)
        first = 1
        for rows in result.partitions():
            columns = dict(zip(selection.columns, map(list, zip(*rows, strict=True)), strict=True))
            selection.add(columns, from_python, place=plan.place, first_row=first)
            first += len(rows)


def time_kind(plan: Plan) -> TimeKind | None:
    """How the database keeps times, judged by one of them; None if there is none.

    Raises:
        SourceError: SRC1xx, SRC201, SRC202 or SRC204.
    """
    with _connected(plan) as connection, _answering(plan, connection):
        return _kind(connection.execute(plan.sample()).scalar(), plan)


def _kind(sample: object, plan: Plan) -> TimeKind | None:
    """How the database keeps times, judged by one of them; None if there is none."""
    if sample is None:
        return None
    name = plan.request.time_column
    column = plan.request.schema.columns[name]
    from_python(Cells(place=plan.place, name=name, column=column, values=[sample], rows=pa.array([1])))
    if isinstance(sample, datetime):
        return "aware" if sample.tzinfo else "local"
    return "date" if isinstance(sample, date) else "text"


def _is_sqlite(connection: sa.Connection, plan: Plan) -> bool:
    """Whether the database can read text as time; if not, all rows are fetched and filtered here."""
    return connection.dialect.name == "sqlite" and plan.request.schema.columns[plan.request.time_column].format is None


@contextmanager
def _connected(plan: Plan) -> Iterator[sa.Connection]:
    try:
        # Without parameters in its messages: they may hold what the database must not tell a log.
        engine = sa.create_engine(plan.url, poolclass=sa.NullPool, hide_parameters=True)
    except (sa.exc.ArgumentError, ImportError) as error:
        raise plan.place.error("SRC111", f"no driver for this URL ({scrubbed(error, plan.url)})") from None
    try:
        connection = engine.connect()
    except sa.exc.DBAPIError as error:
        raise plan.place.error("SRC201", f"cannot connect ({_reason(error, plan)})") from None
    with connection:
        if connection.dialect.name == "postgresql":
            connection = connection.execution_options(postgresql_readonly=True)
        yield connection


@contextmanager
def _answering(plan: Plan, connection: sa.Connection) -> Iterator[None]:
    with deadline(plan.timeout, _canceller(connection)) as over:
        try:
            yield
        except sa.exc.DBAPIError as error:
            raise plan.place.error(_code(error, over), _reason(error, plan)) from None
        except sa.exc.SQLAlchemyError as error:
            raise plan.place.error("SRC160", scrubbed(error, plan.url)) from None
        except (
            ValueError,
            OverflowError,
        ) as error:  # a value that the driver cannot express, like a time in year 20000
            raise plan.place.error("SRC160", f"the driver cannot read a value ({scrubbed(error, plan.url)})") from None


def _canceller(connection: sa.Connection) -> Callable[[], object]:
    """What cancels a running query from another thread: drivers of PostgreSQL and SQLite can; others are waited for."""
    driver: Any = connection.connection.dbapi_connection
    found = getattr(driver, "cancel", None) or getattr(driver, "interrupt", None)
    return found if callable(found) else (lambda: None)


def _code(error: sa.exc.DBAPIError, over: threading.Event) -> str:
    if over.is_set():
        return "SRC202"
    if error.connection_invalidated:
        return "SRC204"
    return "SRC201" if "database is locked" in str(error.orig) else "SRC160"


def _reason(error: sa.exc.DBAPIError, plan: Plan) -> str:
    return scrubbed(error.orig or error, plan.url)

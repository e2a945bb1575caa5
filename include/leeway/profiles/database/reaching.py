"""From a URL, or something open, to a database."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from leeway.errors import ProfileError
from leeway.profiles.database.duck import DuckDb
from leeway.profiles.database.postgres import Postgres
from leeway.profiles.database.scrubbing import scrubbed
from leeway.profiles.database.spark import Spark

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leeway.profiles.database.base import Database

_DO = "Give a URL like postgresql+psycopg2://user@host/name or duckdb:///file.db."


@contextmanager
def reached(where: Any) -> Iterator[Database]:
    """Open a database for reading, and close what was opened.

    Args:
        where: the URL of a PostgreSQL or DuckDB database, an engine of SQLAlchemy for PostgreSQL, a connection of
            DuckDB or a session of Spark.

    Raises:
        ProfileError: PRO400 if it cannot be reached, PRO401 if it is none of these.
    """
    library = type(where).__module__.partition(".")[0]
    if library in ("duckdb", "_duckdb"):
        yield DuckDb(where)
    elif library == "pyspark":
        yield Spark(where)
    elif isinstance(where, sa.Engine):
        with _postgres(where) as database:
            yield database
    else:
        with _by_url(where) as database:
            yield database


@contextmanager
def _by_url(where: Any) -> Iterator[Database]:
    try:
        url = sa.make_url(where)
        backend = url.get_backend_name()
    except (sa.exc.ArgumentError, ValueError):
        raise ProfileError("the database URL cannot be read", code="PRO401", do=_DO) from None
    if backend == "duckdb":
        with _duckdb(url) as database:
            yield database
        return
    _check_backend(backend)
    try:
        # Without parameters in its messages: they may hold what the database must not tell a log.
        engine = sa.create_engine(url, poolclass=sa.NullPool, hide_parameters=True)
    except (sa.exc.ArgumentError, ImportError) as error:
        raise ProfileError(f"no driver for this URL ({scrubbed(error, url)})", code="PRO401", do=_DO) from None
    with _postgres(engine) as database:
        yield database


@contextmanager
def _postgres(engine: sa.Engine) -> Iterator[Database]:
    _check_backend(engine.dialect.name)
    try:
        connection = engine.connect()
    except sa.exc.DBAPIError as error:
        raise ProfileError(
            f"cannot connect to the database: {scrubbed(error, engine.url)}",
            code="PRO400",
            do="See that it runs, and that host, user and password are right.",
        ) from None
    with connection:
        # Several statements are asked; rows that are written meanwhile must be in all of them, or in none.
        yield Postgres(connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True))


@contextmanager
def _duckdb(url: sa.URL) -> Iterator[Database]:
    import duckdb

    path = url.database or ":memory:"
    if path != ":memory:" and not Path(path).is_file():  # else DuckDB would say where it looked for it
        raise ProfileError("there is no such database file", code="PRO400", file=Path(path).name)
    try:
        connection = duckdb.connect(path, read_only=path != ":memory:")
    except duckdb.Error as error:
        raise ProfileError(f"cannot open the database: {scrubbed(error, url)}", code="PRO400") from None
    with connection:
        yield DuckDb(connection)


def _check_backend(name: str) -> None:
    if name != "postgresql":
        raise ProfileError(f"a database of type {name} cannot compute profiles", code="PRO401", do=_DO)

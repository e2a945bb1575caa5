"""Connections and transactions, alike on PostgreSQL and SQLite.

A writing transaction first takes the model's lock, so what it has checked stays true until it commits: on PostgreSQL
an advisory lock of the transaction, on SQLite (one writer at a time) ``BEGIN IMMEDIATE``. No transaction holds two
locks, so there are no deadlocks, and only the beginning of a transaction ever needs to be tried again.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections import defaultdict
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import StaticPool

from leeway.catalog.failures import explained, first_line, is_busy
from leeway.catalog.locks import advisory_lock, file_lock, lock_key, thread_lock
from leeway.errors import CatalogError

if TYPE_CHECKING:
    from collections.abc import Iterator

BUSY_WAIT = 20
"""Seconds that one try to begin a transaction waits for others."""
TRIES = 3
LOCK_WAIT = 600.0
"""Seconds that slow work waits for another process doing slow work on the same model."""

# A process stopped in the middle of a transaction must not hold up everybody: the server ends its session.
_PG_OPTIONS = f"-c lock_timeout={BUSY_WAIT}s -c idle_in_transaction_session_timeout=60s -c tcp_keepalives_idle=60"
_DRIVERS = {
    "sqlite": "sqlite",
    "sqlite+pysqlite": "sqlite",
    "postgresql": "postgresql+psycopg2",
    "postgresql+psycopg2": "postgresql+psycopg2",
}


class Database:
    """One database, reached by the one engine that this process keeps for its URL.

    Args:
        url: SQLAlchemy URL.

    Raises:
        CatalogError: CAT004 if it is not a URL of PostgreSQL or SQLite.
    """

    def __init__(self, url: str) -> None:
        self.url = _parse(url)
        self.postgres = self.url.drivername.startswith("postgresql")
        self.file = _file(self.url)
        in_memory = not self.postgres and self.file is None
        self._engine = _new_engine(self.url) if in_memory else _shared_engine(self.url)
        # Threads share the one connection of a database in memory, so they take turns.
        self._turn: AbstractContextManager[Any] = threading.RLock() if in_memory else nullcontext()
        self._slow: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Read one consistent state.

        Raises:
            CatalogError: if the database cannot be reached or is not migrated.
        """
        with explained(self.url), self._turn, self._connect() as connection:
            if self.postgres:
                connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            yield connection

    @contextmanager
    def write(self, model: str) -> Iterator[Connection]:
        """Change something of a model while nobody else does: commits at the end, rolls back at an exception.

        Raises:
            CatalogError: if the database cannot be reached, is not migrated, or stays locked (CAT005).
            ConflictError: if a unique key is already taken.
        """
        with explained(self.url), self._turn, self._begin(model) as connection:
            yield connection
            connection.commit()

    @contextmanager
    def lock(self, model: str, *, wait: float) -> Iterator[None]:
        """Hold the model's lock for slow work, on a connection or file of its own.

        Raises:
            CatalogError: CAT005 if another process has held it for ``wait`` seconds.
        """
        with ExitStack() as held:
            with explained(self.url):
                if self.postgres:
                    held.enter_context(advisory_lock(self._connect(), model, wait))
                elif self.file is not None:
                    held.enter_context(file_lock(self.file.with_name(f"{self.file.name}.{model}.lock"), model, wait))
                else:
                    held.enter_context(thread_lock(self._slow[model], model, wait))
            yield

    def prepare(self) -> None:
        """Make the folder of an SQLite file, and switch the file to a log in which readers never wait for a writer.

        Raises:
            CatalogError: CAT001 if the folder or file cannot be made.
        """
        if self.file is None:
            return
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            _write_ahead(self.file)
        except (OSError, sqlite3.Error) as error:
            raise CatalogError(f"the catalog's file cannot be made: {error}", code="CAT001", file=self.file) from error

    def close(self) -> None:
        """Close this process's connections; the next use opens new ones."""
        self._engine.dispose()

    def _connect(self) -> Connection:
        try:
            return self._engine.connect()
        except DBAPIError as error:
            raise CatalogError(
                f"the catalog cannot be reached: {first_line(error, self.url)}",
                code="CAT001",
                do="Check the catalog's URL (LEEWAY_CATALOG_URL) and that its database runs.",
            ) from None  # the driver's traceback shows its arguments, and with them the password

    def _begin(self, model: str) -> Connection:
        for attempt in range(1, TRIES + 1):
            connection = self._connect().execution_options(leeway_write=True)
            try:
                connection.begin()
                if self.postgres:
                    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": lock_key("write", model)})
                return connection
            except DBAPIError as error:
                connection.close()
                if attempt == TRIES or not is_busy(error):
                    raise
                time.sleep(0.1 * attempt)
        raise AssertionError("the last try returns or raises")


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        parsed = None
    if parsed is None or parsed.drivername not in _DRIVERS:
        scheme = f", not {parsed.drivername}" if parsed is not None else ""
        raise CatalogError(
            f"the catalog's URL is not one of PostgreSQL or SQLite{scheme}",
            code="CAT004",
            do="Write postgresql://user:password@host/database or sqlite:///path/to/file.",
        )
    return parsed.set(drivername=_DRIVERS[parsed.drivername])


def _file(url: URL) -> Path | None:
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return None
    return Path(url.database)


def _write_ahead(file: Path) -> None:
    deadline = time.monotonic() + BUSY_WAIT
    while True:
        try:
            with closing(sqlite3.connect(file, timeout=BUSY_WAIT)) as connection:
                connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            # The switch needs the file for itself, and does not wait for that by itself.
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.05)


_engines: dict[str, Engine] = {}
_of_parent: list[object] = []


def _shared_engine(url: URL) -> Engine:
    return _engines.setdefault(url.render_as_string(hide_password=False), _new_engine(url))


def _new_engine(url: URL) -> Engine:
    if url.get_backend_name() == "postgresql":
        query = {**url.query, "options": f"{_PG_OPTIONS} {url.query.get('options', '')}".strip()}
        return create_engine(
            url.set(query=query), hide_parameters=True, pool_pre_ping=True, pool_size=2, max_overflow=8
        )
    if _file(url) is None:
        engine = create_engine(
            url, hide_parameters=True, poolclass=StaticPool, connect_args={"check_same_thread": False}
        )
    else:
        engine = create_engine(url, hide_parameters=True, connect_args={"timeout": BUSY_WAIT})
    event.listen(engine, "connect", _leave_transactions_to_us)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _leave_transactions_to_us(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # else the driver begins and commits when it thinks fit
    connection.execute("PRAGMA foreign_keys=ON")


def _begin_sqlite(connection: Connection) -> None:
    writing = connection.get_execution_options().get("leeway_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN DEFERRED")


def _use_own_connections() -> None:
    for engine in _engines.values():
        _of_parent.append(engine.pool)  # kept, for collecting an inherited connection would close it under the parent
        engine.dispose(close=False)


os.register_at_fork(after_in_child=_use_own_connections)

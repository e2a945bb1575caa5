"""What is asked of a database, as statements that every engine gets compiled for its dialect."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote_plus
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from leeway.errors import ProfileError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from sqlalchemy.engine import URL

    from leeway.sources.base import ReadRequest
    from leeway.sources.codes import Place

TimeKind = Literal["aware", "local", "date", "text"]
"""How a database keeps the time column: with a zone, without, whole days, or as text."""

_CLOCK_CHANGE = timedelta(hours=3)
"""Local bounds are widened by this: when clocks change, local times and instants are ordered differently."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One read: what from where, in which portions, until when. Times are filtered again, exactly, after reading."""

    url: URL
    table: str | None
    query: str | None
    bound: Mapping[str, Any]
    request: ReadRequest
    batch_rows: int
    timeout: float
    place: Place

    def header(self) -> sa.Select[Any]:
        """A statement without rows that shows all column names."""
        return sa.select(sa.text("*")).select_from(self._origin()).where(sa.text("1 = 0"))

    def sample(self) -> sa.Select[Any]:
        """A statement for one value of the time column that is not null."""
        time = self._column(self.request.time_column)
        return sa.select(time).select_from(self._origin()).where(time.is_not(None)).limit(1)

    def rows(self, columns: tuple[str, ...], condition: sa.ColumnElement[bool] | None) -> sa.Select[Any]:
        """A statement for the rows that meet a condition."""
        statement = sa.select(*[self._column(name) for name in columns]).select_from(self._origin())
        return statement if condition is None else statement.where(condition)

    def within(self, kind: TimeKind) -> sa.ColumnElement[bool]:
        """The condition that a time column of a kind lies in, or near, the interval."""
        time, interval = self._column(self.request.time_column), self.request.interval
        if kind == "aware":
            return sa.and_(time >= interval.start, time < interval.end)
        if kind == "text":
            return self._within_text(time)
        zone = ZoneInfo(self.request.schema.columns[self.request.time_column].timezone or "UTC")
        start, end = (
            interval.start.astimezone(zone).replace(tzinfo=None),
            interval.end.astimezone(zone).replace(tzinfo=None),
        )
        if kind == "local":
            return sa.and_(time >= start - _CLOCK_CHANGE, time < end + _CLOCK_CHANGE)
        day = timedelta(days=1)
        return sa.and_(time >= (start - day).date(), time <= (end + day).date())

    def exactly(self, kind: TimeKind | None) -> sa.ColumnElement[bool]:
        """The condition that a time column of a kind lies in the interval, where nothing is filtered after reading.

        Args:
            kind: of the column; None if it holds no value, and so no row.

        Raises:
            ProfileError: PRO405 if the database keeps the time as something else than an instant.
        """
        column = self.request.schema.columns[self.request.time_column]
        in_utc = column.timezone is not None and ZoneInfo(column.timezone).key in ("UTC", "Etc/UTC")
        if kind is None or kind == "aware":
            return self.within("aware")
        if kind == "local" and in_utc:
            time, interval = self._column(self.request.time_column), self.request.interval
            return sa.and_(time >= interval.start.replace(tzinfo=None), time < interval.end.replace(tzinfo=None))
        raise ProfileError(
            "the database keeps the time without a zone, as a date or as text: which rows belong to a window is "
            "known only after reading",
            code="PRO405",
            column=self.request.time_column,
            do="Make it a timestamp with time zone in the query, or use another engine, like duckdb.",
        )

    def _within_text(self, time: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
        """SQLite keeps times as text: its own function reads them; what it cannot read is fetched, to be refused."""
        interval, moment = self.request.interval, sa.func.datetime(time)
        local = self.request.schema.columns[self.request.time_column].timezone is not None
        margin = timedelta(hours=26) if local else timedelta(seconds=1)
        near = sa.and_(
            moment >= f"{interval.start - margin:%Y-%m-%d %H:%M:%S}",
            moment <= f"{interval.end + margin:%Y-%m-%d %H:%M:%S}",
        )
        return sa.or_(near, sa.and_(moment.is_(None), time.is_not(None)))

    def _origin(self) -> sa.FromClause:
        if self.table is not None:
            schema, _, name = self.table.rpartition(".")
            return sa.table(_quoted(name), schema=".".join(map(_quoted, schema.split("."))) if schema else None)
        assert self.query is not None
        return sa.text(self.query).bindparams(**self.bound).columns().subquery("leeway_input")

    def _column(self, name: str) -> sa.ColumnElement[Any]:
        return sa.column(_quoted(name))


def _quoted(name: str) -> sa.quoted_name:
    return sa.quoted_name(name, quote=True)


def address(text: str, base: Path, place: Place) -> URL:
    """Read a database URL; a relative file starts from ``base``, and must exist, or it would be made.

    Raises:
        SourceError: SRC111.
    """
    try:
        url = sa.make_url(text)
        embedded = url.get_backend_name() in ("sqlite", "duckdb")
    except (sa.exc.ArgumentError, ValueError):
        raise place.error("SRC111", "the database URL cannot be read") from None
    if not embedded or url.database in (None, "", ":memory:") or str(url.database).startswith("file:"):
        return url
    path = base / str(url.database)
    if not path.is_file():
        raise place.error("SRC111", f"the database file {path.name!r} does not exist")
    return url.set(database=str(path))


def scrubbed(error: BaseException, url: URL) -> str:
    """The first line of a driver's message, without anything secret that the URL holds."""
    text = str(error).strip().split("\n")[0]
    secrets = [url.password, *(value for values in url.normalized_query.values() for value in values)]
    for secret in filter(None, secrets):
        text = text.replace(str(secret), "***").replace(quote_plus(str(secret)), "***")
    return text[:300]


@contextmanager
def deadline(seconds: float, interrupt: Callable[[], object]) -> Iterator[threading.Event]:
    """Call ``interrupt`` when the time is up; the event says whether it was."""
    over = threading.Event()

    def stop() -> None:
        over.set()
        interrupt()

    timer = threading.Timer(seconds, stop)
    timer.daemon = True
    timer.start()
    try:
        yield over
    finally:
        timer.cancel()

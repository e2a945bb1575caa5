"""Databases: any that SQLAlchemy knows, and DuckDB by its own engine. Only needed columns leave the database."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar, Literal, Self

from pydantic import Field, field_validator, model_validator

from leeway.canonical import digest
from leeway.core import NAME
from leeway.settings import expand
from leeway.sources.base import Batch, Source

if TYPE_CHECKING:
    from leeway.profiles.database.base import Queried
    from leeway.sources.base import ReadRequest
    from leeway.sources.codes import Place
    from leeway.sources.sql_plan import Plan, TimeKind

_PASSWORD = re.compile(r"^[^:/]+://[^/@:]*:([^/]*)@")
_BOUND = re.compile(r"(?<![:\w\\]):(\w+)(?!:)")
"""A bound value in SQL text, as SQLAlchemy sees it; ``::`` is a cast, ``\\:`` a colon."""


class Sql(Source):
    """A table or query.

    The header is what ``SELECT *`` shows; the rows are then asked for by column name and for the interval only. A
    query is wrapped as a subquery and may use ``:start`` and ``:end`` itself, to help the database (SQLite gets them as
    text like ``2026-01-31 00:00:00``, in UTC). Rows are sorted after reading, not by the database's collation.
    """

    IN_DATABASE: ClassVar[bool] = True

    url: str = Field(description="SQLAlchemy URL, or duckdb:///path; put it or its password into ${VARIABLE}.")
    table: str | None = Field(default=None, description="table, or schema.table. Names are quoted, so case matters.")
    query: str | None = Field(
        default=None, description="A SELECT; may use :start, :end (bound) and the values of 'params'."
    )
    params: dict[str, str | int | float | bool] = Field(
        default_factory=dict, description="More values bound in 'query'."
    )
    extra_columns: Literal["error", "ignore"] = Field(default="error", description="Columns that are not declared.")
    batch_rows: int = Field(default=50_000, ge=1, description="Rows fetched at a time.")
    max_rows: int = Field(default=10_000_000, ge=1, description="Most rows of one interval.")
    timeout: float = Field(default=600, gt=0, description="Seconds until a query is cancelled.")

    @field_validator("url")
    @classmethod
    def _url(cls, value: str) -> str:
        if "://" not in value and not value.startswith("${"):
            raise ValueError("a database URL looks like postgresql+psycopg2://host/name or duckdb:///file.db")
        password = _PASSWORD.match(value)
        if password and "${" not in password[1]:
            raise ValueError(
                "a password does not belong into a model file: write ${VARIABLE} and set it for the workers"
            )
        return value

    @field_validator("table")
    @classmethod
    def _table(cls, value: str | None) -> str | None:
        if value is not None and not all(NAME.match(part) for part in value.split(".")):
            raise ValueError(f"{value!r} is not a table name: letters, digits and _, parts separated by dots")
        return value

    @field_validator("query")
    @classmethod
    def _query(cls, value: str | None) -> str | None:
        if value is None:
            return None
        value = value.strip().removesuffix(";").rstrip()
        if not re.match(r"(?is)(\s|--[^\n]*\n|/\*.*?\*/|\()*(select|with|from|values)\b", value):
            raise ValueError("a query is a SELECT")
        return value

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if (self.table is None) == (self.query is None):
            raise ValueError("say either 'table' or 'query'")
        if {"start", "end"} & set(self.params):
            raise ValueError("'start' and 'end' are the interval; call your own params otherwise")
        used = set(_BOUND.findall(self.query or "")) - {"start", "end"}
        if used != set(self.params):
            raise ValueError(
                f"the query binds {sorted(used)} besides :start and :end, 'params' has {sorted(self.params)}; "
                r"write \: for a colon that binds nothing"
            )
        return self

    def read(self, request: ReadRequest) -> Batch:
        """Read an interval; see `Source.read`.

        Raises:
            SourceError: SRC1xx, SRC201, SRC202 or SRC204.
            SpecError: if an environment variable in ``url`` or ``params`` is not set.
        """
        from leeway.sources.selection import Selection

        selection = Selection(
            request,
            max_rows=self.max_rows,
            extra_columns=self.extra_columns == "ignore",
            file=self.table or "the query",
        )
        plan = self._plan(request, selection.place)
        self._rows(plan, selection)
        table = selection.table()
        asked = [self.table, self.query, self.params, request.interval.key, request.columns, request.time_column]
        masked = plan.url.set(username=None, password=None, query={}).render_as_string()
        return Batch(table, digest(["sql", masked, *asked, table.num_rows]))

    def ask(self, request: ReadRequest) -> Queried:
        """Say how the database is asked for an interval; see `Source.ask`.

        Raises:
            ProfileError: PRO405.
            SourceError: SRC1xx, SRC201, SRC202 or SRC204.
            SpecError: if an environment variable in ``url`` or ``params`` is not set.
        """
        from leeway.profiles.database.base import Queried
        from leeway.sources.codes import Place

        place = Place(model=request.model, window=str(request.interval), file=self.table or "the query")
        plan = self._plan(request, place)
        return Queried(plan.url, plan.rows(request.columns, plan.exactly(self._time_kind(plan))))

    def _plan(self, request: ReadRequest, place: Place) -> Plan:
        from leeway.sources.sql_plan import Plan, address

        url = address(expand(self.url), request.base, place)
        return Plan(
            url=url,
            table=self.table,
            query=self.query,
            bound=self._bound(request, url.get_backend_name()),
            request=request,
            batch_rows=self.batch_rows,
            timeout=self.timeout,
            place=place,
        )

    def _bound(self, request: ReadRequest, backend: str) -> dict[str, object]:
        """The values that the query uses."""
        values: dict[str, object] = {"start": request.interval.start, "end": request.interval.end}
        if backend == "sqlite":
            values = {name: f"{value:%Y-%m-%d %H:%M:%S}" for name, value in values.items()}
        values |= {name: expand(value) if isinstance(value, str) else value for name, value in self.params.items()}
        return {name: values[name] for name in set(_BOUND.findall(self.query or ""))}

    def _rows(self, plan: Plan, selection: object) -> None:
        if plan.url.get_backend_name() == "duckdb":
            from leeway.sources.sql_duckdb import read_duckdb as read
        else:
            from leeway.sources.sql_alchemy import read_sqlalchemy as read
        read(plan, selection)  # type: ignore[arg-type]

    def _time_kind(self, plan: Plan) -> TimeKind | None:
        if plan.url.get_backend_name() == "duckdb":
            from leeway.sources.sql_duckdb import time_kind as look
        else:
            from leeway.sources.sql_alchemy import time_kind as look
        return look(plan)

"""What every part needs: the rows of a window, values read back, and the error for something that is not there."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import CTE, ColumnElement, Table, and_, column, func, literal, select, type_coerce
from sqlalchemy.dialects.postgresql import JSON

from leeway.catalog.tables import moment_text
from leeway.core import Value, Window
from leeway.errors import CatalogError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy.types import TypeEngine

    from leeway.catalog.engine import Database

V = TypeVar("V", bound=Value)


def of_window(table: Table, model: str, window: Window) -> ColumnElement[bool]:
    """The rows of a table that belong to a model's window."""
    return and_(table.c.model == model, table.c.window_start == window.start, table.c.window_end == window.end)


def within(table: Table, model: str, since: datetime | None, until: datetime | None) -> list[ColumnElement[bool]]:
    """The rows of a model whose window starts at or after ``since`` and ends by ``until``, where these are given."""
    wanted: list[ColumnElement[bool]] = [table.c.model == model]
    if since is not None:
        wanted.append(table.c.window_start >= since)
    if until is not None:
        wanted.append(table.c.window_end <= until)
    return wanted


def asked(database: Database, types: Mapping[str, type[TypeEngine[Any]]], rows: Iterable[tuple[Any, ...]]) -> CTE:
    """What is asked for, as a table to join with: one query then answers for many models.

    The rows travel as one parameter, so that the statement is the same however many they are, and is prepared once.

    Args:
        database: its dialect decides how a table is read from JSON.
        types: of the columns, by name.
        rows: values in the order of the columns.
    """
    given = [dict(zip(types, map(_spelled, row), strict=True)) for row in rows]
    if database.postgres:
        columns = [column(name, kind) for name, kind in types.items()]
        table = func.json_to_recordset(literal(given, JSON)).table_valued(*columns, name="given")
        return select(table.render_derived(with_types=True)).cte("asked")
    each = func.json_each(literal(json.dumps(given))).table_valued("value", name="given")
    read = [type_coerce(func.json_extract(each.c.value, f"$.{name}"), kind) for name, kind in types.items()]
    return select(*(value.label(name) for name, value in zip(types, read, strict=True))).cte("asked")


def _spelled(value: Any) -> Any:
    return moment_text(value) if isinstance(value, datetime) else value


def restore(kind: type[V], body: str) -> V:
    """Read a value from its canonical spelling."""
    return kind.model_validate_json(body)


def missing(what: str, *, model: str, window: Window | None = None) -> CatalogError:
    """The error for something that was asked for by name and is not there."""
    return CatalogError(f"the catalog has no {what}", code="CAT010", model=model, window=window)

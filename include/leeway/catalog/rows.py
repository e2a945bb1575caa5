"""What every part needs: the rows of a window, values read back, and the error for something that is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import CTE, ColumnElement, Table, and_, column, values

from leeway.core import Value, Window
from leeway.errors import CatalogError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

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


def asked(types: Mapping[str, Any], rows: Iterable[tuple[Any, ...]]) -> CTE:
    """What is asked for, as a table to join with: one query then answers for many models.

    Args:
        types: of the columns, by name.
        rows: at least one.
    """
    columns = [column(name, kind) for name, kind in types.items()]
    return values(*columns, name="rows_asked").data(list(rows)).cte("asked")


def restore(kind: type[V], body: str) -> V:
    """Read a value from its canonical spelling."""
    return kind.model_validate_json(body)


def missing(what: str, *, model: str, window: Window | None = None) -> CatalogError:
    """The error for something that was asked for by name and is not there."""
    return CatalogError(f"the catalog has no {what}", code="CAT010", model=model, window=window)

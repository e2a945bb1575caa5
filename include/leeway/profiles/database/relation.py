"""A table or query, and what is asked of it: few statements, each with few rows in its answer."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import sqlalchemy as sa

from leeway.core import NAME
from leeway.errors import ProfileError
from leeway.profiles.database.base import Held
from leeway.profiles.database.binning import binned, double
from leeway.profiles.histogram import Histogram
from leeway.profiles.layout import MAX_LEVELS, ColumnKind
from leeway.profiles.levels import LONGEST_PATTERN, PATTERNS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leeway.profiles.database.base import Database, Field

_QUERY = re.compile(r"(?is)(\s|--[^\n]*\n|/\*.*?\*/|\()*(select|with|from|values)\b")
_AT_ONCE = 400
"""Columns that are counted by one statement: PostgreSQL gives at most 1,664."""


@dataclass(frozen=True)
class Counts:
    """How many rows there are; of one column how many are not null, how many not a number, and its span."""

    rows: int
    present: int
    nans: int = 0
    span: tuple[float, float] | None = None


@dataclass(frozen=True)
class Bins:
    """What is known of the numbers of a column; see `leeway.profiles.column.ColumnProfile`."""

    histogram: Histogram
    total: Fraction
    squares: Fraction
    minimum: float | None
    maximum: float | None


class Relation:
    """A table or a query of a database.

    Args:
        database: where it is.
        source: ``table``, ``schema.table`` (letters, digits and _), or a SELECT.
        order: the columns by which rows are in order of time; text by code points.

    Raises:
        ProfileError: PRO402 if the source is neither.
    """

    def __init__(self, database: Database, source: str | sa.Select[Any], order: Sequence[str] = ()) -> None:
        self._database = database
        self._origin = _origin(source)
        self._by = tuple(order)

    @cached_property
    def _order(self) -> tuple[sa.ColumnElement[Any], ...]:
        found = {field.name: field for field in self.fields()} if self._by else {}
        return tuple(
            self._database.text(found[name].column) if found[name].held is Held.TEXT else found[name].column
            for name in self._by
        )

    def fields(self) -> list[Field]:
        """Its columns, in order."""
        return self._database.fields(sa.select(sa.text("*")).select_from(self._origin).where(sa.text("1 = 0")))

    def counts(self, fields: Sequence[Field]) -> dict[str, Counts]:
        """Count the values of columns, in one scan."""
        found: dict[str, Counts] = {}
        for start in range(0, len(fields), _AT_ONCE):
            found |= self._counts(fields[start : start + _AT_ONCE])
        return found

    def _counts(self, fields: Sequence[Field]) -> dict[str, Counts]:
        wanted: list[sa.ColumnElement[Any]] = [sa.func.count()]
        for field in fields:
            wanted.append(sa.func.count(field.column))
            if field.held is Held.NUMBER:
                is_nan = self._database.value(field) == double(math.nan)
                wanted.append(sa.func.count(sa.case((is_nan, 1))))
            elif field.held is Held.MOMENT:
                moment = self._database.moment(field)
                wanted += [sa.func.min(moment), sa.func.max(moment)]
        answer = iter(self._database.rows(sa.select(*wanted).select_from(self._origin))[0])
        rows = next(answer)
        return {field.name: self._count(field, rows, answer) for field in fields}

    @staticmethod
    def _count(field: Field, rows: int, answer: Any) -> Counts:
        present = next(answer)
        if field.held is Held.NUMBER:
            return Counts(rows, present, nans=next(answer))
        if field.held is Held.MOMENT:
            first, last = next(answer), next(answer)
            return Counts(rows, present, span=(float(first), float(last)) if first is not None else None)
        return Counts(rows, present)

    def first(self, fields: Sequence[Field], size: int) -> Any:
        """The values of the first rows, at most ``size``, as a pyarrow table."""
        return self._database.table(self._values(fields).order_by(*self._order).limit(size), fields)

    def spread_out(self, fields: Sequence[Field], rows: int, size: int) -> Any:
        """The values of rows that are evenly spaced, at most ``size`` of ``rows``, as a pyarrow table."""
        if rows <= size:
            return self.first(fields, size)
        statement = self._database.spread_out(self._values(fields), self._order, rows, size)
        return self._database.table(statement, fields)

    def some(self, field: Field, size: int) -> Any:
        """Some values of a column that are not null, as a pyarrow array."""
        statement = self._values([field]).where(field.column.is_not(None)).limit(size)
        return self._database.table(statement, [field]).column(0)

    def bins(self, field: Field, centre: float) -> Bins:
        """Count numbers, or the lengths of texts, by their distance from the centre."""
        value = self._database.value(field)
        if field.kind is ColumnKind.CATEGORY:
            value = sa.cast(sa.func.length(value), sa.Double)
        given = sa.select(value.label("x")).select_from(self._origin).where(field.column.is_not(None))
        rows = sorted(self._database.rows(binned(given, centre)))
        keys, counts, totals, squares, lows, highs = zip(*rows, strict=True) if rows else [()] * 6
        return Bins(
            Histogram(np.array(keys, np.uint16), np.array(counts, np.int64)),
            Fraction(math.fsum(totals)),
            Fraction(math.fsum(squares)),
            min(lows) + 0.0 if lows else None,  # -0.0 becomes 0.0
            max(highs) + 0.0 if highs else None,
        )

    def levels(self, field: Field, *, patterns: bool = False) -> dict[str, int]:
        """The most frequent levels of a column, or patterns of its texts, and how many rows have them."""
        text = self._database.value(field)
        if patterns:
            for pattern, sign in PATTERNS:
                text = self._database.replaced(text, pattern, sign)
            text = sa.func.substr(text, 1, LONGEST_PATTERN)
        given = sa.select(text.label("level")).select_from(self._origin).where(field.column.is_not(None))
        level, count = given.subquery("given").c.level, sa.func.count()
        statement = sa.select(level, count).group_by(level).order_by(count.desc(), level).limit(MAX_LEVELS)
        return dict(sorted((str(name), int(number)) for name, number in self._database.rows(statement)))

    def _values(self, fields: Sequence[Field]) -> sa.Select[Any]:
        values = [self._database.value(field).label(f"value_{at}") for at, field in enumerate(fields)]
        return sa.select(*values).select_from(self._origin)


def _origin(source: str | sa.Select[Any]) -> sa.FromClause:
    if not isinstance(source, str):
        return source.subquery("leeway_input")
    parts = source.split(".")
    if len(parts) <= 2 and all(NAME.match(part) for part in parts):
        *schema, name = map(_quoted, parts)
        return sa.table(name, schema=schema[0] if schema else None)
    if not _QUERY.match(source):
        raise ProfileError(
            f"{source[:80]!r} is neither the name of a table nor a SELECT",
            code="PRO402",
            do="Names have letters, digits and _, as table or schema.table; put others into SELECT * FROM ...",
        )
    # A colon in a query binds nothing, as in a cast; a comment in its last line must end before the bracket.
    text = source.strip().removesuffix(";").replace(":", r"\:") + "\n"
    return sa.text(text).columns().subquery("leeway_input")


def _quoted(name: str) -> sa.quoted_name:
    return sa.quoted_name(name, quote=True)

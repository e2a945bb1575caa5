"""Profiling a table or query of a database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from leeway.errors import ProfileError, did_you_mean
from leeway.profiles import arrow
from leeway.profiles.building import SAMPLE
from leeway.profiles.column import MILLION, ColumnProfile
from leeway.profiles.counting import COUNTERS, Presence
from leeway.profiles.database.reaching import reached
from leeway.profiles.database.relation import Counts, Relation
from leeway.profiles.dependence import MAX_ROWS
from leeway.profiles.layout import ColumnKind, ColumnLayout, Layout, layout_of
from leeway.profiles.profile import Profile
from leeway.profiles.rows import EVERY, MAX_COLUMNS, CodedRows, evenly

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import sqlalchemy as sa

    from leeway.profiles.database.base import Field

_SAMPLED = (ColumnKind.NUMBER, ColumnKind.CATEGORY)
"""Kinds whose values are looked at for a layout, and coded."""


def profile_query(
    where: Any,
    source: str | sa.Select[Any],
    like: Layout | None = None,
    *,
    order_by: str | Sequence[str] = (),
    columns: Collection[str] | None = None,
    without: Collection[str] = (),
) -> Profile:
    """Profile a table or query inside its database: the profile of the same rows in a file.

    Counts, levels and histograms are those of a file, to the last row. Sums differ by the rounding of doubles, and
    decimals may differ in the last bit: Arrow turns them into doubles less exactly. At most 2,000 levels or 16,384 bins
    of a column leave the database, and the values of at most 33,000 rows.

    The table is scanned about once per column, and an expensive query runs as often: give such a query a table first.

    How much the rows tell, and whether a change came early or late, takes their order. Without ``order_by`` rows count
    as independent, which they hardly ever are: tests on the profile then find drift too often. An order that is not
    unique chooses slightly other rows every time. An order without an index makes the database sort the table.

    Args:
        where: the URL of a PostgreSQL or DuckDB database, an engine of SQLAlchemy for PostgreSQL, a connection of
            DuckDB or a session of Spark. PostgreSQL shows one state of its tables to the whole profile; on others, do
            not write meanwhile.
        source: ``table`` or ``schema.table``, or a SELECT, as text or as a statement of SQLAlchemy. It runs with the
            rights of the connection.
        like: the layout of earlier tables; columns it knows are counted as there.
        order_by: the column, or columns, by which rows are in order of time.
        columns: columns to profile; all if not given.
        without: columns to leave out.

    Raises:
        ProfileError: PRO101 if two columns have one name, PRO400 if the database cannot be reached, PRO401 if it is of
            another type, PRO402 if the source is neither name nor SELECT, PRO403 if the database refuses a statement,
            PRO404 if there is no such column.
    """
    order = (order_by,) if isinstance(order_by, str) else tuple(order_by)
    try:
        with reached(where) as database:
            relation = Relation(database, source, order)
            fields = _chosen(relation.fields(), order, columns, without)
            return _Measurement(relation, fields, like, ordered=bool(order)).profile()
    except ProfileError as error:
        place = {"source": source if isinstance(source, str) and " " not in source else "query"} | error.where
        raise ProfileError(error.what, code=error.code, do=error.do, **place) from error.__cause__


def _chosen(
    fields: list[Field], order: Sequence[str], columns: Collection[str] | None, without: Collection[str]
) -> list[Field]:
    names = [field.name for field in fields]
    for name in [*(columns or ()), *order]:
        if name not in names:
            raise ProfileError("there is no such column", code="PRO404", column=name, do=did_you_mean(name, names))
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ProfileError(f"two columns are called {', '.join(twice)}", code="PRO101", do="Rename one of them.")
    return [field for field in fields if (columns is None or field.name in columns) and field.name not in without]


class _Measurement:
    """One profile in the making."""

    def __init__(self, relation: Relation, fields: Sequence[Field], like: Layout | None, *, ordered: bool) -> None:
        self._relation = relation
        self._fields = fields
        self._like = like or Layout()
        self._counts = relation.counts(fields)
        self._rows = max((counts.rows for counts in self._counts.values()), default=0)
        self._head = relation.first(fields, MAX_ROWS) if ordered and fields else None

    def profile(self) -> Profile:
        """Ask for what is needed."""
        sample = self._sample()
        layouts = {field.name: self._layout(field, sample) for field in self._fields}
        columns = {field.name: self._column(field, layouts[field.name]) for field in self._fields}
        return Profile.of(columns, self._coded(sample, layouts))

    def _sample(self) -> Any:
        """Evenly spaced rows of the columns whose values are coded, or of which a layout is to be made."""
        if self._head is not None and self._rows <= MAX_ROWS:
            return self._head
        fields = [field for field in self._fields if field.kind in _SAMPLED and not self._is_text(field)]
        if not fields or not self._rows:
            return pa.table({})
        known = all(self._is_known(field) for field in fields)
        return self._relation.spread_out(fields, self._rows, EVERY if known else SAMPLE)

    def _layout(self, field: Field, sample: Any) -> ColumnLayout:
        present = self._counts[field.name].present
        if present and field.kind not in _SAMPLED:
            return ColumnLayout(kind=field.kind)
        values = sample[field.name] if present and field.name in sample.column_names else _none(field)
        if present and values.null_count == len(values) and not self._is_known(field):
            values = self._relation.some(field, SAMPLE)  # rare values, none of them in the sample
        return layout_of({field.name: values}, self._like).columns[field.name]

    def _is_known(self, field: Field) -> bool:
        known = self._like.get(field.name)
        return known is not None and (known.kind is field.kind or self._is_text(field))

    def _is_text(self, field: Field) -> bool:
        known = self._like.get(field.name)
        return known is not None and (known.kind, field.kind) == (ColumnKind.TEXT, ColumnKind.CATEGORY)

    def _column(self, field: Field, layout: ColumnLayout) -> ColumnProfile:
        counts = self._counts[field.name]
        found = self._found(field, layout, counts) if counts.present else {}
        value_weight, null_weight = self._weights(field, layout)
        return ColumnProfile(
            layout=layout,
            rows=counts.rows,
            nulls=counts.rows - counts.present,
            value_weight=value_weight,
            null_weight=null_weight,
            **found,
        )

    def _found(self, field: Field, layout: ColumnLayout, counts: Counts) -> dict[str, Any]:
        if layout.kind is ColumnKind.NUMBER:
            return self._numbers(field, layout, counts)
        if layout.kind is ColumnKind.CATEGORY:
            return self._levels(field, counts)
        if layout.kind is ColumnKind.TEXT:
            lengths = self._relation.bins(field, layout.centre)
            sums = {"total": lengths.total, "squares": lengths.squares, "histogram": lengths.histogram}
            return sums | self._levels(field, counts, patterns=True)
        if layout.kind is ColumnKind.TIME and counts.span is not None:
            return {"minimum": counts.span[0], "maximum": counts.span[1]}
        return {}

    def _numbers(self, field: Field, layout: ColumnLayout, counts: Counts) -> dict[str, Any]:
        bins = self._relation.bins(field, layout.centre)
        infinite = counts.present - counts.nans - bins.histogram.total
        return {"nans": counts.nans, "infinite": infinite} | vars(bins)

    def _levels(self, field: Field, counts: Counts, *, patterns: bool = False) -> dict[str, Any]:
        levels = self._relation.levels(field, patterns=patterns)
        return {"levels": levels, "other": counts.present - sum(levels.values())}

    def _weights(self, field: Field, layout: ColumnLayout) -> tuple[int, int]:
        """Inflation of values and of missingness, as `Counter.add` finds it in the first rows."""
        if self._head is None or not len(self._head):
            return MILLION * self._rows, MILLION * self._rows
        counter = (COUNTERS[layout.kind] if field.kind in _SAMPLED else Presence)(layout)
        counter.add(self._head[field.name].combine_chunks())
        per_row = (counter.value_weight // counter.rows, counter.null_weight // counter.rows)
        return per_row[0] * self._rows, per_row[1] * self._rows

    def _coded(self, sample: Any, layouts: dict[str, ColumnLayout]) -> CodedRows:
        counters = {name: COUNTERS[layout.kind](layout) for name, layout in layouts.items()}
        names = [name for name, counter in counters.items() if counter.CODED][:MAX_COLUMNS]
        chosen = evenly(sample.num_rows if names else self._rows)
        if not len(chosen):
            return CodedRows.none([])
        codes = [counters[name].coded(arrow.taken(sample[name], chosen)) for name in names]
        matrix = np.stack(codes, axis=1) if codes else np.empty((len(chosen), 0), np.int8)
        return CodedRows.of(names, matrix, stands_for=self._rows / len(chosen))


def _none(field: Field) -> Any:
    """No value of a column, in a type that suggests its kind."""
    type_ = {ColumnKind.TIME: pa.timestamp("us"), ColumnKind.OTHER: pa.binary()}.get(field.kind, field.arrow)
    return pa.chunked_array([], type_)

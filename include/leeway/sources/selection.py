"""The rows of one read: converted, filtered to the interval, counted, and checked together at the end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import compress
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from leeway.sources.cells import ARROW, Cells
from leeway.sources.codes import Place
from leeway.sources.header import Header

if TYPE_CHECKING:
    from datetime import datetime

    from leeway.core import Window
    from leeway.sources.base import ReadRequest

Convert = Callable[[Cells], pa.Array]
Raw = Mapping[str, "pa.Array | Sequence[object]"]


class Selection:
    """Collects the rows of a read request, piece by piece.

    The time column is converted for every row, since it says which rows belong to the interval; the other columns only
    for rows that do. A bad value in another window's row is that window's problem.
    """

    def __init__(self, request: ReadRequest, *, max_rows: int, extra_columns: bool, file: str) -> None:
        self._request = request
        self._max_rows = max_rows
        self._parts: list[pa.Table] = []
        self._count = 0
        self.place = Place(model=request.model, window=str(request.interval), file=file)
        self.columns = tuple(dict.fromkeys((*request.columns, request.time_column)))
        self.header = Header(wanted=self.columns, declared=tuple(request.schema.columns), extra=extra_columns)

    def add(self, raw: Raw, convert: Convert, *, place: Place, first_row: int, window: Window | None = None) -> None:
        """Take the rows of a piece that belong to the interval.

        Args:
            raw: the values of at least `columns`, all of one length.
            convert: makes the declared type of them.
            place: where the piece is from.
            first_row: number of its first row.
            window: the window that all its rows must belong to, if the layout says so.

        Raises:
            SourceError: SRC102, SRC150, or what ``convert`` raises.
        """
        name, interval = self._request.time_column, self._request.interval
        rows = pa.array(range(first_row, first_row + len(raw[name])), pa.int64())
        cells = self._cells(name, raw[name], place, rows)
        times = convert(cells)
        if window is not None:
            # Labels may be picked by the time they became known; the file is still that of the event's window.
            event = self._request.schema.event_time
            moments = cells if event == name else self._cells(event, raw[event], place, rows)
            inside = _inside(times if event == name else convert(moments), window)
            moments.refuse(pc.invert(inside), "SRC150", f"is outside {window}")
        mask = pc.fill_null(_inside(times, interval), False)
        rows = rows.filter(mask)
        self._count += len(rows)
        if self._count > self._max_rows:
            raise place.error("SRC102", f"the interval has more than {self._max_rows:,} rows")
        arrays = [
            times.filter(mask)
            if column == name
            else convert(self._cells(column, _kept(raw[column], mask), place, rows))
            for column in self.columns
        ]
        self._parts.append(pa.table(arrays, names=list(self.columns)))

    def table(self) -> pa.Table:
        """All rows, sorted by time and key, with the requested columns in their declared types.

        Raises:
            SourceError: SRC151 or SRC152 if a key is there more than once.
        """
        kinds = self._request.schema.columns
        empty = pa.schema([(name, ARROW[kinds[name].type]) for name in self.columns]).empty_table()
        table = pa.concat_tables([empty, *self._parts])
        key = [name for name in self._request.schema.key if name in self.columns]
        if len(key) == len(self._request.schema.key):
            _refuse_duplicates(table, key, self.place)
        order = dict.fromkeys((self._request.time_column, *key))
        table = table.sort_by([(name, "ascending") for name in order])
        return table.select(list(self._request.columns)).combine_chunks()

    def _cells(self, name: str, values: pa.Array | Sequence[object], place: Place, rows: pa.Array) -> Cells:
        return Cells(place=place, name=name, column=self._request.schema.columns[name], values=values, rows=rows)


def _inside(times: pa.Array, window: Window) -> pa.Array:
    return pc.and_(pc.greater_equal(times, _scalar(window.start)), pc.less(times, _scalar(window.end)))


def _scalar(moment: datetime) -> pa.Scalar:
    return pa.scalar(moment, pa.timestamp("us", "UTC"))


def _kept(values: pa.Array | Sequence[object], mask: pa.Array) -> Any:
    return values.filter(mask) if isinstance(values, pa.Array) else list(compress(values, mask.to_pylist()))


def _refuse_duplicates(table: pa.Table, key: list[str], place: Place) -> None:
    counted = table.group_by(key, use_threads=False).aggregate([([], "count_all")])
    if counted.num_rows == table.num_rows:
        return
    distinct = table.group_by(table.column_names, use_threads=False).aggregate([])
    differing = distinct.group_by(key, use_threads=False).aggregate([([], "count_all")])
    conflicts = differing.filter(pc.greater(differing["count_all"], 1))
    code, say, found = "SRC152", "with different values", conflicts
    if conflicts.num_rows == 0:
        code, say, found = "SRC151", "with the same values", counted.filter(pc.greater(counted["count_all"], 1))
    first = found.sort_by([(name, "ascending") for name in key]).slice(0, 1).to_pylist()[0]
    named = ", ".join(f"{name}={first[name]}" for name in key)
    raise place.error(
        code, f"{found.num_rows} keys are there more than once {say}; the first is {named}", column=", ".join(key)
    )

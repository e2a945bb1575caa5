"""Labelled rows of many windows, one batch in memory at a time.

DuckDB finds out which label belongs to which row, from key and time alone, and keeps on disk what exceeds its memory.
The rows themselves are then read file by file, in their order: nothing wide is joined or sorted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from leeway.engines.base import column_of
from leeway.engines.duck import connected
from leeway.errors import TrainingError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import numpy as np
    import pyarrow as pa


_OF_FILE = "SELECT leeway_nth, leeway_target FROM matched WHERE leeway_place = $1"


@dataclass(frozen=True, kw_only=True)
class Joining:
    """Which labels belong to which rows.

    Args:
        on: the columns that rows and labels share: key and event time.
        columns: of the rows that are wanted.
        target: the column of the labels.
        known_at: when a label became known; the newest label of a row counts.
    """

    on: tuple[str, ...]
    columns: tuple[str, ...]
    target: str
    known_at: str


def labelled_batches(
    raw: Sequence[Path],
    labels: Sequence[Path],
    joining: Joining,
    *,
    rows: int,
    memory_gb: float,
    threads: int,
    folder: Path,
) -> Iterator[pa.Table]:
    """The rows that have a label, with it, in the order of the files and of the rows in them.

    Args:
        raw: Parquet files of rows, oldest first.
        labels: Parquet files of labels, in the order in which they became known.
        joining: what belongs together.
        rows: at a time, at most.
        memory_gb: that DuckDB may take.
        threads: that DuckDB may use.
        folder: for what exceeds its memory.

    Raises:
        TrainingError: TRN114 if DuckDB refuses, for example because the disk is full.
    """
    import duckdb

    if not raw or not labels:
        return
    with connected(memory_gb, threads, folder) as connection:
        try:
            matched = _matching(raw, labels, joining).compile(compile_kwargs={"literal_binds": True})
            connection.execute(f"CREATE TEMP TABLE matched AS {matched}")
            for place, path in enumerate(raw):
                found = connection.execute(_OF_FILE, [place]).fetchnumpy()
                yield from _with_target(path, joining, found, rows)
        except duckdb.Error as error:
            raise TrainingError(
                f"rows and labels cannot be put together: {str(error).splitlines()[0]}",
                code="TRN114",
                do="See that the disk of LEEWAY_HOME is not full, and that memory_gb of the engine is not too little.",
            ) from None


def _with_target(path: Path, joining: Joining, found: dict[str, np.ndarray[Any, Any]], rows: int) -> Iterator[pa.Table]:
    """The rows of a file that have a label; ``found`` says which, and what it is."""
    import numpy as np
    import pyarrow as pa
    from pyarrow import parquet

    with parquet.ParquetFile(path, pre_buffer=False) as file:
        target = np.full(file.metadata.num_rows, np.nan)
        target[found["leeway_nth"]] = found["leeway_target"]
        begin = 0
        for batch in file.iter_batches(rows, columns=list(joining.columns), use_threads=False):
            part = target[begin : begin + batch.num_rows]
            begin += batch.num_rows
            known = ~np.isnan(part)
            table = pa.Table.from_batches([batch]).select(joining.columns).filter(pa.array(known))
            yield table.append_column(joining.target, pa.array(part[known]))


def _matching(raw: Sequence[Path], labels: Sequence[Path], joining: Joining) -> sa.Select[Any]:
    """A statement for the place of a file, the number of a row in it, and the newest label of that row."""
    place: sa.ColumnElement[Any] = sa.column("file_index")
    number: sa.ColumnElement[Any] = sa.column("file_row_number")
    on = [column_of(name) for name in joining.on]
    rows = sa.select(*on, place.label("leeway_place"), number.label("leeway_nth")).select_from(_files(raw)).subquery()
    newest_first = (column_of(joining.known_at).desc(), place.desc(), number.desc())
    age = sa.func.row_number().over(partition_by=on, order_by=newest_first).label("leeway_age")
    told = sa.select(*on, column_of(joining.target).label("leeway_target"), age).select_from(_files(labels)).subquery()
    return (
        sa.select(rows.c.leeway_place, rows.c.leeway_nth, told.c.leeway_target)
        .join_from(rows, told, sa.and_(*(rows.c[name] == told.c[name] for name in joining.on)))
        .where(told.c.leeway_age == 1, sa.not_(sa.func.isnan(told.c.leeway_target)))
    )


def _files(paths: Sequence[Path]) -> sa.FromClause:
    names = sa.func.list_value(*(sa.literal(str(path)) for path in paths))
    return sa.func.read_parquet(names).table_valued("*", name="leeway_files")

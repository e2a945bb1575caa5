"""Labelled rows of many windows, joined by DuckDB: what does not fit into its memory is kept on disk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from leeway.engines.duck import connected
from leeway.errors import TrainingError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import pyarrow as pa


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
) -> Iterator[pa.RecordBatch]:
    """The rows that have a label, with it, in the order of the files and of the rows in them.

    Args:
        raw: Parquet files of rows, oldest first.
        labels: Parquet files of labels, in the order in which they became known.
        joining: what belongs together.
        rows: at a time, about.
        memory_gb: that DuckDB may take.
        threads: that DuckDB may use.
        folder: an empty one, for what exceeds its memory.

    Raises:
        TrainingError: TRN205 if DuckDB refuses, for example because the disk is full.
    """
    import duckdb

    if not raw or not labels:
        return
    text = str(_statement(raw, labels, joining).compile(compile_kwargs={"literal_binds": True}))
    with connected(memory_gb, threads, folder) as connection:
        try:
            yield from connection.sql(text).to_arrow_reader(rows)
        except duckdb.Error as error:
            raise TrainingError(
                f"the labelled rows cannot be put together: {str(error).splitlines()[0]}", code="TRN205",
                do="See that the disk of LEEWAY_HOME is not full.",
            ) from None  # fmt: skip


def _statement(raw: Sequence[Path], labels: Sequence[Path], joining: Joining) -> sa.Select[Any]:
    place: sa.ColumnElement[Any] = sa.column("file_index")
    row: sa.ColumnElement[Any] = sa.column("file_row_number")
    wanted = [_column(name) for name in dict.fromkeys((*joining.columns, *joining.on))]
    rows = sa.select(*wanted, place.label("leeway_file"), row.label("leeway_row")).select_from(_files(raw)).subquery()
    on = [_column(name) for name in joining.on]
    newest_first = (_column(joining.known_at).desc(), place.desc(), row.desc())
    nth = sa.func.row_number().over(partition_by=on, order_by=newest_first).label("leeway_nth")
    told = sa.select(*on, _column(joining.target), nth).select_from(_files(labels)).subquery()
    target = told.c[joining.target]
    return (
        sa.select(*(rows.c[name] for name in joining.columns), target)
        .join_from(rows, told, sa.and_(*(rows.c[name] == told.c[name] for name in joining.on)))
        .where(told.c.leeway_nth == 1, target.is_not(None), sa.not_(sa.func.isnan(target)))
        .order_by(rows.c.leeway_file, rows.c.leeway_row)
    )


def _files(paths: Sequence[Path]) -> sa.FromClause:
    names = sa.func.list_value(*(sa.literal(str(path)) for path in paths))
    return sa.func.read_parquet(names).table_valued("*", name="leeway_files")


def _column(name: str) -> sa.ColumnElement[Any]:
    return sa.column(sa.quoted_name(name, quote=True))

"""Parquet: only the wanted columns, only the row groups that can hold the interval, with checksums verified."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leeway.core import Window
    from leeway.sources.codes import Place
    from leeway.sources.gunzip import Caps
    from leeway.sources.header import Header

_ROWS = 65_536
_MARGIN = timedelta(days=1)
"""Row groups this near to the interval are read too: statistics of local times do not know their zone."""


def parquet_rows(
    stream: BinaryIO, header: Header, place: Place, *, caps: Caps, around: tuple[str, Window] | None
) -> Iterator[tuple[int, pa.RecordBatch]]:
    """Read batches of the wanted columns; yield the number of each batch's first row.

    Args:
        stream: the file; it must allow seeking.
        header: what its columns must be.
        place: for messages.
        caps: the most bytes that the wanted columns may take.
        around: time column and interval: row groups that cannot hold rows of it are skipped.

    Raises:
        SourceError: SRC100, SRC101, SRC114, SRC120 to SRC123.
    """
    with _damaged(place):
        file = pq.ParquetFile(stream, page_checksum_verification=True)
        names = file.schema_arrow.names
    header.check(names, place)
    yield 1, _nothing(file, header)
    first, size = 1, 0
    for index in range(file.num_row_groups):
        group = file.metadata.row_group(index)
        if around is None or _may_hold(group, *around):
            number = first
            for batch in _batches(file, index, header, place):
                size += batch.nbytes
                if size > caps.max_bytes:
                    raise place.error("SRC101", f"the columns read take more than {caps.max_bytes:,} bytes")
                yield number, batch
                number += batch.num_rows
        first += group.num_rows


def _nothing(file: pq.ParquetFile, header: Header) -> pa.RecordBatch:
    """No rows, so that the stored types are looked at even where no row group can hold the interval."""
    fields = [file.schema_arrow.field(name) for name in header.wanted]
    return pa.RecordBatch.from_arrays([pa.array([], field.type) for field in fields], schema=pa.schema(fields))


def _batches(file: pq.ParquetFile, group: int, header: Header, place: Place) -> Iterator[pa.RecordBatch]:
    with _damaged(place):
        batches = file.iter_batches(_ROWS, row_groups=[group], columns=list(header.wanted), use_threads=False)
    while True:
        with _damaged(place):
            batch = next(batches, None)
        if batch is None:
            return
        yield batch


def _may_hold(group: Any, column: str, interval: Window) -> bool:
    """Whether the statistics of a row group allow rows of the interval."""
    for index in range(group.num_columns):
        chunk = group.column(index)
        if chunk.path_in_schema == column:
            statistics = chunk.statistics
            if statistics is None or not statistics.has_min_max:
                return True
            try:
                low, high = _moment(statistics.min), _moment(statistics.max)
            except (OverflowError, ValueError):
                return True  # a time that Python cannot hold: the group is read and the value refused
            return low is None or high is None or (low < interval.end + _MARGIN and high >= interval.start - _MARGIN)
    return True


def _moment(value: object) -> datetime | None:
    """A statistic as an instant; None if it is not a time (then the group is read and refused for its type)."""
    if not isinstance(value, datetime):
        return None
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value


@contextmanager
def _damaged(place: Place) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError, ValueError) as error:
        raise place.error(
            "SRC114", f"this is not a whole Parquet file ({' '.join(str(error).split())[:200]})"
        ) from None

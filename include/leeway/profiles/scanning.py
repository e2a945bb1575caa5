"""Profiling files: one pass, one column of one row group in memory at a time."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from leeway.errors import ProfileError, did_you_mean
from leeway.profiles import storage
from leeway.profiles.building import Builder

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from pathlib import Path

    from leeway.profiles.layout import Layout
    from leeway.profiles.profile import Profile

    Progress = Callable[[int, int], None]
    """(done, of): bytes of a CSV file, columns of row groups of a Parquet file."""

SUFFIX = ".profile"
_BLOCK = 1 << 24
"""Bytes of a CSV file read at a time."""


def is_profile(path: Path) -> bool:
    """Whether a file is a profile, by its name."""
    return path.name.lower().endswith(SUFFIX)


def profile_file(
    path: Path, like: Layout | None = None, *, without: Collection[str] = (), progress: Progress | None = None
) -> Profile:
    """Profile a file whose rows are in order of time, or read a profile.

    Args:
        path: Parquet, CSV (also gzip), or what `leeway profile` wrote.
        like: the layout of earlier files; a profile that is read does not heed it.
        without: columns to leave out; a table must have them.
        progress: told now and then how far it is.

    Raises:
        ProfileError: PRO300 if there is no such file, PRO301 if it cannot be read, PRO302 if it is of another type,
            PRO303 if a column to leave out is not in it.
    """
    if not path.is_file():
        raise ProfileError("there is no such file", code="PRO300", file=str(path))
    name = path.name.lower()
    with _readable(path):
        if is_profile(path):
            return storage.from_bytes(path.read_bytes()).without(without)
        if name.endswith((".parquet", ".pq")):
            return _parquet(path, like, without, progress)
        if name.endswith((".csv", ".csv.gz")):
            return _csv(path, like, without, progress)
    raise ProfileError(
        "this is no Parquet or CSV file and no profile",
        code="PRO302",
        file=str(path),
        do=f"Give a file that ends in .parquet, .csv, .csv.gz or {SUFFIX}.",
    )


def _parquet(path: Path, like: Layout | None, without: Collection[str], progress: Progress | None) -> Profile:
    with pq.ParquetFile(path) as plain:
        schema = plain.schema_arrow
        _check_columns(path, without, schema.names)
        # Two equal names cannot be told apart when a column is asked for by its name.
        builder = Builder([name for name in schema.names if name not in without], like)
        names = [name for name in schema.names if name not in without]
        texts = [name for name in names if _is_text(schema.field(name).type)]
        groups = plain.num_row_groups
        rows = [plain.metadata.row_group(group).num_rows for group in range(groups)]
    with pq.ParquetFile(path, read_dictionary=texts, pre_buffer=False) as file:
        for group in range(groups):
            builder.add(_columns(file, group, names, groups, progress), rows[group])
    return builder.profile()


def _columns(
    file: Any, group: int, names: list[str], groups: int, progress: Progress | None
) -> Iterator[tuple[str, Any]]:
    """Read the columns of a row group one by one: the next one while the last one is counted."""

    def read(name: str) -> Any:
        return file.read_row_group(group, columns=[name], use_threads=False).column(0)

    with ThreadPoolExecutor(1) as reader:  # a file can be read by one thread at a time
        ahead = deque(reader.submit(read, name) for name in names[:1])
        for at, name in enumerate(names):
            ahead.extend(reader.submit(read, following) for following in names[at + 1 : at + 2])
            yield name, ahead.popleft().result()
            if progress:
                progress(group * len(names) + at + 1, groups * len(names))


def _csv(path: Path, like: Layout | None, without: Collection[str], progress: Progress | None) -> Profile:
    import pyarrow.csv as csv

    size = path.stat().st_size
    read = csv.ReadOptions(block_size=_BLOCK)
    # Like pandas: an empty cell, NA and the like are missing in columns of text, too.
    missing = csv.ConvertOptions(strings_can_be_null=True)
    with pa.OSFile(str(path)) as raw:
        schema = csv.open_csv(_unpacked(path, raw), read_options=read, convert_options=missing).schema
    _check_columns(path, without, schema.names)
    builder = Builder([name for name in schema.names if name not in without], like)
    missing.column_types = _lasting(schema)
    with pa.OSFile(str(path)) as raw:
        reader = csv.open_csv(_unpacked(path, raw), read_options=read, convert_options=missing)
        for batch in reader:
            columns = zip(schema.names, batch.columns, strict=True)
            builder.add(((name, values) for name, values in columns if name not in without), batch.num_rows)
            if progress:
                progress(min(raw.tell(), size), size)
    return builder.profile()


def _unpacked(path: Path, raw: Any) -> Any:
    return pa.CompressedInputStream(raw, "gzip") if path.name.lower().endswith(".gz") else raw


def _lasting(schema: Any) -> dict[str, Any]:
    """Types that still hold when later blocks have a fraction after whole numbers, or a value after empty cells.

    Raises:
        ProfileError: PRO301 if a column holds bytes that are no text.
    """
    for field in schema:
        if pa.types.is_binary(field.type):
            raise ProfileError(
                "the text of a column is not in UTF-8", code="PRO301", column=field.name, do="Save the file as UTF-8."
            )
    return {
        field.name: pa.float64() if pa.types.is_integer(field.type) else pa.string()
        for field in schema
        if pa.types.is_integer(field.type) or pa.types.is_null(field.type)
    }


def _is_text(type_: Any) -> bool:
    return bool(pa.types.is_string(type_) or pa.types.is_large_string(type_))


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError, UnicodeError) as error:
        raise ProfileError(
            f"the file cannot be read: {str(error).splitlines()[0]}", code="PRO301", file=str(path)
        ) from error
    except ProfileError as error:
        raise ProfileError(error.what, code=error.code, do=error.do, **{"file": path, **error.where}) from error


def read_columns(path: Path, names: Collection[str], rows: int | None = None) -> Any:
    """Read some columns of a Parquet or CSV file.

    Args:
        path: the file.
        names: the columns.
        rows: at most so many rows, evenly spaced over the file; default: all.

    Returns:
        A pyarrow table.

    Raises:
        ProfileError: PRO301 if the file cannot be read, PRO303 if a column is not in it, PRO305 if it is a profile.
    """
    names = list(dict.fromkeys(names))
    with _readable(path):
        if is_profile(path):
            raise ProfileError("a profile has no rows", code="PRO305", do="Give the table that it was made from.")
        if path.name.lower().endswith((".parquet", ".pq")):
            with pq.ParquetFile(path) as file:
                _check_columns(path, names, file.schema_arrow.names)
                groups = [file.read_row_group(at, columns=names) for at in range(file.num_row_groups)]
                table = pa.concat_tables(groups) if groups else file.schema_arrow.empty_table().select(names)
        else:
            import pyarrow.csv as csv

            table = csv.read_csv(path)
            _check_columns(path, names, table.column_names)
            table = table.select(names)
    if rows is None or table.num_rows <= rows:
        return table
    return table.take(np.arange(rows, dtype=np.int64) * table.num_rows // rows)


def _check_columns(path: Path, names: Collection[str], there: Collection[str]) -> None:
    for name in names:
        if name not in there:
            raise ProfileError(
                f"there is no column {name!r}", code="PRO303", file=path, do=did_you_mean(name, list(there))
            )

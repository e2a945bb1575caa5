"""Tables as Parquet whose bytes depend on nothing but rows and types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leeway.canonical import digest
from leeway.errors import CorruptionError, StoreError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

ROW_GROUP = 131_072
"""Rows per row group."""


def to_bytes(table: pa.Table) -> bytes:
    """Spell a table: one chunk, fixed row groups, page checksums, and no metadata of the library that made it."""
    import pyarrow as pa
    from pyarrow import parquet

    schema = pa.schema([field.remove_metadata() for field in table.schema])
    plain = pa.Table.from_arrays(table.columns, schema=schema).combine_chunks()
    sink = pa.BufferOutputStream()
    parquet.write_table(
        plain,
        sink,
        row_group_size=ROW_GROUP,
        version="2.6",
        compression="zstd",
        compression_level=3,
        use_dictionary=True,
        write_statistics=True,
        write_page_checksum=True,
    )
    data: bytes = sink.getvalue().to_pybytes()
    return data


def from_bytes(data: bytes, columns: Sequence[str] | None, location: str) -> pa.Table:
    """Read a table, by default all of its columns.

    Raises:
        StoreError: STO011 if it has no such column.
        CorruptionError: STO100 if the bytes are not Parquet, or a page does not match its checksum.
    """
    import pyarrow as pa
    from pyarrow import parquet

    try:
        file = parquet.ParquetFile(pa.BufferReader(data), page_checksum_verification=True)
        absent = sorted(set(columns or ()) - set(file.schema_arrow.names))
        if not absent:
            table = file.read(columns=list(columns) if columns is not None else None)
            return table.select(list(columns)) if columns is not None else table
    except (OSError, pa.ArrowInvalid) as error:
        raise CorruptionError(f"it cannot be read as Parquet: {error}", file=location) from error
    raise StoreError(f"there is no column {', '.join(absent)}", code="STO011", file=location)


def schema_hash(schema: pa.Schema) -> str:
    """Hash names, types and nullability in order."""
    return digest([[field.name, str(field.type), field.nullable] for field in schema])

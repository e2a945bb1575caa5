"""Profiles as bytes: an Arrow stream with a row per column, then a digest. Equal profiles have equal bytes.

Readers of Arrow streams take no notice of what follows the stream's end, so any of them can show a profile.
"""

from __future__ import annotations

import hashlib
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from leeway.canonical import canonical_json
from leeway.errors import ProfileError
from leeway.profiles.column import ColumnProfile
from leeway.profiles.histogram import Histogram
from leeway.profiles.layout import ColumnKind, ColumnLayout
from leeway.profiles.profile import Profile
from leeway.profiles.rows import CodedRows

if TYPE_CHECKING:
    from collections.abc import Iterable

VERSION = "2"
_MARK = b"leeway.profile"
_DIGEST = hashlib.sha256().digest_size
_CODED = b"leeway.coded_rows"

_SCHEMA = pa.schema(
    [
        ("name", pa.string()),
        ("kind", pa.string()),
        ("centre", pa.float64()),
        ("scale", pa.float64()),
        ("rows", pa.int64()),
        ("nulls", pa.int64()),
        ("nans", pa.int64()),
        ("infinite", pa.int64()),
        ("minimum", pa.float64()),
        ("maximum", pa.float64()),
        ("total", pa.string()),  # exact fractions: 7/2
        ("squares", pa.string()),
        ("keys", pa.large_list(pa.uint16())),
        ("counts", pa.large_list(pa.int64())),
        ("levels", pa.large_list(pa.string())),
        ("level_counts", pa.large_list(pa.int64())),
        ("other", pa.int64()),
        ("value_weight", pa.string()),  # beyond 64 bits for very long histories
        ("null_weight", pa.string()),
    ]
)
_PLAIN = ("rows", "nulls", "nans", "infinite", "minimum", "maximum", "other")


def to_bytes(profile: Profile) -> bytes:
    """Write a profile."""
    rows = [_row(name, column) for name, column in profile.columns.items()]
    schema = _SCHEMA.with_metadata({_MARK: VERSION.encode(), _CODED: _coded_bytes(profile.coded)})
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.ipc.new_stream(sink, schema, options=options) as writer:
        writer.write_table(pa.Table.from_pylist(rows, schema=schema))
    written: bytes = sink.getvalue().to_pybytes()
    return written + _MARK + hashlib.sha256(written).digest()


def from_bytes(data: bytes) -> Profile:
    """Read what `to_bytes` wrote.

    Raises:
        ProfileError: PRO200 if it is not a profile of this version, or was damaged.
    """
    try:
        table = pa.ipc.open_stream(pa.BufferReader(_whole(data))).read_all()
        metadata = table.schema.metadata or {}
        if metadata.get(_MARK) != VERSION.encode():
            raise ValueError(f"but of version {metadata.get(_MARK, b'unknown').decode()}")
        return Profile(_columns(table.combine_chunks()), _coded(metadata[_CODED]))
    except (pa.ArrowException, ValueError, KeyError, TypeError, OSError) as error:
        reason = str(error).partition("\n")[0]
        raise ProfileError(
            f"these bytes are not a profile of version {VERSION}: {reason}",
            code="PRO200",
            do="Make the profile again with this version of leeway.",
        ) from error


def _whole(data: bytes) -> bytes:
    stream, mark, digest = data[: -_DIGEST - len(_MARK)], data[-_DIGEST - len(_MARK) : -_DIGEST], data[-_DIGEST:]
    if mark != _MARK:
        raise ValueError("its end is not that of a profile")
    if hashlib.sha256(stream).digest() != digest:
        raise ValueError("it is damaged")
    return stream


def _row(name: str, column: ColumnProfile) -> dict[str, Any]:
    return {field: getattr(column, field) for field in _PLAIN} | {
        "name": name,
        "kind": column.layout.kind.value,
        "centre": column.layout.centre,
        "scale": column.layout.scale,
        "total": str(column.total),
        "squares": str(column.squares),
        "keys": column.histogram.keys,
        "counts": column.histogram.counts,
        "levels": list(column.levels),
        "level_counts": list(column.levels.values()),
        "value_weight": str(column.value_weight),
        "null_weight": str(column.null_weight),
    }


def _columns(table: Any) -> dict[str, ColumnProfile]:
    lists = {field: list(_lists(table[field])) for field in ("keys", "counts", "level_counts")}
    levels = table["levels"].to_pylist()
    plain = table.drop_columns(["keys", "counts", "levels", "level_counts"]).to_pylist()
    return {
        row["name"]: ColumnProfile(
            layout=ColumnLayout(kind=ColumnKind(row["kind"]), centre=row["centre"], scale=row["scale"]),
            total=Fraction(row["total"]),
            squares=Fraction(row["squares"]),
            histogram=Histogram(lists["keys"][at], lists["counts"][at]),
            levels=dict(zip(levels[at], lists["level_counts"][at].tolist(), strict=True)),
            value_weight=int(row["value_weight"]),
            null_weight=int(row["null_weight"]),
            **{field: row[field] for field in _PLAIN},
        )
        for at, row in enumerate(plain)
    }


def _lists(column: Any) -> Iterable[np.ndarray[Any, Any]]:
    for chunk in column.chunks:
        values = chunk.flatten()
        flat = np.frombuffer(values.buffers()[1] or b"", values.type.to_pandas_dtype())[values.offset :]
        ends = np.cumsum([0, *chunk.value_lengths().to_pylist()])
        yield from (flat[start:end] for start, end in pairwise(ends))


def _coded_bytes(coded: CodedRows) -> bytes:
    head = canonical_json({"names": coded.names, "count": coded.count, "kept": len(coded.kept)}).encode()
    parts = (coded.sums, coded.products, coded.priorities, coded.late, coded.kept)
    body = b"".join(np.ascontiguousarray(part).tobytes() for part in parts)
    packed: bytes = pa.compress(body, codec="zstd", asbytes=True)
    return b"%d %d " % (len(head), len(body)) + head + packed


def _coded(data: bytes) -> CodedRows:
    import json

    size, length, rest = data.split(b" ", 2)
    head = json.loads(rest[: int(size)])
    body = pa.decompress(rest[int(size) :], int(length), codec="zstd", asbytes=True)
    columns, kept, at = len(head["names"]), head["kept"], 0

    def part(dtype: Any, *shape: int) -> np.ndarray[Any, Any]:
        nonlocal at
        found = np.frombuffer(body, dtype, int(np.prod(shape)), at).reshape(shape)
        at += found.nbytes
        return found

    return CodedRows(
        tuple(head["names"]),
        head["count"],
        part(np.int64, columns),
        part(np.int64, columns, columns),
        part(np.float64, kept),
        part(np.bool_, kept),
        part(np.int8, kept, columns),
    )

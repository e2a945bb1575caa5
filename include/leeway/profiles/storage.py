"""Profiles as bytes: an Arrow stream with a row per column, then a digest. Equal profiles have equal bytes.

Readers of Arrow streams take no notice of what follows the stream's end, so any of them can show a profile.
"""

from __future__ import annotations

import hashlib
import json
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from leeway.errors import ProfileError
from leeway.profiles.column import ColumnProfile
from leeway.profiles.histogram import Histogram
from leeway.profiles.layout import ColumnKind, ColumnLayout
from leeway.profiles.profile import Profile
from leeway.profiles.rows import CodedRows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

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
_DTYPES = {pa.int64(): np.int64, pa.float64(): np.float64, pa.uint16(): np.uint16}
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
        # Starting threads for so few bytes costs more than it saves.
        options = pa.ipc.IpcReadOptions(use_threads=False)
        stream = pa.ipc.open_stream(pa.BufferReader(_whole(data)), options=options)
        metadata = stream.schema.metadata or {}
        if metadata.get(_MARK) != VERSION.encode():
            raise ValueError(f"but of version {metadata.get(_MARK, b'unknown').decode()}")
        columns = {name: column for batch in stream for name, column in _columns(batch)}
        return Profile(columns, _coded(metadata[_CODED]))
    except (pa.ArrowException, ArithmeticError, ValueError, KeyError, IndexError, TypeError, OSError) as error:
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


def _columns(batch: Any) -> Iterator[tuple[str, ColumnProfile]]:
    """Read the buffers themselves: a year of days is 18,000 columns, and pyarrow makes an object of every value."""
    fields = {field: _values(batch.column(field)) for field in _SCHEMA.names}
    for at, name in enumerate(fields["name"]):
        row = {field: values[at] for field, values in fields.items()}
        yield (
            name,
            ColumnProfile(
                layout=_layout(row["kind"], row["centre"], row["scale"]),
                total=_fraction(row["total"]),
                squares=_fraction(row["squares"]),
                histogram=Histogram(row["keys"], row["counts"]),
                levels=dict(zip(row["levels"], row["level_counts"].tolist(), strict=True)),
                value_weight=int(row["value_weight"]),
                null_weight=int(row["null_weight"]),
                **{field: row[field] for field in _PLAIN},
            ),
        )


@lru_cache(maxsize=4096)
def _layout(kind: str, centre: float, scale: float) -> ColumnLayout:
    return ColumnLayout(kind=ColumnKind(kind), centre=centre, scale=scale)


def _values(array: Any) -> Sequence[Any]:
    """Numbers as such, strings decoded, lists as arrays of numbers or lists of strings."""
    if pa.types.is_large_list(array.type):
        inner = array.values
        found = _texts(inner) if pa.types.is_string(inner.type) else _numbers(inner)
        return [found[start:end] for start, end in pairwise(_ends(array, np.int64))]
    if pa.types.is_string(array.type):
        return _texts(array)
    return array.to_pylist() if array.null_count else _numbers(array).tolist()  # type: ignore[no-any-return]


def _numbers(array: Any) -> np.ndarray[Any, Any]:
    return np.frombuffer(array.buffers()[1] or b"", _DTYPES[array.type])[array.offset :][: len(array)]


def _texts(array: Any) -> list[str]:
    data = (array.buffers()[2] or pa.py_buffer(b"")).to_pybytes()
    spans = pairwise(_ends(array, np.int32))
    if data.isascii():  # then bytes and characters are at the same places
        text = data.decode("ascii")
        return [text[start:end] for start, end in spans]
    return [data[start:end].decode() for start, end in spans]


def _ends(array: Any, dtype: Any) -> list[int]:
    ends: list[int] = np.frombuffer(array.buffers()[1] or b"", dtype)[array.offset :][: len(array) + 1].tolist()
    return ends


def _fraction(text: str) -> Fraction:
    above, _, below = text.partition("/")
    return Fraction(int(above), int(below or 1))  # reading "7/2" itself, it would match a regular expression


def _coded_bytes(coded: CodedRows) -> bytes:
    head = json.dumps({"count": coded.count, "kept": len(coded.kept), "names": coded.names}).encode()
    parts = (coded.sums, coded.products, coded.priorities, coded.late, coded.kept)
    body = b"".join(np.ascontiguousarray(part).tobytes() for part in parts)
    packed: bytes = pa.compress(body, codec="zstd", asbytes=True)
    return b"%d %d " % (len(head), len(body)) + head + packed


def _coded(data: bytes) -> CodedRows:
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

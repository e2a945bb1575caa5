"""Profiles as bytes: an Arrow stream with a row per column, then a checksum. Equal profiles have equal bytes.

Readers of Arrow streams take no notice of what follows the stream's end, so any of them can show a profile.
"""

from __future__ import annotations

import json
import math
import zlib
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from leeway.errors import ProfileError
from leeway.profiles import arrow
from leeway.profiles.columns import FIGURES, SUMS, WEIGHTS, Columns
from leeway.profiles.layout import ColumnKind, ColumnLayout
from leeway.profiles.profile import Profile
from leeway.profiles.ragged import Bins, Levels
from leeway.profiles.rows import CodedRows

if TYPE_CHECKING:
    Array = np.ndarray[Any, Any]

VERSION = "3"
"""Once there is a release, a next version needs a reader of this one: catalogs are full of these."""
_MARK = b"leeway.profile"
_CHECKSUM = 4
_CODED = b"leeway.coded_rows"
_ENDS = ("minimum", "maximum")
_TYPES = {
    np.dtype(type_): pa.from_numpy_dtype(type_) for type_ in (np.uint8, np.uint16, np.uint32, np.int64, np.float64)
}
_DTYPES = {type_: dtype for dtype, type_ in _TYPES.items()}


def to_bytes(profile: Profile) -> bytes:
    """Write a profile."""
    fields = _arrays(profile.fields)
    schema = pa.schema([(name, array.type) for name, array in fields.items()])
    schema = schema.with_metadata({_MARK: VERSION.encode(), _CODED: _coded_bytes(profile.coded)})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, schema) as writer:  # not compressed: unpacking took longer than all else
        writer.write_batch(pa.RecordBatch.from_arrays(list(fields.values()), schema=schema))
    written: bytes = sink.getvalue().to_pybytes()
    return written + _MARK + zlib.crc32(written).to_bytes(_CHECKSUM, "big")


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
        return Profile(_columns(stream.read_next_batch()), _coded(metadata[_CODED]))
    except (pa.ArrowException, ArithmeticError, ValueError, KeyError, IndexError, TypeError, OSError) as error:
        reason = str(error).partition("\n")[0]
        raise ProfileError(
            f"these bytes are not a profile of version {VERSION}: {reason}",
            code="PRO200",
            do="Make the profile again with this version of leeway.",
        ) from error


def _whole(data: bytes) -> memoryview:
    end = len(data) - _CHECKSUM
    start = max(0, end - len(_MARK))
    if data[start:end] != _MARK:
        raise ValueError("its end is not that of a profile, or that of an older version")
    stream = memoryview(data)[:start]
    if zlib.crc32(stream).to_bytes(_CHECKSUM, "big") != data[end:]:
        raise ValueError("it is damaged")
    return stream


def _arrays(columns: Columns) -> dict[str, Any]:
    layouts = columns.layouts
    return {
        "name": arrow.texts(columns.names),
        "kind": arrow.texts([layout.kind.value for layout in layouts]),
        "centre": _array(np.array([layout.centre for layout in layouts])),
        "scale": _array(np.array([layout.scale for layout in layouts])),
        **{field: _array(figures) for field, figures in zip(FIGURES, columns.figures, strict=True)},
        **{field: _array(ends) for field, ends in zip(_ENDS, columns.ends, strict=True)},  # NaN: none
        # An exact fraction is its numerator, halved so many times.
        **{
            field: arrow.texts([str(numerator) for numerator, _ in sums])
            for field, sums in zip(SUMS, columns.sums, strict=True)
        },
        **{
            f"{field}_halved": _array(np.array([places for _, places in sums], np.int64))
            for field, sums in zip(SUMS, columns.sums, strict=True)
        },
        **{  # beyond 64 bits for very long histories
            field: arrow.texts([str(weight) for weight in weights])
            for field, weights in zip(WEIGHTS, columns.weights, strict=True)
        },
        "keys": _lists(columns.bins.ends, _array(columns.bins.keys)),
        "counts": _lists(columns.bins.ends, _array(_narrow(columns.bins.counts))),
        "levels": _lists(columns.levels.ends, columns.levels.names),
        "level_counts": _lists(columns.levels.ends, _array(_narrow(columns.levels.counts))),
    }


def _columns(batch: Any) -> Columns:
    """Read the buffers themselves: a year of days is 18,000 columns, and pyarrow makes an object of every value."""
    fields = dict(zip(batch.schema.names, batch.columns, strict=True))
    names, layouts = _layouts(
        *_buffers(fields["name"]),
        *_buffers(fields["kind"]),
        *(_numbers(fields[name]).tobytes() for name in ("centre", "scale")),
    )
    return Columns(
        names=names,
        layouts=layouts,
        figures=np.stack([_numbers(fields[field]) for field in FIGURES]),
        ends=np.stack([_numbers(fields[field]) for field in _ENDS]),
        sums=tuple(
            list(zip(_integers(fields[field]), _numbers(fields[f"{field}_halved"]).tolist(), strict=True))
            for field in SUMS
        ),
        weights=tuple(_integers(fields[field]) for field in WEIGHTS),
        bins=Bins(_ends(fields["keys"]), _numbers(fields["keys"].values), _numbers(fields["counts"].values)),
        levels=Levels(_ends(fields["levels"]), fields["levels"].values, _numbers(fields["level_counts"].values)),
    )


@lru_cache(maxsize=256)
def _layouts(
    names: bytes, name_ends: bytes, kinds: bytes, kind_ends: bytes, centres: bytes, scales: bytes
) -> tuple[tuple[str, ...], tuple[ColumnLayout, ...]]:
    """Names and layouts; days of one model have the same ones."""
    figures = zip(
        _split(kinds, kind_ends), np.frombuffer(centres).tolist(), np.frombuffer(scales).tolist(), strict=True
    )
    found = (ColumnLayout(kind=ColumnKind(kind), centre=centre, scale=scale) for kind, centre, scale in figures)
    return tuple(_split(names, name_ends)), tuple(found)


def _narrow(counts: Array) -> Array:
    """Counts in the narrowest whole numbers that hold them: most days have few rows in each bin."""
    most = int(counts.max(initial=0))
    fitting = (dtype for dtype in (np.uint8, np.uint16, np.uint32) if most <= np.iinfo(dtype).max)
    return counts.astype(next(fitting, np.int64))


def _array(values: Array) -> Any:
    return pa.Array.from_buffers(_TYPES[values.dtype], len(values), [None, pa.py_buffer(np.ascontiguousarray(values))])


def _lists(ends: Array, values: Any) -> Any:
    return pa.LargeListArray.from_arrays(_array(ends), values)


def _numbers(array: Any) -> Array:
    return np.frombuffer(array.buffers()[1] or b"", _DTYPES[array.type])[array.offset :][: len(array)]


def _ends(lists: Any) -> Array:
    return np.frombuffer(lists.buffers()[1], np.int64)[lists.offset :][: len(lists) + 1]


def _buffers(texts: Any) -> tuple[bytes, bytes]:
    """The bytes of strings, and where they end, as bytes of int32."""
    _, ends, data = texts.buffers()
    return data.to_pybytes() if data else b"", ends.to_pybytes()[: 4 * (len(texts) + 1)] if ends else bytes(4)


def _split(data: bytes, ends: bytes) -> list[str]:
    spans = pairwise(np.frombuffer(ends, np.int32).tolist())
    if data.isascii():  # then bytes and characters are at the same places
        text = data.decode("ascii")
        return [text[start:end] for start, end in spans]
    return [data[start:end].decode() for start, end in spans]


def _integers(array: Any) -> list[int]:
    return [int(text) for text in _split(*_buffers(array))]


def _coded_bytes(coded: CodedRows) -> bytes:
    head = json.dumps({"count": coded.count, "kept": len(coded.kept), "names": coded.names}).encode()
    parts = (coded.sums, coded.products, coded.priorities, coded.late, coded.kept)
    body = b"".join(np.ascontiguousarray(part).tobytes() for part in parts)
    return b"%d " % len(head) + head + body  # codes of numbers do not compress


def _coded(data: bytes) -> CodedRows:
    size, _, rest = data.partition(b" ")
    head, at = json.loads(rest[: int(size)]), int(size)
    columns, kept = len(head["names"]), head["kept"]

    def part(dtype: Any, *shape: int) -> Array:
        nonlocal at
        found = np.frombuffer(rest, dtype, math.prod(shape), at).reshape(shape)
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

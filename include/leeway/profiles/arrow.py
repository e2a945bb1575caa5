"""From Arrow arrays to numbers and counted levels, without copies where the memory already holds what is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from pyarrow._compute import call_function  # importing pyarrow.compute writes a Python function per kernel: 0.1 s

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_PRIMITIVE = {
    pa.float64(): np.float64,
    pa.float32(): np.float32,
    pa.int64(): np.int64,
    pa.int32(): np.int32,
    pa.int16(): np.int16,
    pa.int8(): np.int8,
    pa.uint64(): np.uint64,
    pa.uint32(): np.uint32,
    pa.uint16(): np.uint16,
    pa.uint8(): np.uint8,
}


def chunks(values: Any) -> Iterator[Any]:
    """The contiguous arrays of an array or a chunked array; none that is empty."""
    for chunk in values.chunks if isinstance(values, pa.ChunkedArray) else [values]:
        if len(chunk):
            yield chunk


def plain(values: Any) -> Any:
    """Decode what the kernels used here do not take: views, and dictionaries of anything but plain strings."""
    if pa.types.is_dictionary(values.type):
        parts = values.chunks if isinstance(values, pa.ChunkedArray) else [values]
        if _is_string(values.type.value_type) and not any(part.dictionary.null_count for part in parts):
            return values
        values = pa.chunked_array([part.dictionary_decode() for part in parts], values.type.value_type)
    return values.cast(pa.string()) if pa.types.is_string_view(values.type) else values


def _is_string(type_: Any) -> bool:
    return bool(pa.types.is_string(type_) or pa.types.is_large_string(type_))


def numbers(values: Any) -> np.ndarray[Any, Any]:
    """The numbers of an array without its nulls: float64 of shape (n,); a NaN stays."""
    found, present = slots(values)
    return found if present is None else found[present]  # twice as fast as drop_null


def slots(values: Any) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any] | None]:
    """The numbers of an array and which of them are there: float64 and bool of shape (n,); None if all are.

    What stands in place of a null is any number. The data buffer is looked at directly: ``to_numpy`` imports pandas.
    """
    parts = [_slots(chunk) for chunk in chunks(values)]
    absent = missing(values)
    found = parts[0] if len(parts) == 1 else np.concatenate(parts) if parts else np.empty(0)
    return found, None if absent is None else ~absent


def _slots(chunk: Any) -> np.ndarray[Any, Any]:
    dtype = _PRIMITIVE.get(chunk.type)
    if dtype is None:
        # Halves, decimals, durations and times of day; the latter two in the unit of their type.
        chunk = chunk.cast(_number_type(chunk.type), safe=False).cast(pa.float64(), safe=False)
        dtype = np.float64
    buffer = chunk.buffers()[1]
    if buffer is None:
        return np.zeros(len(chunk))
    found = np.frombuffer(buffer, dtype)[chunk.offset : chunk.offset + len(chunk)]
    return found if dtype is np.float64 else found.astype(np.float64)


def _number_type(type_: Any) -> Any:
    if pa.types.is_time32(type_):
        return pa.int32()
    return pa.int64() if pa.types.is_duration(type_) or pa.types.is_time64(type_) else pa.float64()


def taken(values: Any, where: np.ndarray[Any, Any]) -> Any:
    """The values at these places, in order: int64 of shape (n,)."""
    # pa.array would import pandas to see whether it is given some of its objects.
    places = pa.Array.from_buffers(pa.int64(), len(where), [None, pa.py_buffer(np.ascontiguousarray(where))])
    return call_function("take", [values, places])


def different(values: Any) -> int:
    """How many different values there are, null among them."""
    return len(call_function("unique", [values]))


def missing(values: Any) -> np.ndarray[Any, Any] | None:
    """Which values are null: bool of shape (n,); None if none is."""
    if not values.null_count:
        return None
    if pa.types.is_null(values.type):  # has no bits
        return np.ones(len(values), dtype=bool)
    parts = [_bits(chunk, 0) == 0 if chunk.null_count else np.zeros(len(chunk), dtype=bool) for chunk in chunks(values)]
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def levels(chunk: Any) -> tuple[Any, np.ndarray[Any, Any]]:
    """Split strings or booleans into their levels and, for each value that is not null, the number of its level.

    Returns:
        The levels of this chunk as an Arrow array (of a dictionary that came with it, also those that do not occur),
        and indices of shape (n,).
    """
    if pa.types.is_boolean(chunk.type):
        return _TRUTH, _bits(_present(chunk), 1)
    encoded = chunk if pa.types.is_dictionary(chunk.type) else chunk.dictionary_encode()
    indices = _present(encoded.indices)
    buffer = indices.buffers()[1]
    if buffer is None or not len(indices):
        return encoded.dictionary, np.empty(0, np.int32)
    found = np.frombuffer(buffer, _PRIMITIVE[indices.type])[indices.offset :][: len(indices)]
    return encoded.dictionary, found.astype(np.int64) if found.dtype == np.uint64 else found  # bincount refuses uint64


# Not by pa.array, which would import pandas.
_TRUTH = pa.StringArray.from_buffers(2, pa.py_buffer(np.array([0, 5, 9], np.int32)), pa.py_buffer(b"falsetrue"))


def _present(chunk: Any) -> Any:
    return call_function("drop_null", [chunk]) if chunk.null_count else chunk


def _bits(chunk: Any, buffer: int) -> np.ndarray[Any, Any]:
    """Validity (buffer 0) or the values of booleans (buffer 1): uint8 of shape (n,), 0 or 1."""
    packed = chunk.buffers()[buffer]
    if packed is None or not len(chunk):
        return np.empty(0, np.uint8)
    return np.unpackbits(np.frombuffer(packed, np.uint8), bitorder="little")[chunk.offset :][: len(chunk)]


def names(dictionary: Any, wanted: np.ndarray[Any, Any]) -> list[str]:
    """The levels with these numbers, as text."""
    found: list[str] = taken(dictionary, wanted.astype(np.int64)).to_pylist()
    return found


def texts(values: Sequence[str]) -> Any:
    """An array of strings."""
    encoded = [value.encode() for value in values]
    ends = np.concatenate([[0], np.cumsum([len(value) for value in encoded], dtype=np.int64)]).astype(np.int32)
    # pa.array would import pandas.
    return pa.StringArray.from_buffers(len(encoded), pa.py_buffer(ends), pa.py_buffer(b"".join(encoded)))


def sorted_levels(parts: Sequence[Any]) -> tuple[Any, np.ndarray[Any, Any]]:
    """The different strings of some arrays, by code points, and the place among them of each string, int64."""
    encoded = call_function("dictionary_encode", [pa.concat_arrays(parts)])
    order = _slots(call_function("array_sort_indices", [encoded.dictionary])).astype(np.int64)
    ranks = np.empty(len(order), np.int64)
    ranks[order] = np.arange(len(order))
    return taken(encoded.dictionary, order), ranks[_slots(encoded.indices).astype(np.int64)]


def moments(values: Any) -> tuple[int, int] | None:
    """The first and the last moment in microseconds since 1970; None if there is none."""
    if not (pa.types.is_timestamp(values.type) and values.type.unit == "us"):
        values = values.cast(pa.timestamp("us"), safe=False)
    found = [_whole(chunk) for chunk in chunks(values) if chunk.null_count < len(chunk)]
    return (int(min(c.min() for c in found)), int(max(c.max() for c in found))) if found else None


def _whole(chunk: Any) -> np.ndarray[Any, Any]:
    found = np.frombuffer(chunk.buffers()[1], np.int64)[chunk.offset : chunk.offset + len(chunk)]
    return found[_bits(chunk, 0).view(np.bool_)] if chunk.null_count else found

"""Decompression that cannot fill the memory: size and ratio are checked while it goes on."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leeway.sources.codes import Place

MAGIC = b"\x1f\x8b"
_STEP = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Caps:
    """The most that is read: bytes of one file (after decompression), and how many times it may expand."""

    max_bytes: int
    max_ratio: float


def gunzip(data: bytes, caps: Caps, place: Place) -> bytes:
    """Decompress gzip data of one or more members.

    The ratio counts from 1 MiB on: a few equal rows may compress better than any cap.

    Raises:
        SourceError: SRC101 or SRC103 beyond the caps, SRC104 if it is not whole and correct gzip.
    """
    if not data.startswith(MAGIC):
        raise place.error("SRC104", "this is not gzip data, although the name says so")
    output = bytearray()
    while data:
        if not data.startswith(MAGIC):
            raise place.error("SRC104", f"{len(data)} bytes follow the end of the gzip data")
        data = _member(data, output, caps, place)
    return bytes(output)


def _member(data: bytes, output: bytearray, caps: Caps, place: Place) -> bytes:
    """Append one member's content to ``output``; return what follows the member."""
    stream, rest, size = zlib.decompressobj(wbits=31), data, len(data)
    while not stream.eof:
        try:
            piece = stream.decompress(rest, _STEP)
        except zlib.error as error:
            raise place.error("SRC104", f"the gzip data is damaged ({error})") from None
        if not piece and not stream.eof and not stream.unconsumed_tail:
            raise place.error("SRC104", "the gzip data is cut off")
        output += piece
        rest = stream.unconsumed_tail
        _check(len(output), size, caps, place)
    return stream.unused_data


def _check(produced: int, consumed: int, caps: Caps, place: Place) -> None:
    if produced > caps.max_bytes:
        raise place.error("SRC101", f"decompressed it has more than {caps.max_bytes:,} bytes")
    if produced > _STEP and produced > consumed * caps.max_ratio:
        raise place.error("SRC103", f"it expands more than {caps.max_ratio:g} times")

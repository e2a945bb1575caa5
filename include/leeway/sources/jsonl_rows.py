"""JSON lines, read strictly: one object per line, no key twice, numbers and text kept apart."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

from leeway.sources.codes import Place, show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leeway.sources.header import Header

_PIECE = 50_000


class _TwiceError(ValueError):
    """A key is in one object twice."""


def jsonl_rows(
    data: bytes, header: Header, place: Place, *, encoding: str
) -> Iterator[tuple[int, dict[str, list[Any]]]]:
    """Split bytes into pieces of the wanted columns, as Python objects; yield the number of each piece's first row.

    Blank lines are skipped; they are no rows. Every object has every wanted key: null is written, not left out.

    Raises:
        SourceError: SRC100, SRC106, SRC112, SRC113, SRC120 to SRC123.
    """
    objects: list[dict[str, Any]] = []
    number, checked = 1, set()
    for found in _objects(data, place, encoding):
        names = tuple(found)
        if names not in checked:
            header.check(names, place, row=number + len(objects))
            checked.add(names)
        objects.append(found)
        if len(objects) == _PIECE:
            yield number, _columns(objects, header)
            number, objects = number + len(objects), []
    if number == 1 and not objects:
        raise place.error("SRC100", "the file is empty: without a row, JSON lines do not show their columns")
    if objects:
        yield number, _columns(objects, header)


def _columns(objects: list[dict[str, Any]], header: Header) -> dict[str, list[Any]]:
    return {name: [found[name] for found in objects] for name in header.wanted}


def _objects(data: bytes, place: Place, encoding: str) -> Iterator[dict[str, Any]]:
    row = 0
    lines = io.TextIOWrapper(io.BytesIO(data), encoding=encoding, newline="\n")
    try:
        for line in lines:
            if line.strip(" \t\r\n"):
                row += 1
                yield _object(line, place, row)
    except UnicodeError as error:
        raise place.error("SRC106", f"not {encoding} text after row {row} ({error})") from None


def _object(line: str, place: Place, row: int) -> dict[str, Any]:
    try:
        found = _DECODER.decode(line)
    except _TwiceError as error:
        raise place.error("SRC113", f"key {error} is there twice", row=row) from None
    except RecursionError:
        raise place.error("SRC112", "the line is nested too deep", row=row) from None
    except ValueError as error:
        raise place.error("SRC112", f"{show(line)} is not JSON ({error})", row=row) from None
    if not isinstance(found, dict):
        raise place.error("SRC112", f"{show(line)} is not an object", row=row)
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise _TwiceError(show(next(name for name in names if names.count(name) > 1)))
    return found


_DECODER = json.JSONDecoder(object_pairs_hook=_once)

"""CSV, read strictly: pyarrow splits the rows, nothing infers a type, and what pyarrow lets pass is refused first."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

from leeway.sources.codes import Place, show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leeway.sources.header import Header

_BLOCK = 1 << 23
"""Bytes that are split at a time; also the length of the longest row."""


def csv_rows(data: bytes, header: Header, place: Place, *, delimiter: str) -> Iterator[tuple[int, pa.RecordBatch]]:
    """Split UTF-8 bytes into batches of the wanted columns, as bytes; yield the number of each batch's first row.

    Line ends may be any, also mixed; blank lines are skipped; a quoted value may hold line ends and delimiters.

    Raises:
        SourceError: SRC100, SRC106 to SRC109, SRC120 to SRC123.
    """
    header.check(_names(data, delimiter, place), place)
    _check_quotes(data, delimiter, place)
    bad: list[pa_csv.InvalidRow] = []

    def remember(row: pa_csv.InvalidRow) -> str:
        bad.append(row)
        return "error"

    number = 1
    try:
        for batch in _reader(data, header, delimiter, remember):
            if batch.num_rows:
                yield number, batch
            number += batch.num_rows
    except pa.ArrowInvalid as error:
        if bad:
            what = f"{bad[0].actual_columns} fields instead of {bad[0].expected_columns}: {show(bad[0].text)}"
            raise place.error("SRC107", what, row=bad[0].number - 1) from None
        if "straddling" in str(error):
            raise place.error("SRC109", f"a row is longer than {_BLOCK:,} bytes", row=number) from None
        raise place.error("SRC107", f"cannot be split into rows ({error})") from None


def _reader(data: bytes, header: Header, delimiter: str, remember: object) -> pa_csv.CSVStreamingReader:
    # One thread: only then does the reader know the numbers of rows.
    return pa_csv.open_csv(
        pa.BufferReader(data if b"\n" in data or b"\r" in data else data + b"\n"),
        read_options=pa_csv.ReadOptions(use_threads=False, block_size=_BLOCK),
        parse_options=pa_csv.ParseOptions(
            delimiter=delimiter, newlines_in_values=b'"' in data, invalid_row_handler=remember
        ),
        convert_options=pa_csv.ConvertOptions(
            column_types=dict.fromkeys(header.wanted, pa.binary()),
            include_columns=list(header.wanted),
            null_values=[],
            strings_can_be_null=False,
        ),
    )


def _names(data: bytes, delimiter: str, place: Place) -> list[str]:
    """The names in the first line that is not blank."""
    head = data[:_BLOCK].lstrip(b"\r\n")
    if not head:
        raise place.error("SRC100", "the file is empty")
    try:
        # A character cut in half at the end of the head is no error of the header.
        text = head.decode(errors="strict" if len(data) <= _BLOCK else "ignore")
    except UnicodeDecodeError:
        text = re.split(rb"[\r\n]", head)[0].decode(errors="replace")
    try:
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except (csv.Error, StopIteration) as error:
        raise place.error("SRC108", f"the header cannot be read ({error})") from None


def _check_quotes(data: bytes, delimiter: str, place: Place) -> None:
    """Refuse quotes that do not enclose a whole value: pyarrow would merge rows around them without a word.

    Every second quote opens and every other closes; a doubled quote closes and opens again at once. What opens stands
    after an edge of a field or such a close, what closes stands before one.
    """
    content = np.frombuffer(data, np.uint8)
    quotes = np.flatnonzero(content == ord('"'))
    if not len(quotes):
        return
    edges = np.frombuffer(f'{delimiter}\r\n"'.encode(), np.uint8)
    opens, closes = quotes[::2], quotes[1::2]
    after = np.isin(content[np.maximum(opens - 1, 0)], edges) | (opens == 0)
    before = np.isin(content[np.minimum(closes + 1, len(data) - 1)], edges) | (closes == len(data) - 1)
    stray = [*opens[~after][:1], *closes[~before][:1], *(opens[-1:] if len(quotes) % 2 else [])]
    if not stray:
        return
    at = int(min(stray))
    lines = len(re.findall(rb"\r\n|\r|\n", data[:at])) + 1
    around = data[max(at - 20, 0) : at + 20].decode(errors="replace")
    raise place.error("SRC108", f"a quote in line {lines} does not enclose a whole value: {show(around)}")

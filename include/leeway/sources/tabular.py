"""What sources of files have in common: format, caps and layout; and bytes to rows."""

from __future__ import annotations

import codecs
import io
import re
from typing import TYPE_CHECKING, Literal

from pydantic import Field, field_validator

from leeway.core import time_zone
from leeway.errors import did_you_mean
from leeway.sources.base import Source

if TYPE_CHECKING:
    from typing import BinaryIO

    from leeway.core import Window
    from leeway.sources.base import ReadRequest
    from leeway.sources.codes import Place
    from leeway.sources.gunzip import Caps
    from leeway.sources.selection import Selection

Format = Literal["csv", "parquet", "jsonl"]
_SUFFIXES: dict[str, Format] = {
    "csv": "csv",
    "jsonl": "jsonl",
    "ndjson": "jsonl",
    "json": "jsonl",
    "parquet": "parquet",
    "pq": "parquet",
}
_FOREIGN = (
    (re.compile(rb"\x1f\x8b"), "gzip data whose name does not end in .gz"),
    (re.compile(rb"PK\x03\x04"), "a zip archive"),
    (re.compile(rb"PAR1"), "a Parquet file"),
    (re.compile(rb"\s*<(!doctype|html|\?xml)", re.IGNORECASE), "a web page or XML"),
    (re.compile(rb"version https://git-lfs"), "a git-LFS pointer, not the data it stands for"),
)
"""What is found where CSV or JSON lines should be."""


class Tabular(Source):
    """A source whose bytes are CSV, Parquet or JSON lines."""

    format: Format | None = Field(default=None, description="csv, parquet or jsonl; default: by the name's ending.")
    delimiter: str = Field(default=",", description="CSV: what separates fields.")
    encoding: str = Field(default="utf-8", description="Encoding of text; a byte-order mark at its start is fine.")
    timezone: str = Field(default="UTC", description="Zone in which window times are written into the path or URL.")
    extra_columns: Literal["error", "ignore"] = Field(default="error", description="Columns that are not declared.")
    max_bytes: int = Field(default=512 * 2**20, ge=1, description="Most bytes of one file, after decompression.")
    max_rows: int = Field(default=10_000_000, ge=1, description="Most rows of one interval.")
    max_ratio: float = Field(default=100, gt=1, description="Most times that compressed data may expand.")

    @field_validator("delimiter")
    @classmethod
    def _delimiter(cls, value: str) -> str:
        if len(value) != 1 or not value.isascii() or value.isalnum() or value in '"\r\n':
            raise ValueError(f"{value!r} cannot separate fields: one character like , ; | or a tab")
        return value

    @field_validator("encoding")
    @classmethod
    def _encoding(cls, value: str) -> str:
        try:
            "".encode(codecs.lookup(value).name)
        except LookupError:
            raise ValueError(f"unknown text encoding {value!r}") from None
        return value

    @field_validator("timezone")
    @classmethod
    def _timezone(cls, value: str) -> str:
        return time_zone(value).key

    def caps(self) -> Caps:
        """The limits of one file."""
        from leeway.sources.gunzip import Caps

        return Caps(max_bytes=self.max_bytes, max_ratio=self.max_ratio)

    def selection(self, request: ReadRequest, file: str) -> Selection:
        """An empty selection for a request; ``file`` is what messages call all its input together."""
        from leeway.sources.selection import Selection

        return Selection(request, max_rows=self.max_rows, extra_columns=self.extra_columns == "ignore", file=file)

    def format_of(self, name: str) -> Format:
        """The format of a file by this source's declaration or its name.

        Raises:
            ValueError: if neither says it.
        """
        ending = name.removesuffix(".gz").rpartition(".")[2].lower()
        found = self.format or _SUFFIXES.get(ending)
        if found is None:
            raise ValueError(f"{name!r} does not show its format; say 'format: csv'. {did_you_mean(ending, _SUFFIXES)}")
        return found

    def rows_of_text(
        self, data: bytes, name: str, *, selection: Selection, place: Place, window: Window | None
    ) -> None:
        """Add the rows of a whole CSV or JSON lines file, gzip or not, to a selection.

        Raises:
            SourceError: SRC1xx if the data is malformed.
        """
        from leeway.sources.from_python import from_python
        from leeway.sources.from_text import from_text
        from leeway.sources.gunzip import gunzip

        if name.endswith(".gz"):
            data = gunzip(data, self.caps(), place)
        _refuse_foreign(data, place)
        if self.format_of(name) == "csv":
            from leeway.sources.csv_rows import csv_rows

            text = self._utf8(data, place)
            for first, batch in csv_rows(text, selection.header, place, delimiter=self.delimiter):
                columns = dict(zip(batch.schema.names, batch.columns, strict=True))
                selection.add(columns, from_text, place=place, first_row=first, window=window)
            return
        from leeway.sources.jsonl_rows import jsonl_rows

        encoding = "utf-8-sig" if self._is_utf8() else self.encoding
        for first, objects in jsonl_rows(data, selection.header, place, encoding=encoding):
            selection.add(objects, from_python, place=place, first_row=first, window=window)

    def rows_of_parquet(
        self, stream: BinaryIO, *, selection: Selection, place: Place, window: Window | None, around: tuple[str, Window]
    ) -> None:
        """Add the rows of a Parquet file to a selection; without ``window``, only row groups near ``around``.

        Raises:
            SourceError: SRC1xx if the data is malformed.
        """
        from leeway.sources.from_arrow import from_arrow
        from leeway.sources.parquet_rows import parquet_rows

        near = None if window is not None else around
        for first, batch in parquet_rows(stream, selection.header, place, caps=self.caps(), around=near):
            columns = dict(zip(batch.schema.names, batch.columns, strict=True))
            selection.add(columns, from_arrow, place=place, first_row=first, window=window)

    def rows_of(
        self,
        data: bytes,
        name: str,
        *,
        selection: Selection,
        place: Place,
        window: Window | None,
        around: tuple[str, Window],
    ) -> None:
        """Add the rows of a whole file of any format."""
        if self.format_of(name) == "parquet":
            self.rows_of_parquet(io.BytesIO(data), selection=selection, place=place, window=window, around=around)
        else:
            self.rows_of_text(data, name, selection=selection, place=place, window=window)

    def _is_utf8(self) -> bool:
        return codecs.lookup(self.encoding).name in ("utf-8", "utf-8-sig")

    def _utf8(self, data: bytes, place: Place) -> bytes:
        """Bring text to UTF-8 without a byte-order mark; UTF-8 itself is checked value by value."""
        if self._is_utf8():
            if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                raise place.error("SRC106", "this is UTF-16 text")
            return data.removeprefix(codecs.BOM_UTF8)
        try:
            return data.decode(self.encoding).removeprefix("\ufeff").encode()
        except UnicodeError as error:
            raise place.error("SRC106", f"not {self.encoding} text ({error})") from None


def _refuse_foreign(data: bytes, place: Place) -> None:
    for pattern, what in _FOREIGN:
        if pattern.match(data):
            raise place.error("SRC105", f"this is {what}")

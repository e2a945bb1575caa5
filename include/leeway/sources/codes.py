"""Every way in which input can be wrong, with its stable code; and the place that an error names."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

from leeway.errors import SourceError


class Problem(NamedTuple):
    """What a code means and what to do about it."""

    meaning: str
    do: str


CODES: dict[str, Problem] = {
    # The file or answer as a whole.
    "SRC100": Problem(
        "the input has no bytes, or no header", "Deliver it again; even a window without rows has a header."
    ),
    "SRC101": Problem("the input is larger than max_bytes", "Check where it comes from, then raise 'max_bytes'."),
    "SRC102": Problem("there are more rows than max_rows", "Check where they come from, then raise 'max_rows'."),
    "SRC103": Problem(
        "compressed input expands more than max_ratio", "Check where it comes from, then raise 'max_ratio'."
    ),
    "SRC104": Problem("gzip data is damaged, cut off or followed by other bytes", "Deliver the file again."),
    "SRC105": Problem(
        "the bytes are of another format than declared", "Correct 'format' or the file's name, or deliver data."
    ),
    "SRC106": Problem("text is not in the declared encoding", "Correct 'encoding', or write the data in it."),
    "SRC107": Problem(
        "a row has more or fewer fields than the header", "Quote values that hold the delimiter; deliver whole rows."
    ),
    "SRC108": Problem(
        "a quote is never closed, or stands inside an unquoted value",
        'Quote the whole value, double inner quotes: "5"" pipe".',
    ),
    "SRC109": Problem("a text value is longer than 1 MiB", "Keep long text elsewhere and deliver a reference to it."),
    "SRC110": Problem(
        "there is no input for the window", "Deliver it; or set 'on_missing: quarantine' to go on without it."
    ),
    "SRC111": Problem("the input cannot be opened as configured", "Correct the path, URL, driver or permissions."),
    "SRC112": Problem(
        "a line is not one JSON object", 'Write one object per line, like {"id": 1}, without NaN or Infinity.'
    ),
    "SRC113": Problem("a JSON object has the same key twice", "Keep one of them."),
    "SRC114": Problem("a Parquet file is damaged or not readable", "Deliver the file again."),
    # The header.
    "SRC120": Problem(
        "a declared column is missing", "Add it to the input, or correct the declaration; names are exact."
    ),
    "SRC121": Problem(
        "a column is not declared", "Declare it (role: ignore, if unused), or set 'extra_columns: ignore'."
    ),
    "SRC122": Problem("two columns have the same name", "Rename or remove one of them."),
    "SRC123": Problem("a column has no name", "Name every column."),
    # Single values.
    "SRC130": Problem(
        "a value is null in a column that is not nullable", "Deliver the value, or declare 'nullable: true'."
    ),
    "SRC131": Problem(
        "a value is not an integer", "Write decimal digits only; or declare another type, or its spelling in 'nulls'."
    ),
    "SRC132": Problem("an integer does not fit into 64 bits", "Declare the column as string, if it is an identifier."),
    "SRC133": Problem(
        "a value is not a number", "Write digits with a decimal point; or declare its spelling in 'nulls'."
    ),
    "SRC134": Problem("a number is not finite", "Deliver null for what is not known."),
    "SRC135": Problem("a value is not a boolean", "Write true, false, 1 or 0."),
    "SRC136": Problem("a value is not a timestamp", "Write ISO 8601, like 2026-01-31T12:00:00Z; or declare 'format'."),
    "SRC137": Problem("a timestamp has no time zone", "Write it with an offset; or declare 'timezone'."),
    "SRC138": Problem("a local time is there twice or never, as the clocks change", "Write it with an offset."),
    "SRC139": Problem("a timestamp is outside the years 1900 to 2200", "Check the unit and the format."),
    "SRC140": Problem("text holds control characters", "Remove them: only tab and line ends are allowed."),
    "SRC141": Problem(
        "a column is stored as another type than declared",
        "Convert it where it is written, or declare the type it has.",
    ),
    # Rows together.
    "SRC150": Problem("a row does not belong to the window of its file", "Deliver each row in the file of its window."),
    "SRC151": Problem("the same row is there twice", "Deliver each row once."),
    "SRC152": Problem(
        "rows with the same key differ", "Deliver one row per key, or declare a key that tells them apart."
    ),
    # The database.
    "SRC160": Problem("the database refused the query", "Correct the table or query, or the permissions."),
    # Fetching: trying again may help.
    "SRC200": Problem("the input could not be read", "Look at the storage; leeway tries again."),
    "SRC201": Problem("nobody answers", "Look at the server and the network; leeway tries again."),
    "SRC202": Problem(
        "fetching took too long", "Look at the server; raise 'timeout' if it needs more. leeway tries again."
    ),
    "SRC203": Problem("the server cannot answer now", "Look at the server; leeway tries again."),
    "SRC204": Problem("the connection broke in the middle", "Look at the server and the network; leeway tries again."),
}
"""Code -> meaning and remedy. SRC1xx: the input has to change. SRC2xx: trying again may help."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where something is read, as far as known."""

    model: str
    window: str
    file: str | None = None

    def at(self, file: str) -> Place:
        """The same place, in a file (or table, or address)."""
        return replace(self, file=file)

    def error(self, code: str, what: str, *, column: str | None = None, row: int | None = None) -> SourceError:
        """Say what is wrong here; ``row`` counts data rows from 1, without the header."""
        do = CODES[code].do
        return SourceError(
            what, code=code, do=do, model=self.model, window=self.window, file=self.file, column=column, row=row
        )


def show(value: object) -> str:
    """Spell a value for a message, safely and in at most 60 characters."""
    text = repr(value[:80] if isinstance(value, (str, bytes)) else value)
    return text if len(text) <= 60 else text[:57] + "..."

"""Rules of text: what is written by others' writers is read back exactly, what is cut is refused."""

from __future__ import annotations

import csv
import io
import json
import math
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from bad_input.kit import HEADER, WINDOW, request, schema, source
from leeway.errors import SourceError
from leeway.schema import Column
from leeway.sources.cells import Cells
from leeway.sources.codes import CODES, Place, show
from leeway.sources.from_text import from_text
from leeway.sources.gunzip import Caps, gunzip
from leeway.sources.selection import Selection

PLACE = Place(model="m", window="w", file="f")
CAPS = Caps(max_bytes=1 << 20, max_ratio=100)
TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")) | st.sampled_from("\t\n\r\",';"), max_size=12)
MOMENTS = st.datetimes(WINDOW.start.replace(tzinfo=None), (WINDOW.end - timedelta(microseconds=1)).replace(tzinfo=None))
WRITERS: list[dict[str, Any]] = [
    {"lineterminator": "\r\n"},
    {"lineterminator": "\r\n", "quoting": csv.QUOTE_ALL},
    {"lineterminator": "\n", "quoting": csv.QUOTE_ALL},
]
ROWS = st.lists(
    st.tuples(TEXT, st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False, allow_infinity=False), MOMENTS)
)


def convert(kind: str, *values: str, **column: Any) -> list[Any]:
    declared = Column.model_validate({"type": kind, "nullable": True, **column})
    rows = pa.array(range(1, len(values) + 1), pa.int64())
    raw = pa.array([value.encode() for value in values], pa.binary())
    return from_text(Cells(place=PLACE, name="c", column=declared, values=raw, rows=rows)).to_pylist()


def outcome(kind: str, text: str) -> Any:
    """The value that a text is read as, or the code of the error."""
    try:
        return convert(kind, text)[0]
    except SourceError as error:
        return error.code


@settings(max_examples=40, deadline=None)
@given(ROWS, st.sampled_from(WRITERS))
@example([('"', 0, 0.0, datetime(2026, 1, 5)), ('",\n"', 0, 0.0, datetime(2026, 1, 5))], WRITERS[0])
def test_csv_of_any_writer_is_read_back_exactly(rows: list[tuple[Any, ...]], how: dict[str, Any]) -> None:
    sink = io.StringIO(newline="")
    writer = csv.writer(sink, **how)
    writer.writerow(HEADER.split(","))
    for number, (city, n, x, ts) in enumerate(rows):
        writer.writerow([number, ts.replace(tzinfo=UTC).isoformat(), n, repr(x), city, "true", 0])
    table = _read("csv", sink.getvalue().encode())
    assert table == [(city or None, n, x, ts.replace(tzinfo=UTC)) for city, n, x, ts in rows]


@settings(max_examples=25, deadline=None)
@given(ROWS.filter(len))
def test_json_lines_are_read_back_exactly(rows: list[tuple[Any, ...]]) -> None:
    names = HEADER.split(",")
    lines = [
        json.dumps(dict(zip(names, [str(number), f"{ts.isoformat()}Z", n, x, city, None, 0], strict=True)))
        for number, (city, n, x, ts) in enumerate(rows)
    ]
    table = _read("jsonl", "\n".join(lines).encode())
    assert table == [(city, n, x, ts.replace(tzinfo=UTC)) for city, n, x, ts in rows]


def _read(kind: str, data: bytes) -> list[tuple[Any, ...]]:
    """Rows in the order they were written: the id is their number."""
    made = source("files", path=f"a.{kind}")
    selection = Selection(request(), max_rows=1_000, extra_columns=False, file="a")
    made.rows_of_text(data, f"a.{kind}", selection=selection, place=PLACE, window=None)  # type: ignore[attr-defined]
    found = sorted(selection.table().to_pylist(), key=lambda row: int(row["id"]))
    return [(row["city"], row["n"], row["x"], row["ts"]) for row in found]


@settings(max_examples=100, deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_floats_keep_every_bit(value: float) -> None:
    assert convert("float", repr(value), f"{value:+.17e}") == [value, value]


@settings(max_examples=100, deadline=None)
@given(st.datetimes(datetime(1901, 1, 1), datetime(2199, 1, 1)), st.integers(-14 * 60, 14 * 60), st.sampled_from("T "))
def test_timestamps_are_the_instants_that_python_reads(local: datetime, offset: int, between: str) -> None:
    moment = local.replace(tzinfo=timezone(timedelta(minutes=offset)))
    assert convert("timestamp", moment.isoformat(between)) == [moment]


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=12))
@example("1_000")
@example("\u0663")
@example("0x10")
@example("1e5")
@example(" 1")
@example("1\n")
def test_an_integer_is_read_as_its_digits_say_or_refused(text: str) -> None:
    assume(text)
    value = outcome("int", text)
    digits = text.removeprefix("-") if text.startswith("-") else text.removeprefix("+")
    if digits.isascii() and digits.isdecimal():
        assert value == int(text)
    else:
        assert value == "SRC131"


@settings(max_examples=150, deadline=None)
@given(st.text(st.sampled_from("0123456789+-.eE_xnaif "), max_size=8))
def test_a_float_is_finite_and_what_python_reads_or_refused(text: str) -> None:
    assume(text)
    value = outcome("float", text)
    if isinstance(value, float):
        assert math.isfinite(value)
        assert value == float(text)
    else:
        assert value in ("SRC133", "SRC134")


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=300), st.data())
def test_gzip_that_is_cut_anywhere_is_refused(content: bytes, data: st.DataObject) -> None:
    import gzip

    whole = gzip.compress(content, mtime=0)
    assert gunzip(whole, CAPS, PLACE) == content
    cut = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(SourceError) as caught:
        gunzip(whole[:cut], CAPS, PLACE)
    assert caught.value.code == "SRC104"


def test_values_are_shown_safely_and_shortly() -> None:
    assert show("a\x1b[31m\u202e\n") == repr("a\x1b[31m\u202e\n")
    assert len(show("x" * 1_000_000)) == 60
    assert len(show("\0" * 500)) == 60


def test_the_message_says_where_and_what_to_do() -> None:
    with pytest.raises(SourceError) as caught:
        convert("int", "1", "two")
    expected = "[SRC131] model m, window w, file f, column c, row 2: 'two' is not an integer. "
    assert str(caught.value) == expected + CODES["SRC131"].do


def test_every_declared_type_has_a_reader_for_text() -> None:
    for column in schema().columns.values():
        assert convert(column.type, "", nulls=[""]) == [None]


def test_the_documentation_lists_every_code() -> None:
    page = Path(__file__).parents[3] / "docs" / "errors" / "source-errors.md"
    rows = [f"| {code} | {meaning} | {do} |" for code, (meaning, do) in CODES.items()]
    listed = [line for line in page.read_text(encoding="utf-8").splitlines() if line.startswith("| SRC")]
    assert listed == rows

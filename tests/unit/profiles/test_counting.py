"""What is counted of each type of column, however its memory is laid out."""

from __future__ import annotations

import math
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from profiled import LAYOUT, column

from leeway.errors import ProfileError
from leeway.profiles import levels, storage
from leeway.profiles.building import Builder, profile_frame, profile_table
from leeway.profiles.layout import MAX_LEVELS, ColumnKind, ColumnLayout, Layout
from leeway.profiles.scanning import profile_file

NAN, INF = math.nan, math.inf
FLOATS = (pa.float64(), pa.float32(), pa.float16())
WHOLES = (pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64())


def profiled(values: pa.Array | pa.ChunkedArray, like: Layout | None = None) -> bytes:
    return storage.to_bytes(profile_table(pa.table({"x": values}), like))


@pytest.mark.parametrize("type_", FLOATS, ids=str)
def test_nan_is_not_null_and_infinities_are_neither(type_):
    values = np.array([1.0, 3.0, NAN, INF, -INF, NAN], type_.to_pandas_dtype())
    found = column(pa.concat_arrays([pa.array(values), pa.nulls(1, type_)]))
    assert (found.rows, found.nulls, found.nans, found.infinite, found.counted) == (7, 1, 2, 2, 2)
    assert (found.mean, found.minimum, found.maximum, found.spread) == (2.0, 1.0, 3.0, 1.0)
    assert found.missing_share == 3 / 7


@pytest.mark.parametrize("type_", WHOLES, ids=str)
def test_whole_numbers_of_every_width(type_):
    found = column(pa.array([1, 2, None, 6], type_))
    assert (found.kind, found.nulls, found.mean, found.maximum) == (ColumnKind.NUMBER, 1, 3.0, 6.0)


def test_the_largest_whole_numbers_keep_their_order():
    found = column(pa.array([0, 2**63, 2**64 - 1], pa.uint64()))
    assert (found.counted, found.minimum, found.maximum) == (3, 0.0, 2.0**64)


@pytest.mark.parametrize("far", [1e39, -1e39, 1e100, 1e200, 1.7e308])
def test_what_single_precision_cannot_reach_counts_as_infinite(far):
    found = column(pa.array([1.0, 2.0, 3.0, far]))
    assert (found.infinite, found.counted, found.maximum) == (1, 3, 3.0)
    alone = column(pa.array([far, far]))  # the centre is there then
    assert (alone.infinite, alone.counted, alone.mean) == (0, 2, far)


@pytest.mark.parametrize(
    ("values", "type_", "mean"),
    [
        ([Decimal("1.50"), None, Decimal("2.50")], pa.decimal128(10, 2), 2.0),
        ([Decimal("1.50"), None, Decimal("2.50")], pa.decimal256(60, 2), 2.0),
        ([timedelta(seconds=1), None, timedelta(seconds=3)], pa.duration("ms"), 2000.0),
        ([time(0, 0, 1), None, time(0, 0, 3)], pa.time32("s"), 2.0),
        ([time(0, 0, 1), None, time(0, 0, 3)], pa.time64("us"), 2e6),
    ],
)
def test_decimals_durations_and_times_of_day_are_numbers(values, type_, mean):
    found = column(pa.array(values, type_))
    assert (found.kind, found.nulls, found.counted, found.mean) == (ColumnKind.NUMBER, 1, 2, mean)


@pytest.mark.parametrize(
    "type_", [pa.timestamp("s"), pa.timestamp("ns"), pa.timestamp("us", "UTC"), pa.date32(), pa.date64()], ids=str
)
def test_moments_have_a_span_and_nothing_else(type_):
    days = [date(2013, 1, 1), None, date(2012, 1, 1)]
    if pa.types.is_timestamp(type_):
        days = [day and datetime(day.year, 1, 1) for day in days]
    found = column(pa.array(days, type_))
    assert (found.kind, found.nulls) == (ColumnKind.TIME, 1)
    assert (found.minimum, found.maximum) == (1325376000e6, 1356998400e6)
    assert (found.levels, found.histogram.total) == ({}, 0)


@pytest.mark.parametrize("type_", [pa.string(), pa.large_string(), pa.string_view()], ids=str)
def test_strings_are_counted_by_level(type_):
    found = column(pa.array(["a", None, "", "a"], type_))
    assert (found.kind, found.nulls, found.levels) == (ColumnKind.CATEGORY, 1, {"": 1, "a": 2})


def test_booleans_are_levels():
    assert column(pa.array([True, None, False, True])).levels == {"false": 1, "true": 2}


def test_levels_of_a_dictionary_that_do_not_occur_are_not_counted():
    values = pa.DictionaryArray.from_arrays(pa.array([2, 2, None, 0], pa.int8()), pa.array(["a", "unused", "c"]))
    found = column(values)
    assert (found.nulls, found.levels) == (1, {"a": 1, "c": 2})


@pytest.mark.parametrize("index", [pa.int8(), pa.uint32(), pa.uint64(), pa.int64()], ids=str)
def test_a_null_in_a_dictionary_is_a_null(index):
    values = pa.DictionaryArray.from_arrays(pa.array([0, 1, 1, None], index), pa.array(["a", None]))
    assert profiled(values) == profiled(pa.array(["a", None, None, None]))


@pytest.mark.parametrize(
    "plain",
    [
        pa.array([1, 2, 2, None]),
        pa.array([1.5, NAN, 2.5, None]),
        pa.array([True, False, None]),
        pa.array([1, 2, None], pa.timestamp("us")),
        pa.array(["a", "b", None, "a"]),
    ],
    ids=lambda values: str(values.type),
)
def test_encoding_in_a_dictionary_changes_nothing(plain):
    assert profiled(plain.dictionary_encode()) == profiled(plain)


ROWS = 600
RNG = np.random.default_rng(7)
LAID_OUT = {
    "number": pa.array([None if i % 7 == 0 else x for i, x in enumerate(RNG.normal(5, 2, ROWS).tolist())]),
    "level": pa.array([None if i % 5 == 0 else x for i, x in enumerate(RNG.choice(["u", "v", "w"], ROWS).tolist())]),
    "truth": pa.array([None if i % 3 == 0 else bool(x) for i, x in enumerate(RNG.integers(0, 2, ROWS))]),
    "text": pa.array([None if i % 4 == 0 else f"N{x}" for i, x in enumerate(RNG.integers(0, 10**9, ROWS).tolist())]),
    "moment": pa.array([None if i % 9 == 0 else i for i in range(ROWS)], pa.timestamp("s")),
    "list": pa.array([None if i % 9 == 0 else [i] for i in range(ROWS)]),
}


@pytest.mark.parametrize("name", LAID_OUT)
def test_how_memory_is_laid_out_does_not_matter(name):
    values = LAID_OUT[name]
    like = Layout(columns={"x": LAYOUT.columns[name]})
    expected = profiled(values, like)
    padded = pa.concat_arrays([values[3:8], values, values[:2]])
    chunked = pa.chunked_array([values[:1], values[1:1], values[1:130], values[130:]])
    assert profiled(padded[5:-2], like) == expected
    assert profiled(chunked, like) == expected
    if name in ("level", "text"):
        for part in (values, padded[5:-2], chunked):
            assert profiled(part.dictionary_encode(), like) == expected
            assert profiled(part.cast(pa.large_string()), like) == expected


def test_the_same_table_gives_the_same_bytes_and_like_keeps_the_layout():
    table = pa.table(LAID_OUT)
    first = profile_table(table)
    assert storage.to_bytes(first) == storage.to_bytes(profile_table(table))
    later = profile_table(table.slice(400), first.layout)
    assert later.layout == first.layout
    assert {name: found.kind.value for name, found in first.columns.items()} == {
        "number": "number", "level": "category", "truth": "category", "text": "text", "moment": "time", "list": "other"
    }  # fmt: skip


EVERY_TYPE = [
    pa.null(), pa.float64(), pa.string(), pa.dictionary(pa.int32(), pa.string()), pa.bool_(), pa.timestamp("us"),
    pa.list_(pa.int8()), pa.date32(), pa.int64(), pa.decimal128(10, 2), pa.duration("s"), pa.struct([("a", pa.int8())]),
]  # fmt: skip


@pytest.mark.parametrize("kind", ColumnKind)
@pytest.mark.parametrize("rows", [0, 3])
def test_a_column_without_values_keeps_the_layout_whatever_its_type(kind, rows):
    like = Layout(columns={"x": ColumnLayout(kind=kind)})
    for type_ in EVERY_TYPE:
        found = column(pa.nulls(rows, type_), like)
        assert (found.rows, found.nulls, found.counted) == (rows, rows, 0)
        assert found.layout == like.columns["x"] or kind is ColumnKind.EMPTY


def test_another_kind_of_values_gets_a_layout_of_its_own():
    like = Layout(columns={"x": ColumnLayout(kind=ColumnKind.NUMBER, centre=3.0)})
    assert column(pa.array(["a"]), like).kind is ColumnKind.CATEGORY
    assert column(pa.array([1.0]), Layout(columns={"x": ColumnLayout(kind=ColumnKind.TEXT)})).kind is ColumnKind.NUMBER


def test_a_kind_that_changes_within_a_table_is_refused():
    builder = Builder(["x"])
    builder.add([("x", pa.array([1.0]))], 1)
    builder.add([("x", pa.nulls(2))], 2)
    with pytest.raises(ProfileError, match=r"\[PRO112\] column x: the values were a number .* are a category later"):
        builder.add([("x", pa.array(["a"]))], 1)


@pytest.mark.parametrize(
    "values",
    [pa.array([[1], None]), pa.array([{"a": 1}, None]), pa.array([b"x", None]), pa.array([[("k", 1)], None],
      pa.map_(pa.string(), pa.int8()))],
    ids=lambda values: str(values.type),
)  # fmt: skip
def test_of_nested_values_only_what_is_missing_counts(values):
    found = column(values)
    assert (found.kind, found.rows, found.nulls, found.counted) == (ColumnKind.OTHER, 2, 1, 1)


def test_a_million_different_strings_stay_bounded_with_an_honest_remainder():
    numbers = pa.array(np.arange(1_000_000))
    like = Layout(columns={"x": ColumnLayout(kind=ColumnKind.CATEGORY)})
    values = pa.chunked_array([numbers.cast(pa.string()), pa.array(["often"] * 50)])
    counter = levels.Levels(like.columns["x"])
    counter.add(values)
    assert len(counter._levels) <= levels.MAX_HELD
    found = counter.profile()
    assert len(found.levels) == MAX_LEVELS
    assert found.levels["often"] == 50
    assert found.counted == found.rows == 1_000_050 == sum(found.levels.values()) + found.other


def test_strings_that_hardly_repeat_are_text_and_counted_by_pattern():
    tails = [f"N{i}" for i in range(100_000, 100_400)] + ["unknown"] * 3 + [None]
    found = column(pa.array(tails))
    assert (found.kind, found.nulls, found.levels) == (ColumnKind.TEXT, 1, {"A9": 400, "a": 3})
    assert (found.total, found.histogram.total) == (400 * 7 + 3 * 7, 403)


def test_rare_levels_are_counted_together_and_ties_kept_by_name(monkeypatch):
    monkeypatch.setattr(levels, "MAX_LEVELS", 2)
    found = column(pa.array(["z", "z", "b", "a", "c"]))
    assert (found.levels, found.other) == ({"a": 1, "z": 2}, 2)


def test_zero_rows_and_zero_columns():
    nothing = profile_table(pa.table({"x": pa.array([], pa.float64()), "c": pa.chunked_array([], pa.string())}))
    assert [found.kind for found in nothing.columns.values()] == [ColumnKind.EMPTY, ColumnKind.EMPTY]
    assert nothing.rows == profile_table(pa.table({})).rows == 0
    assert profile_frame(pd.DataFrame(index=range(3))).columns == {}


def test_two_columns_of_one_name_are_refused():
    two = [pa.array([1]), pa.array([2])]
    for make in (
        lambda: profile_table(pa.table(two, names=["a", "a"])),
        lambda: profile_frame(pd.DataFrame([[1.0, 2.0]], columns=["1", 1])),
    ):
        with pytest.raises(ProfileError, match=r"\[PRO101\] two columns are called [a1]"):
            make()


@pytest.mark.parametrize(
    "values",
    [[1, "a"], [2**70, 1], [1j, 2j], ["\ud800"], [object()]],
    ids=["mixed", "huge", "complex", "surrogate", "object"],
)
def test_frames_that_cannot_be_counted_say_which_column(values):
    with pytest.raises(ProfileError, match=r"\[PRO100\] column bad: "):
        profile_frame(pd.DataFrame({"good": range(len(values)), "bad": pd.Series(values, dtype=object)}))


def test_frames_and_tables_are_counted_alike():
    frame = pd.DataFrame({"x": [1.0, NAN, 3.0], "c": pd.Categorical(["a", None, "b"], ["b", "a", "unused"])})
    table = pa.table({"x": [1.0, None, 3.0], "c": ["a", None, "b"]})
    assert storage.to_bytes(profile_frame(frame)) == storage.to_bytes(profile_table(table))


def test_files_are_counted_like_tables(tmp_path):
    table = pa.table(LAID_OUT).drop_columns(["list", "moment"])
    pq.write_table(table, tmp_path / "t.parquet", row_group_size=300)
    pq.write_table(table[:0], tmp_path / "none.parquet")
    found, whole = profile_file(tmp_path / "t.parquet"), profile_table(table)
    for name, one in found.columns.items():
        assert (one.rows, one.nulls, one.levels) == (ROWS, whole.columns[name].nulls, whole.columns[name].levels)
    assert list(profile_file(tmp_path / "none.parquet").columns) == table.column_names
    (tmp_path / "p.profile").write_bytes(storage.to_bytes(found))
    assert storage.to_bytes(profile_file(tmp_path / "p.profile")) == storage.to_bytes(found)


def test_text_files_may_have_fractions_after_whole_numbers_and_values_after_none(tmp_path, monkeypatch):
    monkeypatch.setattr("leeway.profiles.scanning._BLOCK", 64)
    (tmp_path / "t.csv").write_text("whole,late,some\n" + "1,,x\n" * 40 + "1.5,u,\n" * 40)
    (tmp_path / "head.csv").write_text("a,b\n")
    found = profile_file(tmp_path / "t.csv").columns
    assert (found["whole"].mean, found["late"].levels, found["some"].missing) == (1.25, {"u": 40}, 40)
    assert list(profile_file(tmp_path / "head.csv").columns) == ["a", "b"]


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [("t.csv", "", "PRO301"), ("t.parquet", "no", "PRO301"), ("t.xlsx", "no", "PRO302"), ("t.profile", "no", "PRO200")],
)
def test_files_that_are_none_are_refused_with_their_name(tmp_path, name, text, code):
    with pytest.raises(ProfileError, match="PRO300"):
        profile_file(tmp_path / name)
    (tmp_path / name).write_text(text)
    with pytest.raises(ProfileError, match=code) as caught:
        profile_file(tmp_path / name)
    assert caught.value.where["file"] == str(tmp_path / name)

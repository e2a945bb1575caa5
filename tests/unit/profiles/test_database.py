"""Profiles computed inside DuckDB and PostgreSQL are those of the same rows in a file."""

from __future__ import annotations

import math
import unicodedata
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from bases import INSIDE, assert_same, mixed
from hypothesis import given
from hypothesis import strategies as st

from leeway.profiles.building import profile_table
from leeway.profiles.column import MILLION
from leeway.profiles.database import profile_query
from leeway.profiles.database.binning import reachable
from leeway.profiles.histogram import Histogram
from leeway.profiles.layout import MAX_LEVELS, ColumnKind, ColumnLayout, Layout
from leeway.profiles.profile import Profile
from leeway.profiles.storage import from_bytes, to_bytes


@INSIDE
def test_a_table_has_the_profile_of_its_rows(base):
    table = mixed(2500)
    base.fill(table)
    assert_same(profile_query(base.url, "given", order_by="at"), profile_table(table))


@INSIDE
def test_decimals_differ_from_those_of_a_file_by_no_more_than_the_last_bit_of_a_double(base):
    table = pa.table({"price": pa.array([Decimal(v * v) / 1000 for v in range(3000)], pa.decimal128(12, 3))})
    base.fill(table)
    found, expected = profile_query(base.url, "given").columns["price"], profile_table(table).columns["price"]
    assert (found.minimum, found.maximum, found.counted) == (expected.minimum, expected.maximum, 3000)
    assert found.layout.centre == pytest.approx(expected.layout.centre, rel=1e-15)
    assert found.mean == pytest.approx(expected.mean, rel=1e-12)
    assert found.quantile(0.9) == pytest.approx(expected.quantile(0.9), rel=0.01)


@INSIDE
def test_the_profile_merges_with_one_of_a_file(base):
    earlier, later = profile_table(mixed(400, seed=1)), mixed(300, seed=2)
    base.fill(later)
    found = profile_query(base.url, "SELECT * FROM given", earlier.layout, order_by="at")
    expected = Profile.merge_all([earlier, profile_table(later, earlier.layout)])
    assert_same(from_bytes(to_bytes(Profile.merge_all([earlier, found]))), expected)


@INSIDE
def test_rows_of_a_long_table_are_coded_as_in_a_file(base):
    rng = np.random.default_rng(3)
    rows = 20_011  # more than are fetched, and shuffled
    table = pa.table({"at": rng.permutation(rows), "x": rng.normal(size=rows), "c": rng.choice(["a", "b"], rows)})
    base.fill(table)
    ordered = profile_table(table.sort_by("at"))
    found = profile_query(base.url, "given", ordered.layout, order_by="at")
    assert_same(found, ordered)
    assert profile_query(base.url, "given", order_by="at").coded.count == 4096


@INSIDE
def test_the_layout_of_a_long_table_is_that_of_its_rows_nearly(base):
    rng = np.random.default_rng(4)
    table = pa.table({"x": rng.normal(100, 10, 20_000), "s": [f"n{i}" for i in range(20_000)]})
    base.fill(table)
    found, expected = profile_query(base.url, "given"), profile_table(table)
    assert found.columns["x"].layout.centre == pytest.approx(expected.columns["x"].layout.centre, abs=0.5)
    assert found.columns["x"].layout.scale == pytest.approx(expected.columns["x"].layout.scale, rel=0.05)
    assert found.columns["s"].layout == expected.columns["s"].layout
    assert found.columns["s"].levels == {"a9": 20_000}


@INSIDE
def test_a_value_so_rare_that_no_sample_has_it_gives_its_column_a_kind(base):
    only = np.zeros(20_000, bool)
    only[9_999] = True
    table = pa.table(
        {
            "x": pa.array(np.full(20_000, 7.0), mask=~only),
            "c": pa.array(["a"] * 20_000, mask=~only),
        }
    )
    base.fill(table)
    columns = profile_query(base.url, "given").columns
    assert columns["x"].layout == ColumnLayout(kind=ColumnKind.NUMBER, centre=7.0, scale=7.0)
    assert columns["c"].levels == {"a": 1}


@INSIDE
def test_numbers_of_every_size_have_the_keys_of_their_bits(base):
    rng = np.random.default_rng(5)
    any_ = rng.integers(0, 2**64, 4000, dtype=np.uint64).view(np.float64)
    with np.errstate(invalid="ignore"):
        single = rng.integers(0, 2**32, 8000, dtype=np.uint32).view(np.float32).astype(np.float64)
    edges = np.ldexp(1 + rng.integers(0, 32, 2000) / 32, rng.integers(-150, 128, 2000))
    near = [np.nextafter(edges, 0), edges, np.nextafter(edges, np.inf), np.nextafter(edges.astype(np.float32), 0)]
    values = np.concatenate([any_, single, *near, -edges])
    base.fill(pa.table({"x": values}))
    for centre in (0.0, 1e-30, -12345.678, 3.3e38, -1.7e308):
        layout = Layout(columns={"x": ColumnLayout(kind=ColumnKind.NUMBER, centre=centre)})
        found = profile_query(base.url, "given", layout).columns["x"]
        with np.errstate(over="ignore", invalid="ignore"):
            usable = values[np.isfinite((values - centre).astype(np.float32))]
        expected = Histogram.of(usable, centre)
        assert found.histogram.keys.tolist() == expected.keys.tolist()
        assert found.histogram.counts.tolist() == expected.counts.tolist()
        assert (found.nans, found.counted) == (int(np.isnan(values).sum()), len(usable))


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_can_be_reached_if_its_distance_is_finite_in_single_precision(centre):
    low, high = reachable(centre)
    ends = np.array([math.nextafter(low, -math.inf), low, high, math.nextafter(high, math.inf)])
    with np.errstate(over="ignore"):
        assert np.isfinite((ends - centre).astype(np.float32)).tolist() == [False, True, True, False]


@INSIDE
def test_only_the_most_frequent_levels_are_named_and_ties_go_by_name(base):
    names = [f"l{i:04}" for i in range(5000)]
    table = pa.table({"c": [*names, *names[::3], "Z", "é"]})
    base.fill(table)
    layout = Layout(columns={"c": ColumnLayout(kind=ColumnKind.CATEGORY)})
    found = profile_query(base.url, "given", layout).columns["c"]
    assert len(found.levels) == MAX_LEVELS
    assert "Z" in found.levels
    assert_same(profile_query(base.url, "given", layout), profile_table(table, layout), weights=False)


@INSIDE
def test_texts_have_the_patterns_that_arrow_gives_them(base):
    # Python may know letters that were named after Arrow's tables were made, or the other way round.
    known = [chr(point) for point in range(1, 0x3000) if unicodedata.category(chr(point)) not in ("Cn", "Cs")]
    wide = [chr(point) for point in range(0x10000, 0x1F000, 7) if unicodedata.category(chr(point)) != "Cn"]
    table = pa.table({"s": [f"{sign}{sign}-" for sign in known + wide] + ["Ab" * 60]})
    base.fill(table)
    layout = Layout(columns={"s": ColumnLayout(kind=ColumnKind.TEXT)})
    assert_same(profile_query(base.url, "given", layout), profile_table(table, layout), weights=False)


@INSIDE
def test_a_table_without_rows_has_columns(base):
    table = mixed(3)[:0]
    base.fill(table)
    found = profile_query(base.url, "given", order_by="at")
    assert_same(found, profile_table(table))
    assert found.rows == 0


@INSIDE
def test_columns_keep_their_kind_where_a_later_table_has_no_values(base):
    earlier = mixed(300)
    base.fill(pa.table([pa.nulls(5, type_) for type_ in earlier.schema.types], names=earlier.column_names))
    layout = profile_table(earlier).layout
    assert profile_query(base.url, "given", layout, order_by="at").layout == layout


@INSIDE
def test_without_an_order_rows_count_as_independent(base):
    table = mixed(1000)
    base.fill(table)
    for column in profile_query(base.url, "given").columns.values():
        assert (column.value_weight, column.null_weight) == (MILLION * 1000, MILLION * 1000)


@INSIDE
def test_columns_can_be_chosen_and_left_out(base):
    base.fill(mixed(20))
    found = profile_query(base.url, "given", order_by="at", columns=["walk", "yes", "at"], without=["at", "gone"])
    assert list(found.columns) == ["walk", "yes"]
    assert profile_query(base.url, "given", columns=[]).columns == {}

"""Merging profiles is addition: exact, in any order and grouping, and refused where it would mean nothing."""

from __future__ import annotations

import itertools

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from profiled import LAYOUT, tables

from leeway.errors import ProfileError
from leeway.profiles import ragged, storage
from leeway.profiles.building import Builder, profile_table
from leeway.profiles.profile import Profile
from leeway.profiles.ragged import Levels
from leeway.profiles.rows import KEPT

profiles = tables().map(lambda table: profile_table(table, LAYOUT))
free = tables().map(lambda table: profile_table(table.select(["level", "truth", "moment", "list"])))
quick = settings(deadline=None, max_examples=8)


def merged(*given_: Profile) -> bytes:
    return storage.to_bytes(Profile.merge_all(given_))


def big(seed: int, rows: int = 6000) -> Profile:
    rng = np.random.default_rng(seed)
    table = pa.table(
        {
            "number": rng.lognormal(0, 2, rows),
            "whole": rng.integers(0, 9, rows),
            "level": pa.array(rng.choice(["a", "b", "c"], rows)),
        }
    )
    return profile_table(table, LAYOUT)


@quick
@given(profiles, profiles, profiles)
def test_order_and_grouping_do_not_matter_to_the_byte(one, two, three):
    expected = merged(one, two, three)
    for order in itertools.permutations((one, two, three)):
        assert merged(*order) == expected
    assert merged(Profile.merge_all([one, two]), three) == expected
    assert merged(one, Profile.merge_all([two, three])) == expected


@quick
@given(free, free, free)
def test_neither_do_they_where_a_column_is_empty_in_some_parts(one, two, three):
    assert merged(one, two, three) == merged(three, one, two) == merged(Profile.merge_all([two, one]), three)


def test_samples_of_rows_merge_in_any_order_and_stay_bounded():
    one, two, three = big(1), big(2, 9000), big(3, 150)
    assert merged(one, two, three) == merged(Profile.merge_all([three, two]), one)
    sample = Profile.merge_all([one, two, three]).coded
    assert len(sample.kept) == KEPT
    assert sample.count == 4096 + 4096 + 150
    assert (np.diff(sample.priorities) >= 0).all()


def test_columns_in_another_order_are_not_mistaken_for_one_another():
    table = pa.table({"x": np.arange(300.0), "y": np.r_[np.zeros(299), 9.0], "z": ["a", "b", "c"] * 100})
    one = profile_table(table)
    turned = profile_table(table.select(["z", "y", "x"]), one.layout)
    assert merged(one, turned) == merged(turned, one)
    assert merged(one, turned, one) == merged(one, Profile.merge_all([one, turned]))
    both = Profile.merge_all([one, turned])
    assert list(both.columns) == ["x", "y", "z"]
    assert np.array_equal(both.coded.products, 2 * one.coded.products)
    assert list(Profile.merge_all([turned, turned]).columns) == ["z", "y", "x"]


@quick
@given(tables(most=20), st.integers(0, 20))
def test_merged_parts_count_what_the_whole_counts(table, cut):
    whole = profile_table(table, LAYOUT)
    parts = Profile.merge_all([profile_table(table[:cut], LAYOUT), profile_table(table[cut:], LAYOUT)])
    for name, column in whole.columns.items():
        part = parts.columns[name]
        for figure in ("rows", "nulls", "nans", "infinite", "counted", "minimum", "maximum", "levels", "other"):
            assert getattr(part, figure) == getattr(column, figure), (name, figure)
        assert np.array_equal(part.histogram.keys, column.histogram.keys)
        assert np.array_equal(part.histogram.counts, column.histogram.counts)


@pytest.mark.parametrize("most", [1, ragged._DENSE])
def test_levels_add_up_column_by_column_however_many_there_are(monkeypatch, most):
    monkeypatch.setattr(ragged, "_DENSE", most)
    one, two = [{"b": 1, "a": 2}, {}, {"a": 5}], [{"c": 3, "b": 4}, {"ü": 1}, {"a": 1, "Z": 1}]
    found = Levels.merged([Levels.of(one), Levels.of(two)])
    assert [list(found.levels(at).items()) for at in range(3)] == [
        [("a", 2), ("b", 5), ("c", 3)], [("ü", 1)], [("Z", 1), ("a", 6)]
    ]  # fmt: skip


@quick
@given(profiles)
def test_an_empty_part_changes_nothing(one):
    nothing = profile_table(pa.table({name: pa.nulls(0) for name in LAYOUT.columns}))
    assert merged(one, nothing) == merged(nothing, one) == storage.to_bytes(one)
    assert merged(one) == storage.to_bytes(one)
    assert Profile.merge_all([]).columns == {}


def test_a_column_that_is_empty_first_and_filled_later_goes_with_its_later_kind():
    builder = Builder(["x", "y"])
    for values in ([None, None], [None, 3.0], [4.0, 5.0]):
        builder.add([("x", pa.array([1.0, 2.0])), ("y", pa.array(values, pa.float64()))], 2)
    found = builder.profile()
    assert (found.columns["y"].rows, found.columns["y"].nulls, found.columns["y"].mean) == (6, 3, 4.0)
    assert found.coded.names == ("x",)  # of the first rows there is no code of y
    assert found.coded.count == 6


@pytest.mark.parametrize("other", [pa.array([1.0, 2.0]), pa.array(["a", "b"]), pa.array([1, 2], pa.timestamp("s"))])
def test_a_profile_without_values_merges_with_any_kind(other):
    nothing, something = profile_table(pa.table({"x": pa.nulls(3)})), profile_table(pa.table({"x": other}))
    both = Profile.merge_all([nothing, something])
    assert merged(nothing, something) == merged(something, nothing)
    assert (both.columns["x"].kind, both.columns["x"].nulls) == (something.columns["x"].kind, 3)


def test_other_columns_kinds_centres_and_scales_are_refused():
    one = profile_table(pa.table({"a": [1.0, 2.0, 4.0]}))
    for other, words in (
        (pa.table({"b": [1.0]}), ".*only one of the two has a, b"),
        (pa.table({"a": ["text"]}), "column a: .* category in one profile and number in another"),
        (pa.table({"a": [7.0, 8.0, 9.0]}), r"column a: .*centres.* 2 \(0.5\), 8 \(0.5\)"),
        (pa.table({"a": [2.0, 2.0, 9.0]}), r"column a: .*scales"),
    ):
        for pair in ((one, profile_table(other)), (profile_table(other), one)):
            with pytest.raises(ProfileError, match=rf"\[PRO110\] ?{words}"):
                Profile.merge_all(pair)


def test_columns_are_put_beside_and_chosen():
    features, scores = profile_table(pa.table({"a": [1.0, 2.0]})), profile_table(pa.table({"prediction": [0.5]}))
    both = features.beside(scores)
    assert storage.to_bytes(both.without(["prediction", "unknown"])) == storage.to_bytes(features)
    assert list(both.only(["prediction", "unknown"]).columns) == ["prediction"]
    assert both.rows == 2
    with pytest.raises(ProfileError, match="PRO101"):
        both.beside(scores)

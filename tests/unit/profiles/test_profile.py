"""The mergeable profile: exact, order-free, versioned, and clear about what cannot be merged."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leeway.errors import ProfileError
from leeway.profiles import profile as profile_module
from leeway.profiles.profile import ColumnKind, Profile

numbers = st.lists(st.one_of(st.none(), st.floats(allow_nan=False, width=64)), max_size=30)
words = st.lists(st.one_of(st.none(), st.sampled_from(["a", "b", "ü", "", "c" * 40])), min_size=30, max_size=30)


def frame(values: list[float | None], labels: list[str | None]) -> pd.DataFrame:
    return pd.DataFrame(
        {"x": np.array(values, dtype=float), "c": pd.Series(labels[: len(values)], dtype=object)},
        columns=["x", "c"],
    )


tables = st.builds(lambda v, w: Profile.of(frame(v, w)), numbers, words)


@settings(deadline=None, max_examples=15)
@given(tables, tables, tables)
def test_merging_is_associative_and_order_does_not_matter(one, two, three):
    left = one.merge(two).merge(three)
    assert left == one.merge(two.merge(three))
    assert left.to_bytes() == three.merge(one).merge(two).to_bytes()


@settings(deadline=None, max_examples=15)
@given(numbers, words, st.integers(0, 30))
def test_merged_parts_count_what_the_whole_counts(values, labels, cut):
    table = frame(values, labels)
    whole, merged = Profile.of(table), Profile.of(table[:cut]).merge(Profile.of(table[cut:]))
    for name, column in whole.columns.items():
        part = merged.columns[name]
        assert (part.rows, part.nulls, part.infinite) == (column.rows, column.nulls, column.infinite)
        assert (part.minimum, part.maximum) == (column.minimum, column.maximum)
        assert (part.histogram, part.levels, part.other) == (column.histogram, column.levels, column.other)


@settings(deadline=None, max_examples=15)
@given(tables)
def test_bytes_give_the_same_profile_back(one):
    assert Profile.from_bytes(one.to_bytes()) == one
    assert Profile.from_bytes(one.to_bytes()).to_bytes() == one.to_bytes()


def test_merging_with_nothing_changes_nothing():
    one = Profile.of(frame([1.0, None], ["a", None]))
    assert one.merge(Profile.of(frame([], []))) == one
    assert Profile.merge_all([one]) == one
    assert Profile.merge_all([]).columns == {}


def test_figures_are_those_of_the_table():
    table = pd.DataFrame({"x": [1.0, 3.0, np.nan, np.inf], "n": [1, 2, 3, 4], "b": [True, False, True, True]})
    columns = Profile.of(table).columns
    assert (columns["x"].rows, columns["x"].nulls, columns["x"].infinite, columns["x"].counted) == (4, 1, 1, 2)
    assert columns["x"].mean == 2.0
    assert columns["x"].squares == 10
    assert columns["n"].mean == 2.5
    assert columns["b"].mean == 0.75


def test_booleans_with_missing_values_are_numbers():
    column = Profile.of(pd.DataFrame({"b": pd.Series([True, None, False], dtype=object)})).columns["b"]
    assert column.kind is ColumnKind.NUMBER
    assert (column.nulls, column.mean) == (1, 0.5)


def test_a_column_without_values_merges_with_either_kind():
    nothing = Profile.of(pd.DataFrame({"c": pd.Series([None, None], dtype=object)}))
    assert nothing.columns["c"].kind is ColumnKind.EMPTY
    for values in (["a", "b"], [True, False]):
        other = Profile.of(pd.DataFrame({"c": pd.Series(values, dtype=object)}))
        assert nothing.merge(other) == other.merge(nothing)
        assert nothing.merge(other).columns["c"].kind is other.columns["c"].kind


def test_rare_levels_beyond_the_cap_are_counted_as_other(monkeypatch):
    monkeypatch.setattr("leeway.profiles.columns.MAX_LEVELS", 2)
    column = Profile.of(pd.DataFrame({"c": ["z", "z", "b", "a", "c"]})).columns["c"]
    assert column.levels == {"z": 2, "a": 1}
    assert column.other == 2
    twice = column.merged(column)
    assert twice.levels == {"z": 4, "a": 2}
    assert twice.other == 4
    assert profile_module.MAX_LEVELS == 1000


def test_profiles_of_other_columns_or_kinds_do_not_merge():
    one = Profile.of(pd.DataFrame({"a": [1.0]}))
    with pytest.raises(ProfileError, match=r"\[PRO110\].*only one of the two has a, b"):
        one.merge(Profile.of(pd.DataFrame({"b": [1.0]})))
    with pytest.raises(ProfileError, match=r"\[PRO110\] column a"):
        one.merge(Profile.of(pd.DataFrame({"a": ["text"]})))


def test_columns_are_put_beside_and_chosen():
    features, scores = Profile.of(pd.DataFrame({"a": [1.0, 2.0]})), Profile.of(pd.DataFrame({"prediction": [0.5]}))
    both = features.beside(scores)
    assert both.only(["prediction"]) == scores
    assert both.without(["prediction", "unknown"]) == features
    assert both.rows == 2
    with pytest.raises(ProfileError, match="PRO101"):
        both.beside(scores)


def test_what_cannot_be_profiled_is_said_by_column():
    with pytest.raises(ProfileError, match=r"\[PRO100\] column when: a column of type datetime64"):
        Profile.of(pd.DataFrame({"when": pd.to_datetime(["2020-01-01"])}))
    with pytest.raises(ProfileError, match="PRO101"):
        Profile.of(pd.DataFrame([[1.0, 2.0]], columns=["a", "a"]))


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"version":2,"columns":{}}', b'{"version":1,"columns":{"a":{}}}'])
def test_bytes_that_are_no_profile_are_refused(data):
    with pytest.raises(ProfileError, match="PRO200"):
        Profile.from_bytes(data)

"""Columns are told apart once, at training, and read the same way ever after."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import LogisticRegression

from leeway.errors import ArtifactError, TrainingError
from leeway.trainers.tabular import ColumnKind, Style, aligned, column_kinds, preparation, style_for


def objects(*values):
    return pd.Series(list(values), dtype=object)


@pytest.mark.parametrize(
    ("series", "kind"),
    [
        (pd.Series([1.5, np.nan]), ColumnKind.NUMBER),
        (pd.Series([1, 2]), ColumnKind.NUMBER),
        (pd.Series([True, False]), ColumnKind.NUMBER),
        (objects(True, None), ColumnKind.NUMBER),
        (pd.array([1, None], dtype="Int64"), ColumnKind.NUMBER),
        (pd.array([True, None], dtype="boolean"), ColumnKind.NUMBER),
        (objects("a", None), ColumnKind.TEXT),
        (pd.array(["a", None], dtype="string"), ColumnKind.TEXT),
        (pd.Categorical(["a", None]), ColumnKind.TEXT),
        (objects(None, None), ColumnKind.EMPTY),
        (pd.Series([np.nan, np.nan]), ColumnKind.EMPTY),
    ],
)
def test_numbers_texts_and_empty_columns_are_told_apart(series, kind):
    frame = pd.DataFrame({"it": series, "other": [1.0, 2.0]})
    assert column_kinds(frame)["it"] is kind
    assert aligned(frame, {"it": kind, "other": ColumnKind.NUMBER}).shape == (2, 1 + (kind is not ColumnKind.EMPTY))


@pytest.mark.parametrize(
    "series", [objects("a", 1), objects([1], [2]), pd.Series(pd.to_datetime(["2026-01-01", "2026-01-02"]))]
)
def test_other_columns_are_refused_by_name(series):
    with pytest.raises(TrainingError, match="strange"):
        column_kinds(pd.DataFrame({"strange": series}))


def test_nothing_to_learn_from_is_refused():
    with pytest.raises(TrainingError, match="no feature column"):
        column_kinds(pd.DataFrame({"a": [np.nan, np.nan]}))
    with pytest.raises(TrainingError, match="twice"):
        column_kinds(pd.DataFrame([[1.0, 2.0]], columns=["a", "a"]))


def test_all_missing_columns_are_named_at_once():
    with pytest.raises(ArtifactError) as caught:
        aligned(pd.DataFrame({"a": [1.0]}), dict.fromkeys("abc", ColumnKind.NUMBER))
    assert caught.value.where["column"] == "b, c"


def test_numbers_written_as_text_are_not_read_as_numbers():
    with pytest.raises(ArtifactError, match="a \\(number\\)"):
        aligned(pd.DataFrame({"a": ["1", "2"]}), {"a": ColumnKind.NUMBER})


def test_trees_that_take_missing_values_get_codes_and_all_else_is_scaled():
    assert style_for(HistGradientBoostingClassifier()) is Style.CODES
    assert style_for(RandomForestClassifier()) is Style.CODES
    assert style_for(GradientBoostingClassifier()) is Style.SCALED
    assert style_for(LogisticRegression()) is Style.SCALED


def test_rare_levels_are_read_like_unknown_ones():
    levels = [f"level {number}" for number in range(400)]
    frame = pd.DataFrame({"text": np.array(levels * 2 + levels[:50] * 5, dtype=object)})
    kinds = column_kinds(frame)
    fitted = preparation(aligned(frame, kinds), kinds, Style.CODES, max_levels=100).fit(aligned(frame, kinds))
    codes = fitted.transform(aligned(frame, kinds))[:, 0]
    assert np.nanmax(codes) == 99
    assert len(np.unique(codes[:50])) == 50
    assert np.isnan(codes).sum() == 300 * 2
    unknown = pd.DataFrame({"text": np.array(["new", None], dtype=object)})
    assert np.isnan(fitted.transform(aligned(unknown, kinds))).all()


numbers = st.one_of(st.none(), st.floats(-1e9, 1e9), st.booleans())
texts = st.one_of(st.none(), st.text(max_size=5))


@settings(max_examples=12, deadline=None)
@given(
    trained=st.lists(st.tuples(numbers, texts), min_size=2, max_size=30),
    scored=st.lists(st.tuples(numbers, texts), min_size=1, max_size=5),
    style=st.sampled_from([Style.SCALED, Style.GAUSSIAN]),
)
def test_what_is_prepared_for_an_estimator_without_missing_values_is_finite(trained, scored, style):
    def frame(rows):
        number = np.array([np.nan if value is None else float(value) for value, _ in rows])
        return pd.DataFrame({"one": 1.0, "number": number, "text": np.array([text for _, text in rows], dtype=object)})

    kinds = column_kinds(frame(trained))
    fitted = preparation(aligned(frame(trained), kinds), kinds, style).fit(aligned(frame(trained), kinds))
    matrix = fitted.transform(aligned(frame(scored), kinds))
    assert matrix.shape == (len(scored), fitted.transform(aligned(frame(trained), kinds)).shape[1])
    assert np.isfinite(matrix).all()

"""Broken data that still parses."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from leeway.detectors.base import Observation
from leeway.detectors.quality import Quality
from leeway.errors import ProfileError
from leeway.profiles.building import profile_frame

ROWS = 1000
GOOD = pd.DataFrame({"x": np.linspace(0, 100, ROWS), "c": ["a", "b"] * (ROWS // 2)})


def judge(frame: pd.DataFrame, reference: pd.DataFrame = GOOD):
    known = profile_frame(reference)
    found = Quality().detect(Observation(current=profile_frame(frame, known.layout), reference=known))
    return {signal.subject: signal for signal in found}


def test_good_data_are_quiet_with_one_signal_per_column():
    found = judge(GOOD)
    assert sorted(found) == ["c", "x"]
    assert not any(signal.flagged for signal in found.values())


def test_unseen_categories_are_named():
    broken = GOOD.assign(c=["a", "b", "a", "NEW"] * (ROWS // 4))
    signal = judge(broken)["c"]
    assert (signal.test, signal.flagged, signal.effect) == ("unseen_levels", True, 0.25)
    assert signal.sentence == "`c`: 25 % of the rows have categories the champion never saw (NEW)"


def test_levels_that_may_hide_in_the_unnamed_remainder_count_only_beyond_its_share(monkeypatch):
    monkeypatch.setattr("leeway.profiles.levels.MAX_LEVELS", 2)
    reference = GOOD.assign(c=["a"] * 400 + ["b"] * 350 + ["rare"] * 250)
    assert not judge(GOOD.assign(c=["a"] * 750 + ["x"] * 250), reference)["c"].flagged
    signal = judge(GOOD.assign(c=["a"] * 600 + ["x"] * 400), reference)["c"]
    assert signal.flagged
    assert signal.effect == pytest.approx(0.15)
    assert "hardly saw (x)" in signal.sentence


@pytest.mark.parametrize("value", [250.0, -3.0, np.inf])
def test_numbers_outside_what_was_learned_from(value):
    broken = GOOD.assign(x=np.where(np.arange(ROWS) % 10 == 0, value, GOOD["x"]))
    signal = judge(broken)["x"]
    assert (signal.test, signal.flagged) == ("out_of_range", True)
    assert signal.effect == pytest.approx(0.1)


def test_values_that_went_missing():
    signal = judge(GOOD.assign(x=np.where(np.arange(ROWS) % 5 == 0, np.nan, GOOD["x"])))["x"]
    assert (signal.test, signal.flagged) == ("missing", True)
    assert "missing values rose from 0 % to 20 %" in signal.sentence


def test_fewer_missing_values_are_no_fault():
    assert not judge(GOOD, GOOD.assign(x=np.where(np.arange(ROWS) % 2, np.nan, GOOD["x"])))["x"].flagged


def test_columns_counted_about_other_centres_are_not_compared():
    known, other = profile_frame(GOOD), profile_frame(GOOD.assign(x=GOOD["x"] + 1))
    with pytest.raises(ProfileError, match=r"\[PRO111\] column x"):
        Quality().detect(Observation(current=other, reference=known))


def test_a_table_without_rows_gives_no_signal():
    assert judge(GOOD[:0]) == {} == judge(GOOD, GOOD[:0])

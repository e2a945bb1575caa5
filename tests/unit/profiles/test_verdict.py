"""Verdicts: one budget for all tests, a floor for the effect, and sentences with their figures."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from profiled import LAYOUT, TYPES, tables

from leeway.errors import ProfileError
from leeway.profiles.building import profile_frame, profile_table
from leeway.profiles.layout import ColumnKind, ColumnLayout, Layout
from leeway.profiles.profile import Profile
from leeway.profiles.verdict import Judged, Verdict, judge

if TYPE_CHECKING:
    from leeway.profiles.finding import Finding


def table(seed: int, rows: int = 3000, **columns) -> pa.Table:
    rng = np.random.default_rng(seed)
    x = rng.normal(50, 10, rows)
    made = {"x": x, "y": x + rng.normal(0, 5, rows), "c": rng.choice(["a", "b", "c"], rows, p=[0.5, 0.3, 0.2])}
    return pa.table(made | {name: make(rng, rows) for name, make in columns.items()})


def verdict(one: pa.Table, two: pa.Table, **options) -> Verdict:
    reference = profile_table(one)
    return judge(reference, profile_table(two, reference.layout), **options)


def of(found: Verdict, subject: str, test: str) -> Judged:
    (only,) = (judged for judged in found.by_subject()[subject] if judged.finding.test == test)
    return only


def check(found: Verdict) -> None:
    """What holds for every finding."""
    for judged in found.findings:
        finding: Finding = judged.finding
        numbers = (finding.statistic, finding.p_value, finding.effect, finding.low, finding.high, judged.threshold)
        assert all(math.isfinite(number) for number in (*numbers, *finding.distances.values())), finding
        assert 0 <= finding.p_value <= 1, finding
        assert 0 <= finding.low <= finding.effect <= finding.high, finding
        assert finding.effect <= (2 if finding.test == "correlation" else 1), finding
        assert finding.direction in ("up", "down", "changed")
        assert finding.sentence.startswith(f"`{finding.subject}`: ")
        assert not any(odd in finding.words for odd in ("nan", "inf ", "None")), finding.words
        assert json.loads(json.dumps(asdict(judged), allow_nan=False))["finding"]["words"] == finding.words


@pytest.mark.parametrize("rows", [1, 9, 150, 3000])
def test_a_table_does_not_differ_from_itself(rows):
    found = verdict(table(1, rows), table(1, rows))
    check(found)
    assert not found.drift
    assert all(judged.finding.effect == 0 for judged in found.findings)


def test_windows_without_drift_stay_within_the_budget():
    flagged = [verdict(table(2 * i, 800), table(2 * i + 1, 800), floor=0.0).drift for i in range(24)]
    assert sum(flagged) <= 5  # more has a chance of 0.2 % at 5 of 100


def test_a_moved_number_is_told_by_its_mean_and_a_wider_one_by_its_spread():
    moved = verdict(table(1), table(2, x=lambda rng, n: rng.normal(60, 10, n)))
    finding = of(moved, "x", "ks_chi2").finding
    assert of(moved, "x", "ks_chi2").flagged
    assert finding.sentence.startswith("`x`: mean rose from 49.98 to 59.")
    assert f"(KS {finding.distances['ks']:.2f}, p < 1e-6)" in finding.sentence
    assert finding.direction == "up"
    assert finding.distances["wasserstein"] == pytest.approx(10, abs=0.6)
    check(moved)
    wider = of(verdict(table(1), table(2, x=lambda rng, n: rng.normal(50, 15, n))), "x", "ks_chi2")
    assert wider.flagged
    assert wider.finding.words.startswith("spread rose from ")


def test_a_changed_category_is_told_by_its_share():
    found = of(
        verdict(table(1), table(2, c=lambda rng, n: rng.choice(["a", "b", "c"], n, p=[0.3, 0.5, 0.2]))), "c", "chi2"
    )
    assert found.flagged
    assert found.finding.words.startswith(("share of a fell from ", "share of b rose from "))
    assert "TVD 0." in found.finding.words


def test_missing_unseen_and_vanished_are_findings_of_their_own():
    holes = pa.array([None if i % 5 == 0 else float(i) for i in range(3000)])
    found = verdict(
        table(1, x=lambda rng, n: pa.array(np.arange(float(n)))),
        table(2, x=lambda rng, n: holes, c=lambda rng, n: rng.choice(["a", "b", "new"], n, p=[0.5, 0.3, 0.2])),
    )
    assert of(found, "x", "missing").finding.words == "missing values rose from 0 % to 20 % (p < 1e-6)"
    for test, words in (("unseen", "have categories that were never seen: new"), ("vanished", "had categories that")):
        assert of(found, "c", test).flagged
        assert words in of(found, "c", test).finding.words
    assert of(found, "c", "unseen").threshold == found.floor / 2
    check(found)


def test_numbers_outside_the_range_and_infinite_ones_are_found():
    def broken(rng, n):
        return np.where(np.arange(n) % 40 == 0, np.where(np.arange(n) % 80 == 0, np.inf, 1e6), rng.normal(50, 10, n))

    found = of(verdict(table(1), table(2, x=broken)), "x", "outside")
    assert found.flagged
    assert found.finding.effect == pytest.approx(1 / 40, abs=1e-3)
    assert "2.5 % of the values lie outside" in found.finding.words


def test_a_value_that_suddenly_holds_more_rows_is_found_and_named():
    def stuck(rng, n):
        return np.where(rng.random(n) < 0.03, 57.5, rng.normal(50, 10, n))

    found = verdict(table(1, 10_000), table(2, 10_000, x=stuck))
    spike = of(found, "x", "spike")
    assert spike.flagged
    assert spike.finding.words.startswith("share of rows at 57.5 rose from 0.")
    assert spike.finding.effect == pytest.approx(0.03, abs=0.006)
    check(found)
    back = of(verdict(table(2, 10_000, x=stuck), table(1, 10_000)), "x", "spike")
    assert (back.flagged, back.finding.direction) == (True, "down")
    assert not of(verdict(table(1, 10_000), table(2, 10_000)), "x", "spike").flagged


def test_columns_that_come_go_or_turn_into_another_kind_are_certain():
    found = verdict(table(1), table(2, y=lambda rng, n: ["t"] * n).append_column("z", [[1] * 3000]).drop_columns("c"))
    tests = {finding.subject: (finding.test, finding.words) for finding in found.flagged}
    assert tests["y"] == ("kind", "was a number, is a category")
    assert tests["c"] == ("absent", "the column is no longer there")
    assert tests["z"] == ("added", "a column that was not there before")
    check(found)


def test_a_certain_but_small_difference_does_not_reach_the_floor():
    one, two = table(1, 30_000), table(2, 30_000, x=lambda rng, n: rng.normal(51, 10, n))
    finding = of(verdict(one, two), "x", "ks_chi2")
    assert finding.finding.p_value < 1e-6
    assert not of(verdict(one, two, floor=0.1), "x", "ks_chi2").flagged
    assert of(verdict(one, two, floor=0.01), "x", "ks_chi2").flagged


def test_a_larger_budget_keeps_more():
    one, two = table(1, 300), table(2, 300, x=lambda rng, n: rng.normal(52.5, 10, n))
    kept = [len(verdict(one, two, budget=budget, floor=0).flagged) for budget in (1e-4, 5.0, 99.0)]
    assert kept == sorted(kept)
    assert kept[0] < kept[-1]


def test_a_dependence_that_turns_round_is_found_where_no_column_shows_it():
    def turned(rng, n):
        return 100 - table(2, n)["x"].to_numpy() + rng.normal(0, 5, n)

    found = verdict(table(1), table(2, y=turned))
    joint = found.by_subject()["correlations"][0]
    assert joint.flagged
    assert joint.finding.words.startswith("correlation of `x` and `y` fell from 0.")
    assert found.by_subject()["all columns together"][0].flagged
    assert not any(finding.subject in ("x", "y") for finding in found.flagged)
    check(found)


def test_the_order_of_the_columns_does_not_matter():
    one, two = table(1), table(2)
    straight, turned = verdict(one, two), verdict(one, two.select(["c", "y", "x"]))
    assert [judged.finding.p_value for judged in straight.findings][:-1] == [
        judged.finding.p_value for judged in turned.findings
    ][:-1]
    assert not turned.drift


def test_empty_and_constant_tables_are_compared_without_fault():
    whole = table(1, 150)
    constant = pa.table({"x": [1.0] * 150, "y": [2.0] * 150, "c": ["a"] * 150})
    nothing, missing = whole[:0], pa.table({name: pa.nulls(50) for name in whole.column_names})
    infinite = whole.set_column(0, "x", [[math.inf] * 150])
    for one in (whole, constant, nothing, missing, infinite):
        for two in (whole, constant, nothing, missing, infinite):
            found = verdict(one, two)
            check(found)
            assert not (one is two and found.drift)
    assert of(verdict(whole, missing), "x", "missing").flagged
    assert of(verdict(whole, constant), "x", "ks_chi2").flagged
    assert verdict(whole, nothing).findings == ()
    assert judge(Profile.empty(), Profile.empty()).findings == ()


def test_other_centres_and_scales_are_refused_with_both_figures():
    one = Layout(columns={"x": ColumnLayout(kind=ColumnKind.NUMBER, centre=1.0, scale=1.0)})
    for other, words in (({"centre": 2.0}, "centres, 1 and 2"), ({"centre": 1.0, "scale": 3.0}, "scales, 1 and 3")):
        two = Layout(columns={"x": ColumnLayout(kind=ColumnKind.NUMBER, **other)})
        values = pa.table({"x": [1.0, 2.0]})
        with pytest.raises(ProfileError, match=rf"\[PRO111\] column x: .*different {words}"):
            judge(profile_table(values, one), profile_table(values, two))


@settings(deadline=None, max_examples=20)
@given(tables(40), tables(40), st.sampled_from([None, LAYOUT]), st.randoms())
def test_any_two_tables_are_compared_sanely_in_both_directions(one, two, layout, random):
    names = random.sample(list(TYPES), random.randint(0, len(TYPES)))
    renamed = dict(zip(TYPES, random.sample(list(TYPES), len(TYPES)), strict=True)) if random.random() < 0.5 else {}
    two = two.select(names).rename_columns([renamed.get(name, name) for name in names])
    for reference, current in ((one, two), (two, one)):
        before = profile_table(reference, layout)
        check(judge(before, profile_table(current, before.layout)))


def test_frames_give_the_verdict_of_tables():
    one, two = table(1, 400), table(2, 400, x=lambda rng, n: rng.normal(70, 10, n))
    reference = profile_frame(one.to_pandas())
    found = judge(reference, profile_frame(pd.DataFrame(two.to_pandas()), reference.layout))
    assert [asdict(judged) for judged in found.findings] == [asdict(judged) for judged in verdict(one, two).findings]

"""Each gate's rule, and the figures in its sentence."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from leeway.core import Comparison, Task
from leeway.evaluation.base import Exam
from leeway.evaluation.compare import compare
from leeway.evaluation.gates import Absolute, BeatsBaseline
from leeway.evaluation.versus import PerSlice, VersusChampion

RNG = np.random.default_rng(0)


def exam(**changes) -> Exam:
    given = {
        "task": Task.BINARY,
        "metric": "auc",
        "metrics": {"auc": 0.8, "brier": 0.1},
        "baseline_metrics": {"auc": 0.5},
    }
    return Exam(**given | changes)


def compared(gain: float, *, spread: float = 0.1, rows: int = 400) -> Comparison:
    """A champion of loss 1 and a challenger that gains about so much."""
    champion = np.ones(rows)
    return compare(champion, champion - RNG.normal(gain, spread, rows), np.arange(rows) // 20)


def against(comparison: Comparison | None, **slices: Comparison) -> Exam:
    return exam(has_champion=True, comparison=comparison, slices=slices)


def test_absolute_holds_a_metric_to_both_limits():
    assert Absolute(kind="absolute", metric="auc", at_least=0.8).examine(exam()).passed
    assert not Absolute(kind="absolute", metric="auc", at_least=0.81).examine(exam()).passed
    result = Absolute(kind="absolute", metric="brier", at_least=0.01, at_most=0.05).examine(exam())
    assert not result.passed
    assert result.sentence == "brier is 0.1; at least 0.01 and at most 0.05 is required."


@pytest.mark.parametrize(
    ("fields", "message"),
    [({"metric": "auc"}, "at_least"), ({"metric": "acu", "at_least": 1}, "Did you mean 'auc'")],
)
def test_absolute_is_checked_when_the_model_file_is_read(fields, message):
    with pytest.raises(ValidationError, match=message):
        Absolute(kind="absolute", **fields)


@pytest.mark.parametrize(
    ("metric", "value", "trivial", "passed"),
    [
        ("auc", 0.51, 0.5, True),
        ("auc", 0.5, 0.5, False),
        ("brier", 0.2, 0.25, True),
        ("brier", 0.3, 0.25, False),
        ("bias", -0.1, 0.2, True),
        ("bias", -0.3, 0.2, False),
    ],
)
def test_the_baseline_is_beaten_in_the_direction_of_the_metric(metric, value, trivial, passed):
    found = exam(metric=metric, metrics={metric: value}, baseline_metrics={metric: trivial})
    assert BeatsBaseline(kind="beats_baseline").examine(found).passed is passed


def test_the_baseline_must_be_beaten_by_more_than_the_margin():
    result = BeatsBaseline(kind="beats_baseline", margin=0.4).examine(exam())
    assert not result.passed
    assert "0.8" in result.sentence
    assert "0.5" in result.sentence
    assert "0.4" in result.sentence


def test_without_a_champion_the_comparisons_pass_and_say_so():
    for gate in (VersusChampion(kind="versus_champion"), PerSlice(kind="per_slice")):
        result = gate.examine(exam())
        assert result.passed
        assert "no champion" in result.sentence


def test_a_clear_gain_passes_and_a_clear_loss_does_not():
    gate = VersusChampion(kind="versus_champion")
    better, worse = gate.examine(against(compared(0.1))), gate.examine(against(compared(-0.1)))
    assert better.passed
    assert "falls by" in better.sentence
    assert "400 rows in 20 blocks" in better.sentence
    assert not worse.passed
    assert "rises by" in worse.sentence


def test_a_gain_within_chance_is_no_win():
    found = against(compared(0.0001, spread=1))
    assert VersusChampion(kind="versus_champion", margin=0.5).examine(found).passed
    assert not VersusChampion(kind="versus_champion", better=True).examine(found).passed


def test_a_challenger_may_be_worse_by_the_margin_and_no_more():
    found = against(compared(-0.05, spread=0.01))
    assert VersusChampion(kind="versus_champion", margin=0.06).examine(found).passed
    assert not VersusChampion(kind="versus_champion", margin=0.04).examine(found).passed


def test_a_champion_that_has_seen_all_rows_is_not_beaten():
    result = VersusChampion(kind="versus_champion").examine(against(None))
    assert not result.passed
    assert "trained on all held-back rows" in result.sentence


def test_a_slice_that_is_clearly_worse_fails_and_is_named():
    found = against(compared(0.1), good=compared(0.2), bad=compared(-0.2))
    result = PerSlice(kind="per_slice").examine(found)
    assert not result.passed
    assert "bad: 0." in result.sentence
    assert "good" not in result.sentence
    assert result.facts["worse"] == 1


def test_a_slice_may_be_worse_within_the_margin():
    slightly = against(compared(0.1), one=compared(-0.05, spread=0.01))
    assert PerSlice(kind="per_slice", margin=0.1).examine(slightly).passed
    assert not PerSlice(kind="per_slice", margin=0.02).examine(slightly).passed


def test_small_slices_are_not_judged():
    result = PerSlice(kind="per_slice", min_rows=100).examine(against(None, tiny=compared(-0.5, rows=80)))
    assert result.passed
    assert "no slice" in result.sentence


def test_many_harmless_slices_rarely_raise_an_alarm():
    alarms = 0
    for _ in range(40):
        slices = {f"s{number}": compared(0.0, spread=0.5, rows=200) for number in range(20)}
        alarms += not PerSlice(kind="per_slice", margin=0.0).examine(against(None, **slices)).passed
    assert alarms <= 8

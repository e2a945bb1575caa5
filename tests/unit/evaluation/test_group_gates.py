"""Whom a model serves worst, and how unlike it treats groups: what passes and what does not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from leeway.core import Comparison, Task
from leeway.evaluation.base import Exam
from leeway.evaluation.compare import compare
from leeway.evaluation.group_gap import GroupGap
from leeway.evaluation.groups import Groups
from leeway.evaluation.metrics import losses, metrics
from leeway.evaluation.worst_group import WorstGroup

ROWS = 2400
DAYS = np.arange(ROWS) // 100
RANDOM = np.random.default_rng(5)
SEX = np.where(np.arange(ROWS) % 3 == 0, "f", "m")
TARGET = (RANDOM.random(ROWS) < 0.5).astype(float)
FAIR = np.clip(TARGET * 0.5 + RANDOM.normal(0.25, 0.2, ROWS), 0, 1)
BLIND = np.where(SEX == "f", np.clip(RANDOM.normal(0.5, 0.2, ROWS), 0, 1), FAIR)
"""Knows nothing of the women."""
HARSH = np.where(SEX == "f", FAIR * 0.6, FAIR)
"""Says yes to women less often."""


def exam(challenger: np.ndarray, champion: np.ndarray | None = None, **changes) -> Exam:
    groups = Groups(
        task=Task.BINARY, target=TARGET, challenger=challenger, champion=champion,
        levels=pd.DataFrame({"sex": SEX, "rare": np.where(np.arange(ROWS) < 20, "rare", "usual")}),
        sensitive=("sex",), days=DAYS,
    )  # fmt: skip
    found = {"task": Task.BINARY, "metric": "auc", "metrics": {}, "baseline_metrics": {}, "groups": groups}
    if champion is not None:
        found |= {
            "has_champion": True,
            "comparison": compare(losses("brier", TARGET, champion), losses("brier", TARGET, challenger), DAYS),
            "champion_metrics": metrics(Task.BINARY, TARGET, champion),
        }
    return Exam(**found | changes)


def worst(**fields) -> WorstGroup:
    return WorstGroup(kind="worst_group", **fields)


def gap(**fields) -> GroupGap:
    return GroupGap(kind="group_gap", **fields)


def test_a_challenger_that_is_worse_for_its_worst_group_is_stopped_and_the_group_is_named():
    result = worst().examine(exam(BLIND, FAIR))
    assert not result.passed
    assert "is worst where `sex=f`" in result.sentence
    assert "points worse (95 % interval" in result.sentence
    assert result.facts["challenger"] < result.facts["champion"]


def test_what_counts_is_the_worst_of_each_model_not_the_same_group():
    other = np.where(SEX == "m", np.clip(RANDOM.normal(0.5, 0.2, ROWS), 0, 1), FAIR)
    assert worst(margin=5).examine(exam(other, BLIND)).passed


def test_a_challenger_as_good_for_its_worst_group_passes_without_any_margin():
    result = worst(margin=0).examine(exam(FAIR, FAIR))
    assert result.passed
    assert "that is the same" in result.sentence


def test_a_group_is_allowed_to_be_worse_by_the_margin():
    slightly = np.where(SEX == "f", np.clip(FAIR + RANDOM.normal(0, 0.12, ROWS), 0, 1), FAIR)
    result = worst(margin=30).examine(exam(slightly, FAIR))
    assert result.passed
    assert result.facts["points_worse"] > 0


@pytest.mark.parametrize(("floor", "passed"), [(0.8, True), (0.6, True), (0.99, False)])
def test_the_floor_has_to_be_reached_also_without_a_champion(floor, passed):
    assert worst(floor=floor).examine(exam(FAIR)).passed is passed


def test_the_floor_of_an_error_is_what_it_may_not_exceed():
    assert worst(metric="brier", floor=0.3).examine(exam(FAIR)).passed
    assert not worst(metric="brier", floor=0.01).examine(exam(FAIR)).passed


def test_small_groups_are_not_judged_and_named():
    result = worst(columns=("rare",)).examine(exam(FAIR, FAIR))
    assert result.passed
    assert "Not judged, as there are fewer than 100 rows: `rare=rare`." in result.sentence


@pytest.mark.parametrize("gate", [worst(), gap()], ids=["worst_group", "group_gap"])
def test_nothing_to_judge_is_not_passed(gate):
    found = exam(FAIR, FAIR)
    assert not gate.model_copy(update={"min_rows": ROWS}).examine(found).passed
    assert not gate.examine(exam(FAIR, FAIR, groups=None)).passed


@pytest.mark.parametrize("gate", [worst(), gap()], ids=["worst_group", "group_gap"])
def test_without_a_champion_a_comparison_passes_and_a_champion_that_has_seen_all_rows_is_not_beaten(gate):
    assert gate.examine(exam(FAIR)).passed
    seen = gate.examine(exam(FAIR, has_champion=True))
    assert not seen.passed
    assert "trained on all held-back rows" in seen.sentence


def test_a_metric_that_a_group_does_not_have_is_not_passed():
    one_class = exam(FAIR, FAIR)
    groups = one_class.groups
    assert groups is not None
    target = np.where(SEX == "f", 0.0, TARGET)
    changed = Groups(**{**vars(groups), "target": target})
    result = worst().examine(exam(FAIR, FAIR, groups=changed))
    assert not result.passed
    assert "auc of `sex=f` is not defined" in result.sentence


def test_a_gap_beyond_the_limit_or_below_the_ratio_is_stopped():
    assert gap(limit=0.1, margin=None).examine(exam(FAIR)).passed
    assert not gap(limit=0.1, margin=None).examine(exam(HARSH)).passed
    four_fifths = gap(gap="demographic_parity", ratio=0.8, margin=None)
    assert four_fifths.examine(exam(FAIR)).passed
    result = four_fifths.examine(exam(HARSH))
    assert not result.passed
    assert "Missed by more than chance: sex: ratio." in result.sentence


def test_a_gap_may_not_grow_with_a_new_model_but_may_shrink():
    assert not gap().examine(exam(HARSH, FAIR)).passed
    assert gap().examine(exam(FAIR, HARSH)).passed
    assert gap().examine(exam(HARSH, HARSH)).passed


def test_what_chance_may_do_is_no_gap():
    alarms = 0
    for seed in range(30):
        random = np.random.default_rng(seed)
        pair = [np.clip(FAIR + random.normal(0, 0.1, ROWS), 0, 1) for _ in range(2)]
        alarms += not gap(margin=0).examine(exam(*pair)).passed
        alarms += not worst(margin=0).examine(exam(*pair)).passed
    assert alarms <= 7


def test_the_error_gap_of_a_regression_is_held_against_the_champion():
    target = RANDOM.normal(0, 1, ROWS)
    near, far = target + RANDOM.normal(0, 1, ROWS), target + RANDOM.normal(0, 1, ROWS) * np.where(SEX == "f", 2, 1)
    found = exam(near, near)
    assert found.groups is not None
    groups = Groups(
        **{**vars(found.groups), "task": Task.REGRESSION, "target": target, "challenger": far, "champion": near}
    )
    beside = {"task": Task.REGRESSION, "champion_metrics": metrics(Task.REGRESSION, target, near), "groups": groups}
    result = gap().examine(exam(near, near, **beside))
    assert not result.passed
    assert "`sex` mae differs by" in result.sentence


@pytest.mark.parametrize(
    ("make", "fields", "says"),
    [
        (worst, {"margin": None}, "say 'margin' or 'floor'"),
        (gap, {"margin": None}, "say 'limit', 'ratio' or 'margin'"),
        (gap, {"gap": "equalised_odds"}, "equalized_odds"),
        (gap, {"gap": "bias", "ratio": 0.8}, "a ratio of it says nothing"),
    ],
    ids=["no limit", "no limit of a gap", "a gap of another name", "a ratio of what has none"],
)
def test_a_gate_that_cannot_judge_is_refused_when_the_model_file_is_read(make, fields, says):
    with pytest.raises(ValidationError, match=says):
        make(**fields)


def test_a_comparison_is_never_needed_where_the_champion_is_not_asked_about():
    seen: Comparison | None = None
    assert worst(margin=None, floor=0.6).examine(exam(FAIR, has_champion=True, comparison=seen)).passed

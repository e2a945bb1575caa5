"""Policies on one thing that was measured: what counts, what does not, and what is said about it."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from leeway.core import Action, Reason
from leeway.policies.measured import Adwin, DataDrift, MetricBelow, PageHinkley
from weekly import history, matured, measured, replay, retrains, signal


def weekly_auc(*values: float, champion: int = 1) -> list:
    """Each week the one before it has matured."""
    return [
        measured(number + 1, champion=champion, matured=[matured(number, version=champion, auc=value)])
        for number, value in enumerate(values)
    ]


def test_a_metric_below_its_threshold_retrains_and_names_window_and_value():
    made = replay(MetricBelow(metric="auc", threshold=0.7), weekly_auc(0.75, 0.7, 0.65))
    assert retrains(made) == [2]
    assert made[2].reasons == (Reason.CONCEPT_DRIFT,)
    assert made[2].sentence == "auc is below 0.7: 0.65 in 2013-01-21T00:00Z..2013-01-28T00:00Z."
    assert made[2].evidence["windows"] == {"20130121T0000Z-20130128T0000Z": 0.65}
    assert "not below 0.7" in made[1].sentence


@pytest.mark.parametrize(
    ("metric", "threshold", "value", "wrong"),
    [
        ("mae", 3.0, 3.1, True),
        ("mae", 3.0, 2.9, False),
        ("brier", 0.2, 0.21, True),
        ("r2", 0.5, 0.4, True),
        ("bias", 1.0, -1.5, True),
        ("bias", 1.0, 0.5, False),
    ],
)
def test_the_wrong_side_is_that_of_the_metric(metric, threshold, value, wrong):
    week = measured(1, matured=[matured(0, **{metric: value})])
    (made,) = replay(MetricBelow(metric=metric, threshold=threshold), [week])
    assert (made.action is Action.RETRAIN) == wrong


def test_it_has_to_last_in_windows_in_a_row():
    policy = MetricBelow(metric="auc", threshold=0.7, lasting=2)
    made = replay(policy, weekly_auc(0.6, 0.8, 0.6, 0.6))
    assert retrains(made) == [3]
    assert "That has to be so in 2 matured windows in a row, and is in 1." in made[2].sentence


def test_windows_with_few_labels_or_without_the_metric_are_passed_over():
    policy = MetricBelow(metric="auc", threshold=0.7, lasting=2)
    few, none = matured(1, labelled=49, auc=0.9), matured(2, brier=0.3)
    weeks = [*weekly_auc(0.6), measured(2, matured=[few]), measured(3, matured=[none])]
    weeks.append(measured(4, matured=[matured(3, auc=0.6)]))
    assert retrains(replay(policy, weeks)) == [3]


def test_a_window_that_was_judged_is_no_new_evidence():
    weeks = [*weekly_auc(0.6), measured(2), measured(3)]
    made = replay(MetricBelow(metric="auc", threshold=0.7, cooldown=0), weeks)
    assert retrains(made) == [0]
    assert "No further window" in made[1].sentence


def test_how_other_champions_did_does_not_count():
    policy = MetricBelow(metric="auc", threshold=0.7)
    late = measured(3, champion=2, matured=[matured(1, version=1, auc=0.5)])
    assert replay(policy, [late])[0].action is Action.NONE
    policy = MetricBelow(metric="auc", threshold=0.7, lasting=2)
    newcomer = measured(3, champion=2, matured=[matured(2, version=2, auc=0.5)])
    assert retrains(replay(policy, [*weekly_auc(0.5), newcomer])) == []


def test_an_unknown_metric_is_refused_with_a_hint():
    with pytest.raises(ValidationError, match="Did you mean 'auc'"):
        MetricBelow(metric="auk", threshold=0.7)


def columns(*flagged: bool) -> list:
    return [signal("data_drift", f"c{number}", flagged=one) for number, one in enumerate(flagged)]


@pytest.mark.parametrize(
    ("share", "flagged", "fires"),
    [(0.5, (True, False), True), (0.5, (True, False, False), False), (None, (True, False, False), True)],
)
def test_enough_drifting_columns_retrain(share, flagged, fires):
    (made,) = replay(DataDrift(share=share), [measured(0, *columns(*flagged), signal("prediction_drift"))])
    assert (made.action is Action.RETRAIN) == fires
    assert f"1 of {len(flagged)} columns have drifted (`c0`)" in made.sentence


def test_without_a_comparison_there_is_no_drift():
    assert replay(DataDrift(share=None), [measured(0)])[0].reasons == (Reason.QUIET,)


@pytest.mark.parametrize("policy", [Adwin(), PageHinkley()], ids=lambda policy: policy.kind)
def test_a_test_of_the_losses_reads_its_own_detector_only(policy):
    assert policy.needs == (policy.kind,)
    other = {"adwin": "page_hinkley", "page_hinkley": "adwin"}[policy.kind]
    made = replay(policy, [measured(0, signal(other)), measured(1, signal(policy.kind))])
    assert retrains(made) == [1]
    assert made[1].sentence == "`loss` moved by 0.3."
    assert made[1].evidence["tests"][0]["detector"] == policy.kind


def test_what_cannot_be_acted_on_is_alerted_once():
    drifting = [measured(number, signal("adwin")) for number in range(5)]
    made = replay(Adwin(min_rows=10_000), drifting)
    assert [decision.action for decision in made] == [Action.ALERT, *[Action.NONE] * 4]
    assert {decision.reasons for decision in made} == {(Reason.CONCEPT_DRIFT, Reason.NOT_ENOUGH_DATA)}
    assert "only 9,000 of 10,000 labels are known" in made[4].sentence


def test_in_the_cooldown_after_a_retrain_nobody_is_alerted_of_the_same_again():
    made = replay(Adwin(cooldown=2), [measured(number, signal("adwin")) for number in range(4)])
    assert [decision.action for decision in made] == [Action.RETRAIN, Action.NONE, Action.NONE, Action.RETRAIN]


def test_the_time_since_the_last_retrain_is_read_off_the_last_decision():
    """Thousands of decisions are made in a replay: none may look at all that were made before."""
    quiet = replay(Adwin(), [measured(0)])[0]
    last = quiet.model_copy(update={"evidence": {"windows_since_retrain": 40}})
    made = Adwin().decide(history(measured(9), decisions=[quiet, last]))
    assert made.evidence["windows_since_retrain"] == 41

"""Policies made of policies: whose limits count, and what people read when they do not agree."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from leeway.core import Action, Decision, Reason
from leeway.kinds import build
from leeway.policies.base import History, Policy
from leeway.policies.steps import decision
from weekly import measured, replay, retrains, signal


class Back(Policy):
    """Always wants the earlier champion back."""

    def decide(self, history: History) -> Decision:
        """Ask for it."""
        return decision(self, history, action=Action.ROLL_BACK, reasons=(Reason.HARM,), sentence="v1 was better.")


def combined(kind: str, *policies: Any, **options: Any) -> Policy:
    return build(Policy, {"kind": kind, "policies": policies, **options})


def test_any_of_says_who_fired_and_why():
    made = replay(combined("any_of", "adwin", "data_drift", "never"), [measured(0, signal("adwin"))])[0]
    assert (made.action, made.reasons) == (Action.RETRAIN, (Reason.CONCEPT_DRIFT,))
    assert made.sentence == "`loss` moved by 0.3."
    assert [(one["policy"], one["action"]) for one in made.evidence["answers"]] == [
        ("adwin", "retrain"), ("data_drift", "none"), ("never", "none"),
    ]  # fmt: skip


def test_all_of_joins_reasons_and_sentences():
    week = measured(0, signal("adwin"), signal("data_drift", "temp"))
    made = replay(combined("all_of", "adwin", "data_drift"), [week])[0]
    assert (made.action, made.reasons) == (Action.RETRAIN, (Reason.CONCEPT_DRIFT, Reason.DATA_DRIFT))
    assert made.sentence.startswith("`loss` moved by 0.3. 1 of 1 columns have drifted (`temp`)")


def test_what_one_of_them_found_is_alerted_once_though_not_all_agree():
    made = replay(combined("all_of", "adwin", "data_drift"), [measured(n, signal("adwin")) for n in range(3)])
    assert [one.action for one in made] == [Action.ALERT, Action.NONE, Action.NONE]
    assert made[0].sentence.startswith("No retrain: not all ask for it. `loss` moved by 0.3.")


def test_that_the_calendar_alone_asks_is_no_alert():
    (made,) = replay(combined("all_of", "every", "adwin"), [measured(0)])
    assert (made.action, made.reasons) == (Action.NONE, (Reason.SCHEDULED,))


def test_the_cooldown_is_that_of_the_combination_unless_a_part_states_its_own():
    drifting = [measured(number, signal("adwin")) for number in range(6)]
    assert retrains(replay(combined("any_of", "adwin", "never", cooldown=0), drifting)) == [0, 1, 2, 3, 4, 5]
    assert retrains(replay(combined("any_of", "adwin", "never", cooldown=2), drifting)) == [0, 3]
    own = combined("any_of", {"kind": "adwin", "cooldown": 1}, "never", cooldown=0)
    assert retrains(replay(own, drifting)) == [0, 2, 4]


def test_limits_are_handed_down_to_the_innermost_policy_unless_it_states_its_own():
    inner = {"kind": "all_of", "policies": ["adwin", {"kind": "every", "min_rows": 7}]}
    made = combined("any_of", "evidence", inner, min_rows=30, bootstrap_windows=4)
    evidence, both = made.policies
    assert [part.min_rows for part in (evidence, both, *both.policies)] == [30, 30, 30, 7]
    assert [part.bootstrap_windows for part in (evidence, both, *both.policies)] == [4] * 4


def test_the_default_policy_finds_its_own_evidence_again():
    """It alerts of lasting trouble once, by what it noted at its last decision."""
    trouble = [measured(number, signal("quality", "temp")) for number in range(3)]
    made = replay(combined("any_of", "evidence", "never"), trouble)
    assert [one.action for one in made] == [Action.ALERT, Action.NONE, Action.NONE]


def test_it_needs_what_its_parts_need_once():
    inner = {"kind": "all_of", "policies": ["adwin", "data_drift"]}
    assert combined("any_of", "adwin", inner, "page_hinkley").needs == ("adwin", "data_drift", "page_hinkley")


def test_any_of_takes_the_strongest_action_and_all_of_the_weakest():
    back = f"{__name__}:Back"
    week = [measured(0, signal("adwin"))]
    assert replay(combined("any_of", "adwin", back), week)[0].action is Action.ROLL_BACK
    assert replay(combined("all_of", "adwin", back), week)[0].action is Action.RETRAIN


def test_a_wrong_limit_is_reported_once():
    with pytest.raises(ValidationError) as caught:
        combined("any_of", "adwin", "never", min_rows=0)
    assert [line["loc"] for line in caught.value.errors()] == [("min_rows",)]


@pytest.mark.parametrize("policies", [None, [], ["adwin", "adwni"], "adwin", [1, 2]])
def test_what_is_no_list_of_policies_is_refused(policies):
    with pytest.raises(ValidationError):
        build(Policy, {"kind": "any_of", "policies": policies})

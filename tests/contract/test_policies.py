"""What every policy promises, whatever happened before."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leeway.core import Action, Decision, Reason
from leeway.kinds import build
from leeway.policies.base import Policy, RetrainOn
from leeway.policies.steps import cooling
from weekly import KIND_OF, matured, measured, replay, retrains, signal

CHOICES: dict[str, Any] = {
    "evidence": {"kind": "evidence"},
    "never": {"kind": "never"},
    "every": {"kind": "every"},
    "every_3": {"kind": "every", "windows": 3},
    "scheduled": {"kind": "scheduled", "cron": "0 6 1 * *", "timezone": "Europe/Berlin"},
    "metric_below": {"kind": "metric_below", "metric": "auc", "threshold": 0.7},
    "metric_below_lasting": {"kind": "metric_below", "metric": "mae", "threshold": 3, "lasting": 2},
    "data_drift": {"kind": "data_drift"},
    "data_drift_any": {"kind": "data_drift", "share": None},
    "adwin": {"kind": "adwin"},
    "page_hinkley": {"kind": "page_hinkley"},
    "any_of": {"kind": "any_of", "policies": ["adwin", {"kind": "scheduled", "cron": "0 6 1 * *"}]},
    "all_of": {"kind": "all_of", "policies": ["evidence", {"kind": "every", "windows": 2}]},
    "any_of_all": {
        "kind": "any_of",
        "policies": ["page_hinkley", {"kind": "all_of", "policies": ["adwin", "data_drift"]}],
    },
}
"""Every kind, with options where it needs them or where they change much."""
SIMPLE = [choice for name, choice in CHOICES.items() if "_of" not in name]

CALENDAR = re.compile("every|cron")
"""What needs no signal."""

signals = st.lists(
    st.builds(signal, st.sampled_from(sorted(KIND_OF)), st.sampled_from("xy"), flagged=st.booleans()), max_size=4
)
labelled = st.fixed_dictionaries({"auc": st.sampled_from([0.6, 0.7, 0.8]), "mae": st.sampled_from([2.0, 4.0])})
weeks = st.lists(
    st.tuples(
        signals,
        st.sampled_from([None, 1, 1, 2]),
        st.sampled_from(["measured"] * 5 + ["quarantined"]),
        st.lists(labelled, max_size=2),
    ),
    max_size=30,
).map(
    lambda drawn: [
        measured(i, *s, champion=c, status=status, matured=[matured(i - 1, version=c or 1, **m) for m in found])
        for i, (s, c, status, found) in enumerate(drawn)
    ]
)
modes = st.builds(
    RetrainOn, concept_drift=st.booleans(), data_drift=st.sampled_from(["when_unjudged", "always", "never"])
)
states = st.fixed_dictionaries({"retrain_on": modes, "judged": st.booleans()})


@pytest.fixture(params=CHOICES)
def policy(request) -> Policy:
    return build(Policy, CHOICES[request.param])


def test_every_kind_is_tried():
    assert {choice["kind"] for choice in CHOICES.values()} == set(Policy.KINDS)


@pytest.mark.parametrize("name", CHOICES)
@settings(max_examples=20, deadline=None)
@given(weeks, states)
def test_every_decision_has_reasons_a_sentence_and_evidence_that_can_be_stored(name, weeks, state):
    policy = build(Policy, CHOICES[name])
    for made, current in zip(replay(policy, weeks, rows=900, **state), weeks, strict=True):
        assert made.reasons
        assert made.sentence.endswith(".")
        assert ".." not in made.sentence.replace("Z..", "")
        assert (made.window, made.champion, made.policy) == (current.window, current.champion, policy.kind)
        assert Decision.model_validate_json(made.to_json()) == made


@pytest.mark.parametrize("name", CHOICES)
@settings(max_examples=20, deadline=None)
@given(weeks, states)
def test_the_same_history_gives_the_same_decision_also_to_a_policy_that_was_stored(name, weeks, state):
    policy = build(Policy, CHOICES[name])
    again = build(Policy, policy.model_dump(mode="json"))
    assert again == policy
    assert replay(policy, weeks, rows=900, **state) == replay(again, weeks, rows=900, **state)


@pytest.mark.parametrize("name", CHOICES)
@settings(max_examples=20, deadline=None)
@given(weeks, states, st.integers(0, 6))
def test_no_retrain_is_decided_while_the_last_one_cools_down(name, weeks, state, cooldown):
    policy = build(Policy, {**CHOICES[name], "cooldown": cooldown})
    decided = retrains(replay(policy, weeks, rows=900, **state))
    assert all(later - earlier > cooldown for earlier, later in pairwise(decided))


@pytest.mark.parametrize("name", CHOICES)
@settings(max_examples=10, deadline=None)
@given(weeks, states)
def test_no_retrain_is_decided_on_too_few_labels(name, weeks, state):
    assert retrains(replay(build(Policy, CHOICES[name]), weeks, rows=10, **state)) == []


@pytest.mark.parametrize("name", CHOICES)
@settings(max_examples=10, deadline=None)
@given(weeks, states, st.sampled_from([0.0, 5.0]))
def test_what_a_policy_does_not_weigh_changes_nothing(name, weeks, state, cost):
    policy = build(Policy, CHOICES[name])
    made = replay(policy, weeks, rows=900, **state)
    if "signals" not in policy.weighs:
        unseen = [week.model_copy(update={"signals": ()}) for week in weeks]
        assert replay(policy, unseen, rows=900, **state) == made
    if "retrain_cost" not in policy.weighs:
        assert replay(policy, weeks, rows=900, retrain_cost=cost, **state) == made


def test_a_policy_that_needs_a_detector_weighs_signals(policy):
    assert not policy.needs or "signals" in policy.weighs


@settings(max_examples=60, deadline=None)
@given(weeks)
def test_drift_alone_retrains_nothing_while_labels_come_however_late(weeks):
    made = replay(build(Policy, "evidence"), weeks, rows=900, judged=False)
    assert not any(one.action is Action.RETRAIN and Reason.DATA_DRIFT in one.reasons for one in made)


def test_the_first_champion_is_made_as_soon_as_there_are_enough_labels(policy):
    made = replay(policy, [measured(i, champion=None) for i in range(9)], rows=900)
    assert [decision.action for decision in made] == [Action.NONE] * 8 + [Action.RETRAIN]
    assert made[0].reasons == (Reason.NOT_ENOUGH_DATA,)
    assert made[8].reasons == (Reason.BOOTSTRAP,)


def test_too_few_rows_make_no_champion(policy):
    made = replay(policy, [measured(i, champion=None) for i in range(20)], rows=10)
    assert {decision.reasons for decision in made} == {(Reason.NOT_ENOUGH_DATA,)}


def test_quarantined_data_block(policy):
    (made,) = replay(policy, [measured(0, signal("adwin"), status="quarantined")])
    assert (made.action, made.reasons) == (Action.BLOCK, (Reason.QUARANTINED,))


@pytest.mark.parametrize("name", [name for name, choice in CHOICES.items() if not CALENDAR.search(str(choice))])
def test_silence_means_no_action(name):
    weeks = [measured(i) for i in range(12)]
    made = replay(build(Policy, CHOICES[name]), weeks, rows=900, retrain_on=RetrainOn(data_drift="always"))
    assert {(decision.action, decision.reasons) for decision in made} == {(Action.NONE, (Reason.QUIET,))}


@pytest.mark.parametrize(("kind", "law"), [("any_of", any), ("all_of", all)])
@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(SIMPLE), min_size=2, max_size=3), weeks, states, st.integers(0, 3))
def test_a_combination_retrains_exactly_when_any_or_all_of_its_policies_would(kind, law, parts, weeks, state, cooldown):
    policy = build(Policy, {"kind": kind, "policies": parts, "cooldown": cooldown})
    seen = []
    made = replay(policy, weeks, seen=seen.append, rows=900, **state)
    for known, decision in zip(seen, made, strict=True):
        if known.current.status == "measured" and known.current.champion is not None:
            would = law(part.decide(known).action is Action.RETRAIN for part in policy.policies)
            wants = would and not cooling(known, cooldown)
            assert (decision.action is Action.RETRAIN) == wants

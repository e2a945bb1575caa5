"""Whatever a policy decides and whatever happened before, no decision exceeds the limits."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import values
from leeway.core import Action, Decision, Evaluation, Freeze, Performance, Promotion, PromotionKind, Reason, Verdict
from leeway.policies.base import History, RetrainOn
from leeway.policies.envelope import ACTIONS, Limits, rejected_in_a_row, within
from scripted import BECAUSE

UNLIMITED = Limits(rejections=None)


def judged(number: int, version: int) -> Performance:
    return Performance(
        window=values.day(number - 1), version=version, rows=40, labelled=40, loss=0.2, loss_variance=0.1, metrics={}
    )


def history(number: int, **known) -> History:
    """A window of v2, which came after v1 and which labels have judged."""
    current = values.measurement(number, champion=2, rows=1_000, matured=(judged(number, 2),))
    fields = {
        "current": current,
        "past": (),
        "decisions": (),
        "labelled_windows": number,
        "labelled_rows": 100 * number,
        "retrain_on": RetrainOn(),
        "judged": False,
        "promotions": (promoted(1, None), promoted(2, 1)),
    }
    return History(**{**fields, **known})


def promoted(to: int, before: int | None, kind: PromotionKind = PromotionKind.PROMOTION) -> Promotion:
    return Promotion(
        model=values.MODEL, kind=kind, from_version=before, to_version=to, effective_from=values.day(0).start,
        reason="It won.", by="gates",
    )  # fmt: skip


def wanted(number: int, action: Action, **evidence) -> Decision:
    return values.decision(number, action=action, reasons=(BECAUSE[action],), evidence=evidence)


def evaluated(number: int, verdict: Verdict, **changes) -> Evaluation:
    return values.evaluation(number, verdict=verdict, **changes)


def frozen(number: int, *, ends: bool = False) -> Freeze:
    start = values.day(number).start
    return Freeze(model=values.MODEL, frozen=not ends, effective_from=start, reason="an audit", by="ann")


@dataclass
class World:
    """What comes of one decision after another: outcomes of retrains as drawn, and what a person says."""

    limits: Limits
    decisions: list[Decision] = field(default_factory=list)
    evaluations: list[Evaluation] = field(default_factory=list)
    said: Freeze | None = None

    def step(self, action: Action, verdict: Verdict, hours: float, person: str) -> Decision:
        number = len(self.decisions)
        if person in ("freeze", "unfreeze"):
            self.said = frozen(number, ends=person == "unfreeze")
        known = history(number, decisions=tuple(self.decisions), evaluations=tuple(self.evaluations), frozen=self.said)
        made = within(self.limits, known, wanted(number, action))
        self.decisions.append(made)
        if made.action in (Action.RETRAIN, Action.RECALIBRATE):
            self.evaluations.append(evaluated(number, verdict, seconds=3600 * hours))
        if person == "asks":
            self.evaluations.append(
                evaluated(number, verdict, request="ann:1", reasons=(Reason.REQUESTED,), seconds=0.0)
            )
        return made


steps = st.lists(
    st.tuples(
        st.sampled_from(sorted(BECAUSE)),
        st.sampled_from([Verdict.REJECT, Verdict.REJECT, Verdict.PROMOTE, Verdict.FAILED]),
        st.floats(0, 2),
        st.sampled_from(["", "", "", "", "freeze", "unfreeze", "asks"]),
    ),
    max_size=40,
)
counts = st.builds(dict, at_most=st.integers(1, 4), windows=st.integers(1, 8))
rows = st.builds(dict, at_most=st.integers(1, 900), windows=st.integers(1, 8))


@settings(max_examples=150, deadline=None)
@given(steps, counts)
def test_no_period_has_more_retrains_than_allowed(steps, most):
    world = World(Limits(retrains=most, rejections=None))
    made = [world.step(*step).action is Action.RETRAIN for step in steps]
    assert all(sum(made[first : first + most["windows"]]) <= most["at_most"] for first in range(len(made)))


@settings(max_examples=100, deadline=None)
@given(steps, rows)
def test_no_period_asks_for_more_labels_than_allowed(steps, most):
    world = World(Limits(labels=most))
    asked = [world.step(*step).evidence.get("label", {}).get("rows", 0) for step in steps]
    assert all(sum(asked[first : first + most["windows"]]) <= most["at_most"] for first in range(len(asked)))


@settings(max_examples=100, deadline=None)
@given(steps)
def test_nothing_is_done_while_a_model_is_frozen(steps):
    world = World(UNLIMITED)
    for step in steps:
        made = world.step(*step)
        assert not (made.action in ACTIONS and world.said is not None and world.said.frozen)


@settings(max_examples=100, deadline=None)
@given(steps, st.integers(1, 4))
def test_no_retrain_follows_so_many_rejections_in_a_row_unless_a_person_looked(steps, most):
    world, rejected = World(Limits(rejections=most)), 0
    for action, verdict, hours, person in steps:
        rejected = 0 if person == "unfreeze" else rejected
        trains = world.step(action, verdict, hours, person).action in (Action.RETRAIN, Action.RECALIBRATE)
        assert not (trains and rejected >= most)
        if trains:
            rejected = rejected + (verdict is Verdict.REJECT) if verdict is not Verdict.PROMOTE else 0
        rejected = 0 if person == "asks" else rejected


@settings(max_examples=100, deadline=None)
@given(steps, counts)
def test_nothing_is_trained_once_the_hours_of_a_period_are_used(steps, most):
    world = World(Limits(training_hours=most, rejections=None))
    spent: list[float] = []
    for action, verdict, hours, person in steps:
        trains = world.step(action, verdict, hours, person).action in (Action.RETRAIN, Action.RECALIBRATE)
        before = spent[max(0, len(spent) - most["windows"] + 1) :]
        assert not (trains and sum(before) > most["at_most"] + 1e-9)
        spent.append(hours if trains else 0.0)


@given(st.sampled_from(sorted(BECAUSE)))
def test_a_decision_within_the_limits_is_left_as_it_is(action):
    decision = wanted(5, action, **({"to": 1} if action is Action.ROLL_BACK else {}))
    assert within(Limits(), history(5), decision) == decision


def test_what_is_stopped_says_what_would_have_been_done_and_why_not():
    made = within(UNLIMITED, history(5, frozen=frozen(3)), wanted(5, Action.RETRAIN))
    assert (made.action, made.reasons) == (Action.ALERT, (Reason.CONCEPT_DRIFT, Reason.FROZEN))
    assert made.sentence.endswith("The policy would retrain, but ann froze the model: an audit.")
    assert made.evidence["stopped"] == {"action": "retrain", "by": ["frozen"]}


def test_the_same_is_told_once_and_something_new_again():
    world = World(Limits(retrains={"at_most": 1, "windows": 9}))
    made = [world.step(Action.RETRAIN, Verdict.PROMOTE, 0, "") for _ in range(4)]
    assert [m.action for m in made] == [Action.RETRAIN, Action.ALERT, Action.NONE, Action.NONE]
    new = world.step(Action.RETRAIN, Verdict.PROMOTE, 0, "freeze")
    assert (new.action, new.reasons) == (Action.ALERT, (Reason.CONCEPT_DRIFT, Reason.FROZEN, Reason.LIMIT))


def test_a_person_is_asked_once_after_three_rejections_and_unfreezing_goes_on():
    world = World(Limits())
    made = [world.step(Action.RETRAIN, Verdict.REJECT, 0, "").action for _ in range(5)]
    assert made == [Action.RETRAIN] * 3 + [Action.ALERT, Action.NONE]
    assert "A person has to look" in world.decisions[3].sentence
    assert world.step(Action.RETRAIN, Verdict.REJECT, 0, "unfreeze").action is Action.RETRAIN


@pytest.mark.parametrize(
    ("evaluations", "count"),
    [
        ([], 0),
        ([evaluated(1, Verdict.PROMOTE), evaluated(2, Verdict.REJECT), evaluated(3, Verdict.FAILED)], 1),
        ([evaluated(1, Verdict.REJECT), evaluated(2, Verdict.REJECT, reasons=(Reason.REQUESTED,))], 0),
        (
            [
                evaluated(1, Verdict.REJECT),
                evaluated(2, Verdict.AWAIT_APPROVAL, challenger=7),
                evaluated(2, Verdict.REJECT, challenger=None, request="approval:7"),
            ],
            2,
        ),
    ],
    ids=["none", "a failure says nothing", "a person asked", "a person said no"],
)
def test_rejections_in_a_row_are_counted_back_to_the_last_success(evaluations, count):
    assert rejected_in_a_row(evaluations, None) == count


def test_a_roll_back_names_the_champion_before():
    assert within(Limits(), history(5), wanted(5, Action.ROLL_BACK)).evidence["to"] == 1


@pytest.mark.parametrize(
    ("known", "target", "reason"),
    [
        ({}, 9, Reason.NOT_ENOUGH_DATA),
        ({"promotions": ()}, None, Reason.NOT_ENOUGH_DATA),
        ({"promotions": (promoted(2, 1), promoted(1, 2, PromotionKind.ROLLBACK), promoted(2, 1))}, 1, None),
        ({"promotions": (promoted(1, 2, PromotionKind.ROLLBACK), promoted(2, 1))}, 1, None),
        ({"promotions": (promoted(2, 1, PromotionKind.ROLLBACK), promoted(1, 2))}, 1, Reason.COOLDOWN),
    ],
    ids=["never served", "no champion before", "to where one went back", "back once more", "rolled back from"],
)
def test_a_roll_back_goes_to_an_earlier_champion_that_was_not_itself_rolled_back_from(known, target, reason):
    made = within(Limits(), history(5, **known), wanted(5, Action.ROLL_BACK, to=target))
    assert made.action is (Action.ROLL_BACK if reason is None else Action.ALERT)
    assert reason is None or reason in made.reasons


@pytest.mark.parametrize("action", [Action.ROLL_BACK, Action.RECALIBRATE])
def test_a_champion_that_no_label_has_judged_is_left_alone(action):
    known = history(5)
    unjudged = replace(known, current=known.current.model_copy(update={"matured": (judged(5, 1),)}))
    made = within(Limits(), unjudged, wanted(5, action, to=1))
    assert (made.action, made.reasons[1:]) == (Action.ALERT, (Reason.COOLDOWN,))


def test_labels_are_asked_for_where_drift_cannot_be_judged_and_only_there():
    limits, drift = Limits(labels={"at_most": 500, "windows": 10}), wanted(5, Action.ALERT)
    asks = within(limits, history(5), drift)
    assert asks.evidence["label"] == {"window": values.day(5).model_dump(mode="json"), "rows": 400}
    assert "leeway labels flights" in asks.sentence
    assert within(limits, history(5, judged=True), drift) == drift
    assert within(Limits(), history(5), drift) == drift
    rest = within(limits, history(6, decisions=(asks,)), wanted(6, Action.ALERT))
    assert rest.evidence["label"]["rows"] == 100
    none = within(limits, history(7, decisions=(asks, rest)), wanted(7, Action.ALERT))
    assert "label" not in none.evidence
    assert "used up" in none.sentence

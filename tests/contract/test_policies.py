"""What every policy promises, whatever happened before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leeway.core import Action, Decision, Measurement, Reason, Signal, Window
from leeway.kinds import build
from leeway.policies.base import History, Policy, RetrainOn

KINDS = sorted(Policy.KINDS)
FIRST = Window(start=datetime(2013, 1, 7, tzinfo=UTC), end=datetime(2013, 1, 14, tzinfo=UTC))


def found(kind: str, subject: str) -> Signal:
    return Signal(
        detector="d", subject=subject, test="t", statistic=4.0, p_value=1e-4, effect=0.3, threshold=0.1,
        flagged=True, kind=kind, sentence=f"`{subject}` moved",
    )  # fmt: skip


def measured(week: int, *signals: Signal, champion: int | None = 1, status: str = "measured") -> Measurement:
    window = FIRST.shifted(timedelta(weeks=week))
    return Measurement(model="m", window=window, champion=champion, status=status, rows=900, signals=signals)


def replay(policy: Policy, weeks: list[Measurement], *, rows: int = 900, on: RetrainOn, judged: bool) -> list[Decision]:
    """Decide week after week, as the stages do."""
    made: list[Decision] = []
    for week, current in enumerate(weeks):
        history = History(
            current=current,
            past=tuple(weeks[:week]),
            decisions=tuple(made),
            labelled_windows=week,
            labelled_rows=week * rows,
            retrain_on=on,
            judged=judged,
        )
        made.append(policy.decide(history))
    return made


signals = st.lists(
    st.builds(found, st.sampled_from(["data", "prediction", "quality", "performance"]), st.sampled_from("xy")),
    max_size=3,
)
weeks = st.lists(
    st.tuples(signals, st.sampled_from([None, 1, 2]), st.sampled_from(["measured"] * 5 + ["quarantined"])), max_size=30
).map(lambda drawn: [measured(i, *s, champion=c, status=status) for i, (s, c, status) in enumerate(drawn)])
modes = st.builds(
    RetrainOn, concept_drift=st.booleans(), data_drift=st.sampled_from(["when_unjudged", "always", "never"])
)


@pytest.fixture(params=KINDS)
def policy(request) -> Policy:
    return build(Policy, request.param)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=30, deadline=None)
@given(weeks, modes, st.booleans())
def test_every_decision_has_reasons_a_sentence_and_evidence_that_can_be_stored(kind, weeks, on, judged):
    for made, current in zip(replay(build(Policy, kind), weeks, on=on, judged=judged), weeks, strict=True):
        assert made.reasons
        assert made.sentence.endswith(".")
        assert (made.window, made.champion, made.policy) == (current.window, current.champion, kind)
        assert Decision.model_validate_json(made.to_json()) == made


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=20, deadline=None)
@given(weeks, modes, st.booleans())
def test_the_same_history_gives_the_same_decision(kind, weeks, on, judged):
    policy = build(Policy, kind)
    assert replay(policy, weeks, on=on, judged=judged) == replay(policy, weeks, on=on, judged=judged)


@settings(max_examples=40, deadline=None)
@given(weeks, modes, st.booleans(), st.integers(0, 6))
def test_no_retrain_is_decided_while_the_last_one_cools_down(weeks, on, judged, cooldown):
    policy = build(Policy, {"kind": "evidence", "cooldown": cooldown})
    made = replay(policy, weeks, on=on, judged=judged)
    retrains = [week for week, decision in enumerate(made) if decision.action is Action.RETRAIN]
    assert all(later - earlier > cooldown for earlier, later in pairwise(retrains))


def test_the_first_champion_is_made_as_soon_as_there_are_enough_labels(policy):
    made = replay(policy, [measured(i, champion=None) for i in range(9)], on=RetrainOn(), judged=False)
    assert [decision.action for decision in made] == [Action.NONE] * 8 + [Action.RETRAIN]
    assert made[0].reasons == (Reason.NOT_ENOUGH_DATA,)
    assert made[8].reasons == (Reason.BOOTSTRAP,)


def test_too_few_rows_make_no_champion(policy):
    made = replay(policy, [measured(i, champion=None) for i in range(20)], rows=10, on=RetrainOn(), judged=False)
    assert {decision.reasons for decision in made} == {(Reason.NOT_ENOUGH_DATA,)}


def test_quarantined_data_block(policy):
    weeks = [measured(0, found("performance", "loss"), status="quarantined")]
    (made,) = replay(policy, weeks, on=RetrainOn(), judged=True)
    assert (made.action, made.reasons) == (Action.BLOCK, (Reason.QUARANTINED,))


@pytest.mark.parametrize("kind", ["evidence", "never"])
def test_silence_means_no_action(kind):
    weeks = [measured(i) for i in range(12)]
    made = replay(build(Policy, kind), weeks, on=RetrainOn(data_drift="always"), judged=False)
    assert {(decision.action, decision.reasons) for decision in made} == {(Action.NONE, (Reason.QUIET,))}

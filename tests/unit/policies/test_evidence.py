"""The default policy: what leads to what, and what it says about it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from leeway.core import Action, Decision, Measurement, Reason, Signal, Window
from leeway.policies.base import History, RetrainOn
from leeway.policies.evidence import Evidence

FIRST = Window(start=datetime(2013, 1, 7, tzinfo=UTC), end=datetime(2013, 1, 14, tzinfo=UTC))


def flag(kind: str, subject: str, effect: float = 0.3) -> Signal:
    return Signal(
        detector="d", subject=subject, test="t", statistic=4.0, p_value=1e-4, effect=effect, threshold=0.1,
        flagged=True, kind=kind, sentence=f"`{subject}` moved by {effect}",
    )  # fmt: skip


def week(number: int, *signals: Signal, champion: int = 1, status: str = "measured") -> Measurement:
    window = FIRST.shifted(timedelta(weeks=number))
    return Measurement(model="m", window=window, champion=champion, status=status, rows=900, signals=signals)


def before(ago: int, *, rows: int = 9_000) -> tuple[Decision, ...]:
    """A retrain was decided ``ago`` windows ago, and nothing since."""
    quiet = Decision(model="m", window=FIRST, action=Action.NONE, reasons=(Reason.QUIET,), sentence=".")
    retrain = quiet.model_copy(update={"action": Action.RETRAIN, "evidence": {"labelled_rows": rows}})
    return (retrain, *[quiet] * (ago - 1))


def decide(
    *past_and_current: Measurement,
    policy: Evidence | None = None,
    decisions: tuple[Decision, ...] = (),
    rows: int = 9_000,
    judged: bool = True,
    **retrain_on,
) -> Decision:
    *past, current = past_and_current
    return (policy or Evidence()).decide(
        History(
            current=current,
            past=tuple(past),
            decisions=decisions,
            labelled_windows=10,
            labelled_rows=rows,
            retrain_on=RetrainOn(**retrain_on),
            judged=judged,
        )
    )


def outcome(made: Decision) -> tuple[Action, tuple[Reason, ...]]:
    return made.action, made.reasons


DRIFT = (week(1, flag("data", "temp")), week(2, flag("data", "temp")))


def test_a_worse_loss_retrains_and_the_sentence_carries_the_figures():
    made = decide(week(1, flag("performance", "loss")), decisions=before(5))
    assert outcome(made) == (Action.RETRAIN, (Reason.CONCEPT_DRIFT,))
    assert "`loss` moved by 0.3" in made.sentence
    assert made.evidence["windows_since_retrain"] == 5
    assert made.evidence["flagged"][0]["statistic"] == 4.0


def test_concept_drift_can_be_switched_off():
    made = decide(week(1, flag("performance", "loss")), concept_drift=False)
    assert outcome(made) == (Action.ALERT, (Reason.CONCEPT_DRIFT,))


def test_concept_drift_during_cooldown_alerts():
    made = decide(week(1, flag("performance", "loss")), decisions=before(1))
    assert outcome(made) == (Action.ALERT, (Reason.CONCEPT_DRIFT, Reason.COOLDOWN))
    assert "1 window(s) ago" in made.sentence


def test_too_few_labels_to_retrain_alert():
    made = decide(week(1, flag("performance", "loss")), rows=100)
    assert outcome(made) == (Action.ALERT, (Reason.CONCEPT_DRIFT, Reason.NOT_ENOUGH_DATA))


@pytest.mark.parametrize(
    ("mode", "judged", "expected"),
    [
        ("always", True, (Action.RETRAIN, (Reason.DATA_DRIFT,))),
        ("when_unjudged", False, (Action.RETRAIN, (Reason.DATA_DRIFT,))),
        ("when_unjudged", True, (Action.ALERT, (Reason.DATA_DRIFT, Reason.HARMLESS))),
        ("never", False, (Action.ALERT, (Reason.DATA_DRIFT,))),
    ],
)
def test_lasting_drift_does_what_the_spec_says(mode, judged, expected):
    made = decide(*DRIFT, judged=judged, data_drift=mode)
    assert outcome(made) == expected
    assert "`temp` moved by 0.3" in made.sentence


def test_drift_seen_once_or_in_changing_columns_does_not_count():
    quiet = (Action.NONE, (Reason.QUIET,))
    assert outcome(decide(DRIFT[0], data_drift="always")) == quiet
    other = decide(DRIFT[0], week(2, flag("data", "humid")), data_drift="always")
    assert outcome(other) == quiet
    assert "has to last 2 windows" in other.sentence


def test_drift_against_another_champion_does_not_count_and_a_quarantined_window_is_skipped():
    changed = decide(week(1, flag("data", "temp"), champion=7), DRIFT[1], data_drift="always")
    assert changed.action is Action.NONE
    gap = decide(DRIFT[0], week(2, status="quarantined"), week(3, flag("data", "temp")), data_drift="always")
    assert gap.action is Action.RETRAIN


def test_retrains_for_data_drift_cool_down_longer():
    made = decide(*DRIFT, decisions=before(4), data_drift="always")
    assert outcome(made) == (Action.ALERT, (Reason.DATA_DRIFT, Reason.COOLDOWN))
    assert decide(*DRIFT, decisions=before(5), data_drift="always").action is Action.RETRAIN


def test_what_goes_on_is_alerted_when_it_starts():
    first = decide(*DRIFT)
    second = decide(*DRIFT, week(3, flag("data", "temp")), decisions=(first,))
    third = decide(*DRIFT, week(3, flag("data", "temp"), flag("quality", "c")), decisions=(first, second))
    assert [made.action for made in (first, second, third)] == [Action.ALERT, Action.NONE, Action.ALERT]
    assert second.reasons == (Reason.DATA_DRIFT, Reason.HARMLESS)
    assert third.reasons == (Reason.DATA_DRIFT, Reason.HARMLESS, Reason.QUALITY)


def test_broken_data_alert():
    made = decide(week(1, flag("quality", "carrier")))
    assert outcome(made) == (Action.ALERT, (Reason.QUALITY,))


def test_a_history_that_grew_is_worth_a_retrain():
    made = decide(week(1), decisions=before(3, rows=7_500))
    assert outcome(made) == (Action.RETRAIN, (Reason.SCHEDULED,))
    assert "9,000 labels are known, 20 % more than the 7,500" in made.sentence
    assert decide(week(1), decisions=before(3, rows=8_100)).action is Action.NONE
    assert decide(week(1), decisions=before(3, rows=7_500), policy=Evidence(growth=None)).action is Action.NONE


def test_a_maximum_age_retrains():
    policy = Evidence(max_age=6, growth=None)
    assert decide(week(1), decisions=before(5), policy=policy).action is Action.NONE
    assert outcome(decide(week(1), decisions=before(6), policy=policy)) == (Action.RETRAIN, (Reason.SCHEDULED,))


def test_many_findings_are_told_in_short():
    made = decide(week(1, *(flag("performance", f"m{i}", effect=i / 10) for i in range(1, 6))))
    assert "`m5` moved by 0.5; `m4` moved by 0.4; `m3` moved by 0.3; and `m2`, `m1`" in made.sentence


def test_a_first_training_that_gave_no_champion_is_tried_again_after_the_cooldown():
    waiting = decide(week(1, champion=None), decisions=before(1))
    assert outcome(waiting) == (Action.NONE, (Reason.BOOTSTRAP, Reason.COOLDOWN))
    assert decide(week(1, champion=None), decisions=before(2)).reasons == (Reason.BOOTSTRAP,)


@pytest.mark.parametrize("kind", ["estimate", "calibration", "slice"])
def test_what_is_only_told_stands_in_the_sentence_and_leads_to_nothing(kind):
    made = decide(week(1, flag(kind, "loss")), week(2, flag(kind, "loss")), judged=False, data_drift="always")
    assert outcome(made) == (Action.NONE, (Reason.QUIET,))
    assert made.sentence == "Nothing to act on in 1 signals. For information: `loss` moved by 0.3."
    assert [found["kind"] for found in made.evidence["flagged"]] == [kind]

"""The default policy: what leads to what, and what it says about it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from leeway.core import Action, Decision, Measurement, Performance, Probe, Reason, Rival, Signal, Window
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
    policy = Evidence(growth=1.12)
    made = decide(week(1), decisions=before(3, rows=7_500), policy=policy)
    assert outcome(made) == (Action.RETRAIN, (Reason.SCHEDULED,))
    assert "9,000 labels are known, 20 % more than the 7,500" in made.sentence
    assert decide(week(1), decisions=before(3, rows=8_100), policy=policy).action is Action.NONE
    assert decide(week(1), decisions=before(3, rows=7_500)).action is Action.NONE


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
    made = decide(week(1), week(2, flag(kind, "loss")), judged=False, data_drift="always")
    assert outcome(made) == (Action.NONE, (Reason.QUIET,))
    assert made.sentence == "Nothing to act on in 1 signals. For information: `loss` moved by 0.3."
    assert [found["kind"] for found in made.evidence["flagged"]] == [kind]


def judged(number: int, *, gain: float = 0.0, same: float = 0.0, lead: float = 0.0, flags=()) -> Measurement:
    """A week with labels: what newer models and the champion before (v0) would have gained on a loss of 0.2."""
    window = FIRST.shifted(timedelta(weeks=number))
    seen = Performance(
        window=window, version=1, rows=900, labelled=900, loss=0.2, loss_variance=0.04, metrics={"auc": 0.7}
    )
    probes = tuple(
        Probe(window=window, version=1, history=history, trained_on=(FIRST, FIRST), rows=900, loss=0.2, gain=better,
              variance=1e-6, points=100 * better)
        for history, better in (("all", gain), ("same", same))
    )  # fmt: skip
    rival = Rival(window=window, version=1, rival=0, rows=900, gain=lead, variance=1e-6, points=None)
    return week(number, *flags).model_copy(update={"matured": (seen,), "probes": probes, "rivals": (rival,)})


SHOWN = (Decision(model="m", window=FIRST, action=Action.NONE, reasons=(Reason.QUIET,), sentence=".",
                  evidence={"drift_shown": True}),)  # fmt: skip


def test_a_retrain_is_worth_it_once_newer_models_have_gained_what_it_costs():
    weeks = [judged(number, gain=0.02) for number in range(1, 6)]
    decided = [decide(*weeks[:count], decisions=SHOWN) for count in range(1, 6)]
    # A tenth of the loss is about two points a week; 0.1 for 40 windows, three quarters of it, is 3.
    assert [made.action for made in decided] == [Action.NONE, *[Action.RETRAIN] * 4]
    assert decided[1].reasons == (Reason.WORTH_IT,)
    assert "would have gained 4.00 points in 2 windows" in decided[1].sentence


def test_the_costlier_a_retrain_the_later_it_comes():
    def first(cost: float) -> int:
        weeks = [judged(number, gain=0.02) for number in range(1, 13)]
        for count in range(1, 13):
            history = History(
                current=weeks[count - 1], past=tuple(weeks[: count - 1]), decisions=SHOWN, labelled_windows=10,
                labelled_rows=9_000, retrain_on=RetrainOn(), judged=True, retrain_cost=cost,
            )  # fmt: skip
            if Evidence().decide(history).action is Action.RETRAIN:
                return count
        return 99

    waits = [first(cost) for cost in (0.05, 0.1, 0.2, 0.6, 2.0)]
    assert waits == sorted(waits)
    assert waits[0] == 1
    assert waits[-1] == 99


def test_more_rows_alone_are_no_reason_before_the_world_was_seen_to_change():
    weeks = [judged(number, gain=0.02) for number in range(1, 9)]
    assert decide(*weeks).action is Action.NONE
    newer = [judged(number, gain=0.02, same=0.02) for number in range(1, 9)]
    assert decide(*newer).reasons == (Reason.WORTH_IT,)


def test_gains_are_counted_anew_after_a_retrain():
    weeks = [judged(number, gain=0.02) for number in range(1, 6)]
    asked = SHOWN[0].model_copy(update={"action": Action.RETRAIN, "window": weeks[3].window})
    quiet = SHOWN[0].model_copy(update={"window": weeks[3].window.shifted(timedelta(weeks=1))})
    made = decide(*weeks, decisions=(asked, quiet))
    assert made.evidence["gained"]["windows"] == 1
    assert made.action is Action.NONE


def test_the_champion_before_returns_if_it_would_have_done_better_by_what_a_retrain_costs():
    made = decide(*(judged(number, lead=0.02) for number in range(1, 4)), decisions=SHOWN)
    assert outcome(made) == (Action.ROLL_BACK, (Reason.HARM,))
    assert made.evidence["to"] == 0
    assert "v0 would have done better than v1" in made.sentence
    newer_is_better_still = decide(*(judged(number, lead=0.02, gain=0.03) for number in range(1, 4)), decisions=SHOWN)
    assert newer_is_better_still.action is Action.RETRAIN


def test_scores_are_corrected_if_only_their_level_is_off_for_three_windows():
    off = flag("calibration", "score")
    weeks = [judged(number, flags=(off,)) for number in range(1, 4)]
    assert decide(judged(1), *weeks[1:], decisions=SHOWN).action is Action.NONE
    made = decide(*weeks, decisions=SHOWN)
    assert outcome(made) == (Action.RECALIBRATE, (Reason.MISCALIBRATED,))
    worse_too = decide(*weeks[:2], judged(3, flags=(off, flag("performance", "loss"))), decisions=SHOWN)
    assert worse_too.action is Action.RETRAIN


def test_a_rise_of_the_loss_that_costs_less_than_a_retrain_is_told():
    small = judged(1, flags=(flag("performance", "loss", effect=0.03),))
    assert decide(small).reasons == (Reason.CONCEPT_DRIFT,)  # the first time it shows that the world changes
    made = decide(small, decisions=SHOWN)
    assert outcome(made) == (Action.ALERT, (Reason.CONCEPT_DRIFT, Reason.NOT_WORTH_IT))
    assert made.evidence["drift_shown"]


def labelled_then(*windows: int) -> tuple[Decision, ...]:
    """Earlier decisions, by how many windows had labels then; now it is 10."""
    return tuple(SHOWN[0].model_copy(update={"evidence": {"labelled_windows": known}}) for known in windows)


def test_drift_waits_for_labels_that_come_late():
    made = decide(*DRIFT, judged=False, decisions=labelled_then(8, 8, 9, 10))
    assert outcome(made) == (Action.ALERT, (Reason.DATA_DRIFT, Reason.NOT_ENOUGH_DATA))
    assert "but labels come" in made.sentence
    always = decide(*DRIFT, judged=False, decisions=labelled_then(8, 8, 9, 10), data_drift="always")
    assert always.action is Action.RETRAIN


def test_drift_retrains_where_no_label_has_come_for_long():
    assert decide(*DRIFT, judged=False, decisions=labelled_then(9, *[10] * 7)).action is Action.ALERT
    assert decide(*DRIFT, judged=False, decisions=labelled_then(9, *[10] * 8)).action is Action.RETRAIN


def test_a_blocked_window_does_not_forget_that_the_world_changed():
    blocked = decide(week(3, status="quarantined"), decisions=SHOWN)
    assert blocked.action is Action.BLOCK
    made = decide(judged(1, gain=0.02), judged(2, gain=0.02), decisions=(*SHOWN, blocked))
    assert made.reasons == (Reason.WORTH_IT,)

"""The baselines: every so many windows, and never."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from leeway.core import Action, Decision, Measurement, Reason, Window
from leeway.policies.base import History, RetrainOn
from leeway.policies.calendar import Every, Never

FIRST = Window(start=datetime(2013, 1, 7, tzinfo=UTC), end=datetime(2013, 1, 14, tzinfo=UTC))


def replay(policy: Every | Never, windows: int, *, rows: int = 9_000) -> list[Decision]:
    made: list[Decision] = []
    for number in range(windows):
        window = FIRST.shifted(timedelta(weeks=number))
        current = Measurement(model="m", window=window, champion=1, status="measured", rows=900)
        made.append(
            policy.decide(
                History(
                    current=current,
                    past=(),
                    decisions=tuple(made),
                    labelled_windows=10,
                    labelled_rows=rows,
                    retrain_on=RetrainOn(),
                    judged=True,
                )
            )
        )
    return made


def test_every_retrains_in_its_rhythm():
    made = replay(Every(windows=3), 8)
    assert [week for week, decision in enumerate(made) if decision.action is Action.RETRAIN] == [0, 3, 6]
    assert made[4].reasons == (Reason.QUIET,)
    assert "every 3 windows, the last time 1 windows ago" in made[4].sentence


def test_every_window_is_the_default():
    assert {decision.action for decision in replay(Every(), 3)} == {Action.RETRAIN}


def test_every_waits_for_labels():
    assert replay(Every(), 1, rows=10)[0].reasons == (Reason.SCHEDULED, Reason.NOT_ENOUGH_DATA)


def test_never_never_retrains():
    assert {decision.action for decision in replay(Never(), 5)} == {Action.NONE}

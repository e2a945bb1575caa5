"""The baselines: every so many windows, on a calendar, and never."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from leeway.core import Action, Reason
from leeway.policies.calendar import Every, Never, Scheduled
from weekly import measured, replay, retrains, week

WEEKS = [measured(number) for number in range(13)]
"""Monday 7 January to Monday 8 April 2013."""


def test_every_retrains_in_its_rhythm():
    made = replay(Every(windows=3), WEEKS[:8])
    assert retrains(made) == [0, 3, 6]
    assert made[4].reasons == (Reason.QUIET,)
    assert "every 3 windows, the last time 1 windows ago" in made[4].sentence


def test_every_window_is_the_default():
    assert {decision.action for decision in replay(Every(), WEEKS[:3])} == {Action.RETRAIN}


def test_every_waits_for_labels_and_alerts_nobody():
    (made,) = replay(Every(), WEEKS[:1], labelled_rows=10)
    assert (made.action, made.reasons) == (Action.NONE, (Reason.SCHEDULED, Reason.NOT_ENOUGH_DATA))


def test_the_first_champion_is_tried_in_the_same_rhythm():
    nobody = [measured(number, champion=None) for number in range(7)]
    assert retrains(replay(Every(windows=3), nobody)) == [0, 3, 6]


def test_never_never_retrains():
    assert {decision.action for decision in replay(Never(), WEEKS)} == {Action.NONE}


def test_a_calendar_retrains_in_the_first_window_that_ends_at_or_after_each_time():
    made = replay(Scheduled(cron="0 0 1 * *"), WEEKS)
    ends = [week(number).end for number in retrains(made)]
    assert [f"{end:%d %b}" for end in ends] == ["04 Feb", "04 Mar", "01 Apr"]
    assert "Due since 2013-02-01T00:00Z" in made[3].sentence
    assert "names 2013-03-01T00:00Z as the next time" in made[4].sentence


def test_a_time_at_the_very_end_of_a_window_belongs_to_it():
    assert retrains(replay(Scheduled(cron="0 0 14 1 *"), WEEKS)) == [0]
    assert retrains(replay(Scheduled(cron="1 0 14 1 *"), WEEKS)) == [1]


def test_a_calendar_is_read_in_its_zone():
    """In New York the 14th begins five hours later, when the window is over."""
    assert retrains(replay(Scheduled(cron="0 0 14 1 *", timezone="America/New_York"), WEEKS)) == [1]


def test_several_times_in_one_window_are_one_retrain():
    assert retrains(replay(Scheduled(cron="0 */6 * * *"), WEEKS[:4])) == [0, 1, 2, 3]


@pytest.mark.parametrize("stopped", [{"status": "quarantined"}, {"champion": None}], ids=["quarantine", "no champion"])
def test_a_time_that_passes_while_nothing_can_be_trained_is_caught_up(stopped):
    weeks = [measured(number, **(stopped if number == 3 else {})) for number in range(7)]
    made = replay(Scheduled(cron="0 0 14,1 * *", bootstrap_windows=100), weeks)
    assert retrains(made) == [0, 4, 5]


@pytest.mark.parametrize("wrong", [{"cron": "at noon"}, {"cron": "0 0 1 * *", "timezone": "Mars"}, {}])
def test_what_is_no_calendar_is_refused(wrong):
    with pytest.raises(ValidationError):
        Scheduled(**wrong)

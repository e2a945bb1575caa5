"""Concept drift: the champion against its own first windows."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from leeway.core import Performance, Window
from leeway.detectors.base import Observation
from leeway.detectors.performance import LabelledLoss
from leeway.profiles.profile import Profile

MONDAY = Window(start=datetime(2013, 1, 7, tzinfo=UTC), end=datetime(2013, 1, 14, tzinfo=UTC))


def seen(week: int, loss: float, *, rows: int = 1000, version: int = 1, variance: float = 0.04) -> Performance:
    window = MONDAY.shifted(timedelta(weeks=week))
    return Performance(
        window=window, version=version, rows=rows, labelled=rows, loss=loss, loss_variance=variance, metrics={}
    )


def judge(*matured: Performance, earlier=(), detector: LabelledLoss | None = None):
    nothing = Profile.empty()
    observation = Observation(current=nothing, reference=nothing, matured=matured, earlier=tuple(earlier))
    return (detector or LabelledLoss()).detect(observation)


def test_without_a_baseline_nothing_is_flagged_and_the_sentence_says_why():
    (signal,) = judge(seen(1, 0.9), earlier=[seen(0, 0.16)])
    assert not signal.flagged
    assert "needs 2 windows and has 2" in signal.sentence


def test_a_loss_that_rose_by_more_than_chance_is_flagged():
    (signal,) = judge(seen(2, 0.21), earlier=[seen(0, 0.16), seen(1, 0.16)])
    assert signal.flagged
    assert signal.kind == "performance"
    assert signal.effect == pytest.approx(0.3125)
    assert "rose from 0.16 in the 2 windows of version 1 before to 0.21" in signal.sentence


def test_a_loss_that_fell_is_good_news():
    (signal,) = judge(seen(2, 0.10), earlier=[seen(0, 0.16), seen(1, 0.16)])
    assert not signal.flagged
    assert signal.statistic < 0


def test_a_window_is_held_against_all_earlier_ones_of_the_same_version():
    earlier = [seen(0, 0.5, version=1), seen(1, 0.15, version=2), seen(2, 0.16, version=2), seen(3, 0.17, version=2)]
    (signal,) = judge(seen(4, 0.16, version=2), earlier=earlier)
    assert signal.effect == pytest.approx(0)


def test_small_rises_in_a_row_add_up():
    losses = [0.160, 0.161, 0.159, 0.160, 0.160, 0.175, 0.177, 0.177, 0.178, 0.178, 0.179]
    signals = judge(*(seen(week, loss) for week, loss in enumerate(losses)))
    first = next(place for place, signal in enumerate(signals) if signal.flagged)
    assert 6 <= first <= 10
    assert signals[first].statistic < 3
    assert "the rises of the last windows add up to" in signals[first].sentence
    assert not any(signal.flagged for signal in judge(*(seen(week, 0.16) for week in range(11))))


def test_a_bad_window_is_no_alarm_where_windows_are_unlike_one_another():
    ups_and_downs = [seen(week, 0.16 + 0.03 * (-1) ** week) for week in range(8)]
    (restless,) = judge(seen(8, 0.22), earlier=ups_and_downs)
    (calm,) = judge(seen(8, 0.22), earlier=[seen(week, 0.16) for week in range(8)])
    assert (restless.flagged, calm.flagged) == (False, True)


def test_where_nothing_changes_alarms_are_rare():
    draw = np.random.default_rng(0)
    alarms = windows = 0
    for _ in range(60):
        losses = 0.16 + draw.normal(scale=math.sqrt(0.04 / 1000), size=40)
        # The prior of `correlation` expects more than the rows explain; without it the figure is sharp.
        signals = judge(
            *(seen(week, x) for week, x in enumerate(losses)), detector=LabelledLoss(correlation=0, floor=0)
        )
        alarms, windows = alarms + sum(signal.flagged for signal in signals), windows + len(signals)
    assert alarms / windows < 1 / 150


def test_small_windows_are_passed_over_also_as_baseline():
    earlier = [seen(0, 5.0, rows=10), seen(1, 0.16), seen(2, 0.16)]
    assert judge(seen(3, 9.0, rows=10), earlier=earlier) == ()
    (signal,) = judge(seen(3, 0.16), earlier=earlier)
    assert signal.effect == 0


def test_windows_that_mature_together_are_judged_one_after_another():
    signals = judge(seen(0, 0.16), seen(1, 0.16), seen(2, 0.3))
    assert [signal.flagged for signal in signals] == [False, False, True]


def test_more_rows_do_not_make_every_change_certain():
    many = {"rows": 1_000_000}
    (signal,) = judge(seen(2, 0.167, **many), earlier=[seen(0, 0.16, **many), seen(1, 0.16, **many)])
    assert not signal.flagged
    (independent,) = judge(
        seen(2, 0.167, **many),
        earlier=[seen(0, 0.16, **many), seen(1, 0.16, **many)],
        detector=LabelledLoss(correlation=0.0),
    )
    assert independent.flagged


def test_losses_without_spread_give_finite_numbers():
    (signal,) = judge(seen(2, 0.2, variance=0.0), earlier=[seen(0, 0.1, variance=0.0), seen(1, 0.1, variance=0.0)])
    assert signal.flagged
    assert type(signal).model_validate_json(signal.to_json()) == signal


def test_missing_labels_are_named_with_what_they_could_hide():
    part = {"rows": 2000, "labelled": 1000}
    before = [seen(0, 0.16), seen(1, 0.16)]
    for bounds, said in (
        ({"loss_low": 0.08, "loss_high": 0.6}, "and whatever the others are the loss is 0.08 to 0.6"),
        ({"loss_low": 0.08}, "and nothing bounds the loss of the rest"),
        ({}, "; labels are known for 50.0 % of 2,000 rows"),
    ):
        (signal,) = judge(seen(2, 0.16).model_copy(update={**part, **bounds}), earlier=before)
        assert said in signal.sentence
    assert "labels are known" not in judge(seen(2, 0.16), earlier=before)[0].sentence

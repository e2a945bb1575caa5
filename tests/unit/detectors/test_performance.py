"""Concept drift: the champion against its own first windows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

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
    assert "rose from 0.16 in the first 2 windows of version 1 to 0.21" in signal.sentence


def test_a_loss_that_fell_is_good_news():
    (signal,) = judge(seen(2, 0.10), earlier=[seen(0, 0.16), seen(1, 0.16)])
    assert not signal.flagged
    assert signal.statistic < 0


def test_the_baseline_is_the_first_windows_of_the_same_version():
    earlier = [seen(0, 0.5, version=1), seen(1, 0.16, version=2), seen(2, 0.16, version=2), seen(3, 0.9, version=2)]
    (signal,) = judge(seen(4, 0.16, version=2), earlier=earlier)
    assert signal.effect == 0


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

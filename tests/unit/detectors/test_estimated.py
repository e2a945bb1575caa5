"""Estimates are flagged, and fall silent once labels show that they are wrong."""

from __future__ import annotations

import numpy as np
import pytest

from leeway.core import Estimate, Interval
from leeway.detectors.estimated import EstimatedPerformance, at_least, pairs
from streams import detect, life, week

DETECTOR = EstimatedPerformance()


def guess(number: int, low: float, high: float, **changes) -> Estimate:
    loss = Interval(value=(low + high) / 2, low=low, high=high)
    return Estimate(window=week(number), version=1, rows=600, method="cbpe", level=0.95, loss=loss, **changes)


def say(estimate):
    (signal,) = detect(DETECTOR, (), earlier=life(0, weeks=3), estimate=estimate)
    return signal


def test_an_interval_above_the_baseline_is_flagged_as_an_estimate():
    signal = say(guess(4, 0.3, 0.34))
    assert (signal.flagged, signal.kind) == (True, "estimate")
    assert "estimated loss 0.32 (0.3 to 0.34)" in signal.sentence


def test_an_interval_that_holds_the_baseline_is_not_flagged():
    assert not say(guess(4, 0.1, 0.34)).flagged


def test_a_muted_estimate_flags_nothing_and_says_why():
    signal = say(guess(4, 0.3, 0.34, muted=True, reason="it missed 2 of 2"))
    assert not signal.flagged
    assert signal.sentence.endswith("Muted: it missed 2 of 2")


def test_without_an_estimate_there_is_no_signal():
    assert detect(DETECTOR, life(0, weeks=3)) == ()


def test_it_is_muted_by_more_misses_than_chance_allows_and_not_by_one():
    assert not DETECTOR.trust([False]).muted
    assert DETECTOR.trust([False, False]).muted
    assert not DETECTOR.trust([True] * 8 + [False, False]).muted
    assert DETECTOR.trust([True] * 7 + [False] * 3).muted


def test_it_speaks_again_after_hits_in_a_row_with_a_clean_record():
    wrong = [False, False]
    assert DETECTOR.trust([*wrong, True, True]).muted
    assert DETECTOR.trust([*wrong, True, True, False, True, True]).muted
    assert DETECTOR.trust([*wrong, True, True, True]).held == ()
    assert not DETECTOR.trust([*wrong, True, True, True, False]).muted


def test_old_successes_do_not_excuse_it_for_ever():
    assert DETECTOR.trust([True] * 100 + [False] * 3).muted


def test_honest_intervals_are_seldom_muted():
    random = np.random.default_rng(3)
    muted = [DETECTOR.trust(list(random.random(10) < 0.95)).muted for _ in range(300)]
    assert np.mean(muted) < 0.06


def test_an_estimate_is_held_against_its_own_window_and_version_once_half_of_the_labels_are_known():
    known = life(0, weeks=4)
    few = known[2].model_copy(update={"rows": 3 * known[2].labelled})
    other = known[3].model_copy(update={"version": 2})
    estimates = [guess(number, 0.1, 0.2) for number in range(5)]
    assert pairs(estimates, [known[1], known[0], few, other]) == [(estimates[0], known[0]), (estimates[1], known[1])]


@pytest.mark.parametrize(("count", "trials", "chance"), [(0, 5, 1.0), (5, 5, 0.05**5), (1, 1, 0.05), (6, 5, 0.0)])
def test_the_binomial_tail_is_exact(count, trials, chance):
    assert at_least(count, trials, 0.05) == pytest.approx(chance)

"""Tests on the stream of losses: they stay quiet for long, and find what changed."""

from __future__ import annotations

import numpy as np
import pytest

from leeway.core import Block
from leeway.detectors.page_hinkley import PageHinkley
from leeway.detectors.sequential import AdaptiveWindow, Adwin, ConfidenceSequence
from streams import detect, flagged_at, life, performance, scored, week

RUNS = 120
SEQUENTIAL = [Adwin(), PageHinkley(), ConfidenceSequence()]


@pytest.fixture(params=SEQUENTIAL, ids=lambda detector: detector.kind)
def detector(request):
    return request.param


@pytest.fixture(scope="module")
def calm():
    """Lives without drift, as sums alone: a life of rows would take seconds."""
    random = np.random.default_rng(7)

    def one(number):
        losses = random.choice([0.0, 1.0], p=[0.8, 0.2], size=(7, 80))
        blocks = [Block(rows=80, loss=d.mean(), variance=d.var(ddof=1), largest=1.0) for d in losses]
        whole = {"loss": losses.mean(), "loss_variance": losses.var(ddof=1), "rows": 560, "labelled": 560}
        return performance(number, np.array([0.0, 1.0]), np.array([0.2, 0.7]), **whole, days=tuple(blocks))

    return [[one(number) for number in range(12)] for _ in range(RUNS)]


def test_lives_without_drift_are_hardly_ever_flagged(detector, calm):
    alarms = sum(bool(flagged_at(detector, weeks)) for weeks in calm)
    assert alarms <= 0.05 * RUNS


def test_concept_drift_is_found_within_weeks_and_not_before(detector):
    found = [flagged_at(detector, life(seed, change_at=6, flipped=0.25)) for seed in range(5)]
    assert all(when and 6 <= when[0] <= 10 for when in found)


def test_moved_inputs_that_make_nothing_worse_are_not_flagged(detector):
    assert not any(flagged_at(detector, life(seed, change_at=6, shift=-0.5)) for seed in range(5))


def test_a_loss_that_falls_is_not_flagged(detector):
    weeks = life(3, change_at=6, flipped=0.3)
    weeks = [*weeks[6:], *weeks[:6]]
    weeks = [one.model_copy(update={"window": week(number)}) for number, one in enumerate(weeks)]
    assert flagged_at(detector, weeks) == []


def test_a_window_gives_the_same_signal_whether_its_past_matured_with_it_or_before(detector):
    weeks = life(1, change_at=6, flipped=0.25)
    together = detect(detector, weeks)
    alone = [signal for number, one in enumerate(weeks) for signal in detect(detector, [one], earlier=weeks[:number])]
    assert list(together) == alone


def test_tiny_windows_are_passed_over(detector):
    assert detect(detector, [performance(0, *scored(np.random.default_rng(0), 20))]) == ()


def test_until_there_is_a_baseline_it_says_so(detector):
    signals = detect(detector, life(0, weeks=2))
    assert [signal.flagged for signal in signals] == [False, False]
    assert "needs 2 windows and has 2" in signals[-1].sentence


def test_losses_without_any_spread_are_judged(detector):
    none = {"loss_variance": 0.0, "labelled": 100, "rows": 100, "days": ()}
    pair = np.array([0.0, 1.0]), np.array([0.2, 0.7])
    before = [performance(number, *pair, **none, loss=0.1) for number in range(3)]
    assert not detect(detector, before[2:], earlier=before[:2])[0].flagged
    (worse,) = detect(detector, [performance(3, *pair, **none, loss=0.9)], earlier=before)
    assert type(worse).model_validate_json(worse.to_json()) == worse
    assert worse.flagged


def test_missing_labels_are_named_with_what_they_could_hide(detector):
    *before, last = life(0, weeks=5)
    part = last.model_copy(update={"rows": 2 * last.labelled, "loss_low": 0.1, "loss_high": 0.6})
    (signal,) = detect(detector, [part], earlier=before)
    assert "labels are known for 50.0 % of 1,200 rows, and whatever the others are the loss is 0.1 to 0.6" in (
        signal.sentence
    )


def test_the_bound_of_the_confidence_sequence_is_below_the_mean_at_all_times():
    signals = detect(ConfidenceSequence(), life(2, weeks=12))
    assert all("at least" in signal.sentence and signal.statistic < 0 for signal in signals[2:])


def test_adaptive_windowing_forgets_what_is_before_the_change():
    window, random = AdaptiveWindow(0.002), np.random.default_rng(0)
    splits = []
    for chance in [0.2] * 20 + [0.5] * 10:
        values = (random.random(50) < chance).astype(float)
        splits.append(window.add(Block(rows=50, loss=values.mean(), variance=values.var(), largest=1.0), 50.0))
    found = [number for number, split in enumerate(splits) if split is not None]
    assert 20 <= found[0] <= 24
    assert len(window) <= 12
    assert splits[found[0]].before == pytest.approx(0.2, abs=0.05)


def test_rows_that_are_worth_little_do_not_convince():
    window = AdaptiveWindow(0.002)
    blocks = [Block(rows=5000, loss=loss, variance=0.16, largest=1.0) for loss in [0.2] * 5 + [0.3] * 5]
    assert [window.add(block, worth=10.0) for block in blocks] == [None] * 10

"""Whether scores still mean what they meant."""

from __future__ import annotations

import numpy as np
import pytest

from leeway.detectors.calibration import CalibrationDrift
from streams import detect, flagged_at, life, performance, scored


def worn(seed: int, wear, weeks: int = 6):
    """A life whose scores are put through ``wear`` from the fourth week on."""
    random = np.random.default_rng(seed)
    drawn = [scored(random, 1500) for _ in range(weeks)]
    return [performance(i, target, wear(score) if i >= 3 else score) for i, (target, score) in enumerate(drawn)]


def test_lives_without_drift_are_hardly_ever_flagged():
    windows = [flagged_at(CalibrationDrift(), life(seed, weeks=8, rows=400)) for seed in range(60)]
    assert sum(map(len, windows)) <= 0.01 * 60 * 6


@pytest.mark.parametrize(
    ("name", "wear"),
    [("calibration_z", lambda score: score**0.6), ("spiegelhalter_z", lambda s: s**2 / (s**2 + (1 - s) ** 2))],
    ids=["too high", "too sure"],
)
def test_scores_that_lost_their_meaning_are_flagged_by_the_test_that_sees_it(name, wear):
    signals = [signal for seed in range(4) for signal in detect(CalibrationDrift(), worn(seed, wear))]
    assert sum(signal.flagged for signal in signals) >= 11
    assert name in {signal.test for signal in signals if signal.flagged}


def test_inputs_that_moved_along_the_curve_are_not_flagged():
    assert not any(flagged_at(CalibrationDrift(), life(seed, change_at=5, shift=1.0, rows=1500)) for seed in range(5))


def test_a_champion_that_never_was_calibrated_is_not_flagged_for_it():
    random = np.random.default_rng(0)
    drawn = [scored(random, 1500) for _ in range(6)]
    weeks = [performance(number, target, score**3) for number, (target, score) in enumerate(drawn)]
    assert flagged_at(CalibrationDrift(), weeks) == []


@pytest.mark.parametrize("only", [0.0, 1.0])
@pytest.mark.parametrize("constant", [True, False])
def test_one_class_and_constant_scores_give_finite_signals(only, constant):
    random = np.random.default_rng(0)
    score = np.full(200, 0.4) if constant else random.random(200)
    weeks = [performance(number, np.full(200, only), score) for number in range(4)]
    signals = detect(CalibrationDrift(), weeks)
    assert len(signals) == 2
    assert not any(signal.flagged for signal in signals)
    assert all(type(signal).model_validate_json(signal.to_json()) == signal for signal in signals)


def test_without_outcomes_there_is_nothing_to_say():
    assert detect(CalibrationDrift(), [one.model_copy(update={"reliability": ()}) for one in life(0, weeks=4)]) == ()

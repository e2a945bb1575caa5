"""Drift of inputs and predictions: what is planted is found and told, what is not is not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.signal import lfilter

from leeway.detectors.base import Observation
from leeway.detectors.data import DataDrift, PredictionDrift
from leeway.profiles.building import profile_frame


def table(seed: int, rows: int = 2000, **columns) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    made = {
        "amount": rng.lognormal(3, 1, rows),
        "age": rng.integers(18, 90, rows),
        "carrier": rng.choice(["AA", "B6", "UA"], rows, p=[0.5, 0.16, 0.34]),
    }
    return pd.DataFrame(made | {name: make(rng, rows) for name, make in columns.items()})


def observe(reference: pd.DataFrame, current: pd.DataFrame) -> Observation:
    known = profile_frame(reference)
    return Observation(current=profile_frame(current, known.layout), reference=known)


def flagged(reference: pd.DataFrame, current: pd.DataFrame, detector: DataDrift | None = None) -> dict[str, str]:
    found = (detector or DataDrift()).detect(observe(reference, current))
    return {signal.subject: signal.sentence for signal in found if signal.flagged}


def test_a_changed_category_is_named_with_its_shares():
    current = table(2, carrier=lambda rng, n: rng.choice(["AA", "B6", "UA"], n, p=[0.42, 0.27, 0.31]))
    (sentence,) = flagged(table(1), current).values()
    assert sentence.startswith("`carrier`: share of B6 rose from 1")
    assert "TVD 0.09" in sentence
    assert "p < 1e-6" in sentence


def test_a_shifted_number_is_told_by_its_mean():
    found = flagged(table(1), table(2, amount=lambda rng, n: rng.lognormal(3.5, 1, n)))
    assert list(found) == ["amount"]
    assert "mean rose from 3" in found["amount"]


def test_missing_values_alone_are_enough():
    holes = table(2, amount=lambda rng, n: np.where(rng.random(n) < 0.15, np.nan, rng.lognormal(3, 1, n)))
    assert "missing values rose from 0 % to 1" in flagged(table(1), holes)["amount"]


def test_a_certain_but_small_difference_does_not_count():
    current = table(2, rows=20_000, amount=lambda rng, n: rng.lognormal(3.08, 1, n))
    reference = table(1, rows=20_000)
    assert not flagged(reference, current)
    assert list(flagged(reference, current, DataDrift(floor=0.005))) == ["amount"]


def test_slow_waves_are_not_taken_for_drift():
    def wave(rng, n):
        return lfilter([1], [1, -0.98], rng.normal(size=n))

    alarms = [bool(flagged(table(2 * i, amount=wave), table(2 * i + 1, amount=wave))) for i in range(12)]
    assert sum(alarms) <= 2


@pytest.mark.parametrize("seed", range(3))
def test_many_levels_are_not_drift(seed):
    levels = table(seed, city=lambda rng, n: rng.integers(0, 600, n).astype(str).astype(object))
    assert not flagged(levels, table(seed + 10, city=lambda rng, n: rng.integers(0, 600, n).astype(str).astype(object)))


def test_predictions_are_compared_only_by_their_own_detector():
    def score(low):
        return lambda rng, n: rng.beta(low, 5, n)

    reference, current = table(1, prediction=score(2)), table(2, prediction=score(4))
    assert not flagged(reference, current)
    assert list(flagged(reference, current, PredictionDrift())) == ["prediction"]
    assert PredictionDrift().detect(observe(table(1), current)) == ()


def test_columns_that_hang_together_otherwise_are_told_only_if_asked_for():
    def joined(seed: int, sign: int) -> pd.DataFrame:
        made = table(seed, amount=lambda rng, n: rng.normal(size=n))
        return made.assign(age=sign * made["amount"] + np.random.default_rng(seed + 50).normal(0, 0.3, len(made)))

    assert not flagged(joined(1, 1), joined(2, -1))
    found = flagged(joined(1, 1), joined(2, -1), DataDrift(together=True))
    assert "correlation of `amount` and `age` fell from 0.96 to -0.96" in found["correlations"]
    assert not flagged(joined(1, 1), joined(2, 1), DataDrift(together=True))

"""What every detector promises, whatever it looks at."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from leeway.core import Bin, Block, Estimate, Interval, Performance, Signal, Window
from leeway.detectors.base import Detector, Observation
from leeway.kinds import build
from leeway.profiles.building import profile_frame
from leeway.showing import ACTED_ON, FURTHER

KINDS = sorted(Detector.KINDS)


def frame(seed: int, rows: int = 1500, *, moved: bool = False) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "x": rng.normal(8 if moved else 0, 1, rows),
            "c": rng.choice(["a", "b", "new" if moved else "c"], rows),
            "prediction": rng.beta(5 if moved else 2, 3, rows),
        }
    )


def week(number: int) -> Window:
    start = datetime(2013, 1, 7, tzinfo=UTC) + timedelta(weeks=number)
    return Window(start=start, end=start + timedelta(weeks=1))


def performance(number: int, loss: float) -> Performance:
    """A labelled window: where the loss is higher it is so in each slice, and the scores mean less."""
    share = loss / 2
    level = {"labelled": 400.0, "positives": 200.0, "loss": loss, "variance": 0.04, "selection_rate": 0.5}
    level |= {"true_positive_rate": 0.5, "false_positive_rate": 0.5}
    harmed = {**level, "true_positive_rate": 0.7 - loss, "false_positive_rate": 0.7 - loss}
    return Performance(
        window=week(number), version=1, rows=900, labelled=900, loss=loss, loss_variance=0.04, metrics={},
        slices={"c=a": level, "c=b": harmed}, gaps={"c": {"equalized_odds_difference": abs(loss - 0.2)}},
        days=(Block(rows=900, loss=loss, variance=0.04, largest=1.0),),
        reliability=(Bin(rows=450, score=0.2, share=share), Bin(rows=450, score=0.8, share=1 - share)),
    )  # fmt: skip


def estimate(loss: float) -> Estimate:
    interval = Interval(value=loss, low=loss - 0.02, high=loss + 0.02)
    return Estimate(window=week(3), version=1, rows=900, method="cbpe", level=0.95, loss=interval)


def observe(current: pd.DataFrame, reference: pd.DataFrame, loss: float = 0.2) -> Observation:
    known = profile_frame(reference)
    return Observation(
        current=profile_frame(current, known.layout),
        reference=known,
        matured=(performance(2, loss),),
        earlier=(performance(0, 0.2), performance(1, 0.2)),
        estimate=estimate(loss),
    )


@pytest.fixture(params=KINDS)
def detector(request) -> Detector:
    return build(Detector, request.param)


def test_the_same_table_twice_is_quiet(detector):
    signals = detector.detect(observe(frame(1), frame(1)))
    assert signals
    assert not any(signal.flagged for signal in signals)


def test_another_draw_of_the_same_kind_is_quiet(detector):
    assert not any(signal.flagged for signal in detector.detect(observe(frame(1), frame(2))))


def test_a_large_change_is_flagged_and_told_with_its_subject(detector):
    flagged = [s for s in detector.detect(observe(frame(1, moved=True), frame(2), loss=0.5)) if s.flagged]
    assert flagged
    for signal in flagged:
        assert signal.subject in signal.sentence
        assert signal.kind in (*ACTED_ON, *FURTHER)
        assert signal.detector == detector.kind


@pytest.mark.parametrize(
    "current",
    [
        pd.DataFrame({"x": [], "c": pd.Series([], dtype=object), "prediction": []}),
        pd.DataFrame({"x": [np.nan] * 9, "c": pd.Series([None] * 9, dtype=object), "prediction": [np.nan] * 9}),
        pd.DataFrame({"x": [1.0] * 9, "c": ["a"] * 9, "prediction": [0.5] * 9}),
        pd.DataFrame({"x": [np.inf] * 9, "c": ["a"] * 9, "prediction": [0.5] * 9}),
        pd.DataFrame({"other": [1.0]}),
    ],
    ids=["empty", "all missing", "constant", "infinite", "no common column"],
)
def test_odd_tables_give_readable_signals_in_both_directions(detector, current):
    for observation in (observe(current, frame(1)), observe(frame(1), current)):
        for signal in detector.detect(observation):
            assert Signal.model_validate_json(signal.to_json()) == signal
            assert signal.sentence


def test_the_same_observation_gives_the_same_signals(detector):
    one, two = (detector.detect(observe(frame(1, moved=True), frame(2))) for _ in range(2))
    assert [signal.to_json() for signal in one] == [signal.to_json() for signal in two]


def test_subjects_are_not_repeated(detector):
    subjects = [signal.subject for signal in detector.detect(observe(frame(1), frame(2)))]
    assert len(subjects) == len(set(subjects))

"""Gaps between groups that grow."""

from __future__ import annotations

import numpy as np
import pandas as pd

from leeway.core import Performance, Task
from leeway.detectors.gaps import GapDrift
from leeway.evaluation.performance import performance
from streams import detect, week


def seen(number: int, *, harm: float = 0.0, seed: int = 0, task: Task = Task.BINARY, levels: str = "fm") -> Performance:
    """A window of 2,000 rows; of the first level's positive rows a share ``harm`` gets a no."""
    random = np.random.default_rng([seed, number])
    rows = 2000
    sex = random.choice(list(levels), rows)
    target = (random.random(rows) < 0.5).astype(float)
    score = np.clip(0.5 * target + random.normal(0.25, 0.2, rows), 0, 1)
    hit = (sex == levels[0]) & (random.random(rows) < harm)
    score = np.where(hit, 0.1, score)
    found = performance(
        week(number), 1, task=task, loss="brier" if task is Task.BINARY else "absolute_error", target=target,
        scores=score, day=np.zeros(rows, int), slices=pd.DataFrame({"sex": sex}),
    )  # fmt: skip
    return found.model_copy(update={"gaps": {"sex": {}}})  # the detector goes by the figures of the levels


def signals(now: Performance, detector: GapDrift | None = None, **same):
    return detect(detector or GapDrift(), [now], earlier=[seen(number, **same) for number in range(2)])


def test_a_gap_that_grows_is_flagged_and_tells_whose_it_is():
    (found,) = signals(seen(2, harm=0.3))
    assert found.flagged
    assert found.kind == "slice"
    assert found.subject == "sex"
    assert "the gap in true_positive_rate between sex=f and m went from 0.0" in found.sentence


def test_a_gap_that_was_there_from_the_first_is_not_flagged():
    (found,) = signals(seen(2, harm=0.3), harm=0.3)
    assert not found.flagged


def test_a_gap_that_shrinks_is_not_flagged():
    (found,) = signals(seen(2), harm=0.3)
    assert not found.flagged


def test_groups_that_stay_alike_are_hardly_ever_flagged_however_many_there_are():
    flagged = [
        signal.flagged
        for seed in range(40)
        for signal in signals(seen(2, seed=seed, levels="abcdef"), GapDrift(floor=0.0), seed=seed, levels="abcdef")
    ]
    assert len(flagged) == 40
    assert sum(flagged) == 0


def test_the_gap_of_a_regression_is_that_of_the_mean_loss_as_a_share_of_it():
    (found,) = signals(seen(2, harm=0.6, task=Task.REGRESSION), task=Task.REGRESSION)
    assert found.flagged
    assert "the gap in loss" in found.sentence
    assert found.effect > 0.1


def test_another_gap_is_looked_at_if_asked_for():
    (found,) = signals(seen(2, harm=0.3), GapDrift(gap="demographic_parity"))
    assert found.flagged
    assert "selection_rate" in found.sentence


def test_without_a_baseline_or_sensitive_columns_there_is_no_signal():
    now = seen(2, harm=0.5)
    assert detect(GapDrift(), [now], earlier=[seen(0)]) == ()
    assert detect(GapDrift(), [now.model_copy(update={"gaps": {}})], earlier=[seen(0), seen(1)]) == ()


def test_a_level_that_the_baseline_lacks_is_not_compared():
    now = seen(2, harm=0.9, levels="zm")
    assert detect(GapDrift(), [now], earlier=[seen(0), seen(1)]) == ()

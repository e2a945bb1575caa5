"""Weeks of a binary model's scores and outcomes, summed up as a measurement records them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np

from leeway.calibration import reliability
from leeway.core import Block, Performance, Signal, Window
from leeway.detectors.base import Detector, Observation
from leeway.evaluation.metrics import losses
from leeway.profiles.profile import Profile

MONDAY = Window(start=datetime(2013, 1, 7, tzinfo=UTC), end=datetime(2013, 1, 14, tzinfo=UTC))


def week(number: int) -> Window:
    return MONDAY.shifted(timedelta(weeks=number))


def scored(
    random: np.random.Generator, rows: int = 1000, *, shift: float = 0.0, flipped: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Outcomes and calibrated scores. ``shift`` moves the inputs; a share ``flipped`` of outcomes turns round."""
    score = 1 / (1 + np.exp(-1.5 * random.normal(shift, 1, rows) + 0.5))
    target = random.random(rows) < score
    return np.where(random.random(rows) < flipped, ~target, target).astype(float), score


def performance(number: int, target: np.ndarray, score: np.ndarray, **changes) -> Performance:
    loss = losses("brier", target, score)
    fields = {"loss": float(loss.mean()), "loss_variance": float(loss.var(ddof=1)), "days": days(loss)}
    fields |= {"version": 1, "metrics": {}, "reliability": reliability(target, score)}
    return Performance(**{"window": week(number), "rows": len(loss), "labelled": len(loss), **fields, **changes})


def days(loss: np.ndarray) -> tuple[Block, ...]:
    parts = np.array_split(loss, 7) if len(loss) >= 14 else []
    return tuple(Block(rows=len(p), loss=p.mean(), variance=p.var(ddof=1), largest=p.max()) for p in parts)


def life(seed: int, weeks: int = 12, rows: int = 600, *, change_at: int | None = None, **change) -> list[Performance]:
    random = np.random.default_rng(seed)
    return [
        performance(number, *scored(random, rows, **(change if change_at is not None and number >= change_at else {})))
        for number in range(weeks)
    ]


def detect(detector: Detector, matured, earlier=(), estimate=None) -> tuple[Signal, ...]:
    nothing = Profile.empty()
    return detector.detect(
        Observation(
            current=nothing, reference=nothing, matured=tuple(matured), earlier=tuple(earlier), estimate=estimate
        )
    )


def flagged_at(detector: Detector, weeks: list[Performance]) -> list[int]:
    """The numbers of the windows that are flagged."""
    signals = detect(detector, weeks)
    starts = [
        number for number, one in enumerate(weeks) for s in signals if s.flagged and str(one.window) in s.sentence
    ]
    return sorted(set(starts))

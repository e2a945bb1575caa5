"""Concept drift: is the champion worse on labels than it was when it was new?"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pydantic import Field

from leeway.core import Performance, Signal
from leeway.detectors.baseline import BaselineDetector, coverage_note

if TYPE_CHECKING:
    from leeway.detectors.base import Observation

MAX_Z = 1e6
"""Losses without any spread differ infinitely; JSON has no such number."""


class LabelledLoss(BaselineDetector):
    """Holds the loss of each matured window against the champion's own first out-of-sample windows.

    A window is flagged if its mean loss per labelled row exceeds the baseline's by ``z`` standard errors *and* by the
    share ``floor`` of it. The first says that it is not chance, the second that it matters: with many rows everything
    is significant.
    """

    kind: str = "labelled_loss"
    z: float = Field(default=3.0, gt=0, description="Standard errors by which the loss has to exceed the baseline.")
    floor: float = Field(default=0.02, ge=0, description="Rise of the loss that counts, as a share of the baseline's.")

    def detect(self, observation: Observation) -> tuple[Signal, ...]:
        """Give one signal per matured window of the champion that has enough labels."""
        return tuple(self._judge(performance, own) for performance, own in self._turns(observation))

    def _judge(self, performance: Performance, own: list[Performance]) -> Signal:
        baseline = self._baseline(own)
        if baseline is None:
            sentence = self._learning(performance, own)
            return self._signal(statistic=0.0, p_value=None, effect=0.0, flagged=False, sentence=sentence)
        rise = performance.loss - baseline.loss
        z = standardised(rise, baseline.variance + self._variance(performance))
        effect = baseline.effect(performance.loss)
        return self._signal(
            statistic=z,
            p_value=upper_tail(z),
            effect=effect,
            flagged=z >= self.z and effect >= self.floor,
            sentence=f"loss {_way(rise)} from {baseline} to {performance.loss:.4g} in {performance.window} "
            f"({100 * effect:+.1f} %, z = {z:.1f}, {performance.labelled:,} labels){coverage_note(performance)}",
        )

    def _signal(
        self, *, statistic: float, p_value: float | None, effect: float, flagged: bool, sentence: str
    ) -> Signal:
        return Signal(
            detector=self.kind,
            subject="loss",
            test="loss_z",
            statistic=statistic,
            p_value=p_value,
            effect=effect,
            threshold=self.floor,
            flagged=flagged,
            sentence=sentence,
            kind="performance",
        )


def standardised(difference: float, variance: float) -> float:
    """A difference in standard errors, kept finite."""
    if variance <= 0:
        return math.copysign(MAX_Z, difference) if difference else 0.0
    return max(-MAX_Z, min(MAX_Z, difference / math.sqrt(variance)))


def upper_tail(z: float) -> float:
    """Chance that a standard normal number exceeds z."""
    return math.erfc(z / math.sqrt(2)) / 2


def _way(rise: float) -> str:
    return "rose" if rise > 0 else "fell" if rise < 0 else "stayed"

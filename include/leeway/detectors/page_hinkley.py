"""The Page-Hinkley test on the stream of losses: their rises above the mean so far, added up."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from leeway.detectors.baseline import coverage_note, design_effect
from leeway.detectors.performance import standardised
from leeway.detectors.sequential import SequentialDetector, daily

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leeway.core import Performance, Signal
    from leeway.detectors.base import Observation
    from leeway.detectors.baseline import Baseline


class PageHinkley(SequentialDetector):
    """Adds up by how much the losses of a champion exceed their own mean so far: does the sum climb?

    The test of Page 1954 (Biometrika 41:100) with the running mean of Hinkley 1971 (Biometrika 58:509): over the losses
    x since the champion's first one,

        m = sum (x - mean so far - delta),

    and there was a rise if m exceeds its own lowest value by ``threshold``. Losses come summed up by day, so a day adds
    its mean as many times as its rows are worth, the design effect taken off. They are counted in standard deviations
    of a single row's loss in the baseline, so that ``delta`` and ``threshold`` mean the same for every loss; for a
    Brier loss that varies by 0.2 the defaults are the customary 0.005 and 50.

    A window is flagged if there was a rise by its end, and its own loss exceeds the baseline by ``floor``: what is good
    again is no reason to act, though the sum falls slowly.
    """

    kind: str = "page_hinkley"
    delta: float = Field(
        default=0.025, ge=0, description="Rise to put up with, in standard deviations of a single row's loss."
    )
    threshold: float = Field(
        default=250.0, gt=0, description="Sum of the rises that counts, in the same unit; larger is calmer."
    )

    TEST: ClassVar[str] = "page_hinkley"

    def detect(self, observation: Observation) -> tuple[Signal, ...]:
        """Give one signal per matured window of the champion that has enough labels."""
        return tuple(self._judge(performance, own) for performance, own in self._turns(observation))

    def _judge(self, performance: Performance, own: list[Performance]) -> Signal:
        baseline = self._baseline(own)
        if baseline is None:
            return self._signal(self._learning(performance, own))
        climbed = self._climbed([*own, performance], self._variance_of_a_row(own))
        effect = baseline.effect(performance.loss)
        return self._signal(
            self._sentence(performance, baseline, climbed) + coverage_note(performance),
            statistic=climbed,
            effect=effect,
            flagged=climbed > self.threshold and effect >= self.floor,
        )

    def _sentence(self, performance: Performance, baseline: Baseline, climbed: float) -> str:
        way = "is more" if climbed > self.threshold else "is not more"
        return (
            f"loss {performance.loss:.4g} in {performance.window} ({100 * baseline.effect(performance.loss):+.1f} % "
            f"against {baseline}); the rises above the running mean add up to {climbed:.4g} standard deviations, "
            f"which {way} than {self.threshold:g} (Page-Hinkley)"
        )

    def _climbed(self, windows: Sequence[Performance], variance: float) -> float:
        """By how much the sum exceeds its lowest value after these windows; ``variance`` is that of a row's loss."""
        total = rows = climbed = 0.0
        for performance in windows:
            deff = design_effect(performance.labelled, self.correlation)
            for block in daily(performance):
                worth = block.rows / deff
                rows += worth
                total += worth * block.loss
                rise = standardised(block.loss - total / rows, variance)
                climbed = max(0.0, climbed + worth * (rise - self.delta))
        return climbed

    def _variance_of_a_row(self, own: Sequence[Performance]) -> float:
        """Variance of the loss of a single row, in the windows of the baseline."""
        first = own[: self.baseline_windows]
        rows = sum(found.labelled for found in first)
        return math.fsum(found.loss_variance * found.labelled for found in first) / rows

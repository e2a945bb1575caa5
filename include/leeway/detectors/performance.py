"""Concept drift: is the champion worse on labels than it was when it was new?"""

from __future__ import annotations

import math

from pydantic import Field

from leeway.core import Performance, Signal
from leeway.detectors.base import Detector, Observation

MAX_Z = 1e6
"""Losses without any spread differ infinitely; JSON has no such number."""


class LabelledLoss(Detector):
    """Holds the loss of each matured window against the champion's own first out-of-sample windows.

    A window is flagged if its mean loss per labelled row exceeds the baseline's by ``z`` standard errors *and* by the
    share ``floor`` of it. The first says that it is not chance, the second that it matters: with many rows everything
    is significant.

    Rows of one window share weather, prices or moods, so their mean varies more than that of as many independent rows:
    by the design effect 1 + (rows - 1) ``correlation`` (Kish 1965, Survey Sampling, chapter 5). It hardly matters for
    a window of 300 rows and is about 4 for one of 6,500, where otherwise every change would be certain. The
    correlation is a fixed figure: two windows of a baseline are too few to estimate it, and an estimate from the
    windows judged so far would hide the very change that is looked for.
    """

    kind: str = "labelled_loss"
    z: float = Field(default=3.0, gt=0, description="Standard errors by which the loss has to exceed the baseline.")
    floor: float = Field(default=0.02, ge=0, description="Rise of the loss that counts, as a share of the baseline's.")
    baseline_windows: int = Field(default=2, ge=1, description="First windows of a champion that are its baseline.")
    correlation: float = Field(default=0.0005, ge=0, lt=1, description="Of the losses of two rows of one window.")
    min_rows: int = Field(default=50, ge=2, description="Windows with fewer labelled rows are not judged.")

    def detect(self, observation: Observation) -> tuple[Signal, ...]:
        """Give one signal per matured window of the champion that has enough labels."""
        signals = []
        earlier = [found for found in observation.earlier if found.labelled >= self.min_rows]
        for performance in observation.matured:
            if performance.labelled < self.min_rows:
                continue
            own = [found for found in earlier if found.version == performance.version]
            signals.append(self._judge(performance, own))
            earlier.append(performance)
        return tuple(signals)

    def _judge(self, performance: Performance, own: list[Performance]) -> Signal:
        baseline = own[: self.baseline_windows]
        if len(baseline) < self.baseline_windows:
            sentence = (
                f"loss {performance.loss:.4g} in {performance.window}: part of the baseline of version "
                f"{performance.version}, which needs {self.baseline_windows} windows and has {len(baseline) + 1}"
            )
            return self._signal(statistic=0.0, p_value=None, effect=0.0, flagged=False, sentence=sentence)
        rows = sum(found.labelled for found in baseline)
        before = math.fsum(found.loss * found.labelled for found in baseline) / rows
        noise = math.fsum(self._variance(found) * (found.labelled / rows) ** 2 for found in baseline)
        error = math.sqrt(noise + self._variance(performance))
        rise = performance.loss - before
        z = max(-MAX_Z, min(MAX_Z, rise / error if error > 0 else math.copysign(MAX_Z, rise) if rise else 0.0))
        effect = rise / before if before > 0 else float(rise > 0)
        return self._signal(
            statistic=z,
            p_value=math.erfc(z / math.sqrt(2)) / 2,
            effect=effect,
            flagged=z >= self.z and effect >= self.floor,
            sentence=f"loss {_way(rise)} from {before:.4g} in the first {len(baseline)} windows of version "
            f"{performance.version} to {performance.loss:.4g} in {performance.window} "
            f"({100 * effect:+.1f} %, z = {z:.1f}, {performance.labelled:,} labels)",
        )

    def _variance(self, performance: Performance) -> float:
        """Variance of a window's mean loss."""
        rows = performance.labelled
        return performance.loss_variance / rows * (1 + (rows - 1) * self.correlation)

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


def _way(rise: float) -> str:
    return "rose" if rise > 0 else "fell" if rise < 0 else "stayed"

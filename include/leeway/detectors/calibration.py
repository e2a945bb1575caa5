"""Do the champion's scores still mean what they meant: does what was given a chance of 0.3 come true as often?"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from pydantic import Field

from leeway.core import Performance, Signal
from leeway.detectors.baseline import BaselineDetector, design_effect
from leeway.detectors.performance import standardised, upper_tail

if TYPE_CHECKING:
    import numpy as np

    from leeway.calibration import Curve
    from leeway.detectors.base import Observation

    Array = np.ndarray[Any, Any]


class CalibrationDrift(BaselineDetector):
    """Holds the outcomes of each matured window of a binary model against the champion's own calibration curve.

    The curve (isotonic regression) comes from the champion's first windows, so a champion that never was calibrated
    is not flagged for it, and scores that merely moved along the curve are not either. Two sums of outcome minus
    chance are tested: the plain one, and the one weighted by 1 - 2 chance of Spiegelhalter (1986, Statistics in
    Medicine 5:421), which sees scores that grew too sure or too timid. The larger z counts, its p-value doubled. The
    variance has a part for the window and one for the curve, which rests on as few rows.

    The effect is the expected calibration error (Naeini, Cooper and Hauskrecht 2015, AAAI, p. 2901) over the curve's
    blocks, less what chance makes of it.
    """

    kind: str = "calibration_drift"
    alpha: float = Field(default=0.002, gt=0, lt=1, description="Chance of a false alarm per window.")
    floor: float = Field(default=0.02, ge=0, lt=1, description="Mean change of the chances that counts.")

    def detect(self, observation: Observation) -> tuple[Signal, ...]:
        """Give one signal per matured window with outcomes, once there is a baseline."""
        from leeway.calibration import curve

        found = []
        for performance, own in self._turns(observation):
            bins = [b for earlier in own[: self.baseline_windows] for b in earlier.reliability]
            if self._baseline(own) is not None and bins and performance.reliability:
                found.append(self._judge(performance, curve(bins)))
        return tuple(found)

    def _judge(self, performance: Performance, then: Curve) -> Signal:
        import numpy as np

        bins = np.array([(b.rows, b.score, b.share) for b in performance.reliability], dtype=np.float64)
        rows, score, share = bins.T
        expected, block = then.chance(score), then.block(score)
        # What a row of each block adds to the variance: its own chance, and its part in the curve's error.
        noise = then.chances * (1 - then.chances)
        deff = design_effect(performance.labelled, self.correlation)

        def z(weight: Array) -> float:
            size = np.bincount(block, weights=rows * weight, minlength=len(noise))
            own = np.bincount(block, weights=rows * weight**2, minlength=len(noise))
            variance = float(np.sum(noise * (own + size**2 / then.rows))) * deff
            return standardised(float(np.sum(rows * weight * (share - expected))), variance)

        large, sharp = z(np.ones_like(score)), z(1 - 2 * expected)
        worst = max(large, sharp, key=abs)
        p_value = min(1.0, 4 * upper_tail(abs(worst)))
        gaps = np.bincount(block, weights=rows * (share - expected), minlength=len(noise))
        size = np.bincount(block, weights=rows, minlength=len(noise))
        chance = np.sqrt(noise * (size + size**2 / then.rows) * deff * 2 / math.pi)
        effect = max(0.0, float(np.abs(gaps).sum() - chance.sum()) / performance.labelled)
        return Signal(
            detector=self.kind,
            subject="calibration",
            test="calibration_z" if worst == large else "spiegelhalter_z",
            statistic=worst,
            p_value=p_value,
            effect=effect,
            threshold=self.floor,
            flagged=p_value <= self.alpha and effect >= self.floor,
            sentence=f"calibration of version {performance.version} in {performance.window}: outcomes were "
            f"{100 * gaps.sum() / performance.labelled:+.1f} points off what its scores meant in its first "
            f"{self.baseline_windows} windows, {100 * effect:.1f} points beyond chance in the mean over scores "
            f"(z = {worst:.1f})",
            kind="calibration",
        )

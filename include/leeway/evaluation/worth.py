"""What a measured gain is worth: less than it looks, held against what a retrain costs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leeway.core.metric import COST_WINDOWS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leeway.core import MetricGain

PRIOR_SPREAD = 1.0
"""Points by which gains of retrains differ, before any is known: counts like one retrain that gained nothing."""
LEAST_SPREAD = 0.25
"""Points; so much is always left open, or a few equal gains would silence what is measured now."""


@dataclass(frozen=True)
class Prior:
    """What retrains of this model have gained so far, in points: a normal distribution.

    Args:
        mean: of the gains.
        spread: standard deviation of the true gains around it.
    """

    mean: float
    spread: float

    @classmethod
    def of(cls, past: Sequence[MetricGain]) -> Prior:
        """From the gains of earlier retrains, and one more that gained nothing (nobody should hope without evidence).

        The spread is what is left of the gains' own variance once their errors are taken off (the method of moments of
        DerSimonian and Laird 1986, Controlled Clinical Trials 7(3), with equal weights).
        """
        count = len(past) + 1
        mean = math.fsum(gain.points for gain in past) / count
        variance = math.fsum((gain.points - mean) ** 2 - gain.error**2 for gain in past)
        return cls(mean, math.sqrt(max(LEAST_SPREAD**2, (PRIOR_SPREAD**2 + variance) / count)))

    def expected(self, gain: MetricGain) -> float:
        """The gain to expect after one measurement: between it and the mean, by how certain each of the two is.

        The posterior mean of a normal prior (Efron and Morris 1975, JASA 70(350)).

        >>> from leeway.core import MetricGain
        >>> facts = {"metric": "auc", "rows": 9, "blocks": 9, "low": 0, "high": 2, "confidence": 0.95, "p_value": 0.1}
        >>> Prior(0.0, 1.0).expected(MetricGain(points=1.0, error=1.0, **facts))
        0.5
        """
        trust = self.spread**2 / (self.spread**2 + gain.error**2)
        return self.mean + trust * (gain.points - self.mean)


def needed(retrain_cost: float, life: float) -> float:
    """Points that a retrain has to bring in each of the ``life`` windows that it lasts, so that it pays.

    >>> needed(0.1, 8)
    0.5
    """
    return retrain_cost * COST_WINDOWS / life

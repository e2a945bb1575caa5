"""Is the champion thought to do worse on a window without labels yet, and are its estimates to be trusted?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import Field

from leeway.core import Estimate, Signal
from leeway.detectors.baseline import BaselineDetector
from leeway.detectors.performance import standardised, upper_tail

if TYPE_CHECKING:
    from collections.abc import Iterable

    from leeway.core import Performance
    from leeway.detectors.base import Observation


@dataclass(frozen=True)
class Trust:
    """What the record of a model's estimates says: which of the newest held, and whether that is too few."""

    held: tuple[bool, ...] = ()
    muted: bool = False

    @property
    def misses(self) -> int:
        """How many did not hold."""
        return self.held.count(False)


class EstimatedPerformance(BaselineDetector):
    """Holds the estimated loss of a window without labels against the champion's first windows.

    The estimate comes from the champion's own labelled windows: for a binary model from its calibration curve there,
    for regression from a model of its errors. It is flagged if the whole interval lies above the baseline by ``floor``.

    An estimate sees that rows became harder, not that the relation between rows and outcomes changed. So each one is
    held against the labels when they come, whichever version was champion. Once more of the newest ``memory`` intervals
    missed than their ``level`` allows (the chance of so many misses is at most ``mute_at``, by the binomial
    distribution), the detector is muted: it goes on estimating, says that it is muted and why, and flags nothing. After
    ``recover`` hits in a row it speaks again, with a clean record.
    """

    kind: str = "estimated_performance"
    floor: float = Field(default=0.02, ge=0, description="Rise of the loss that counts, as a share of the baseline's.")
    level: float = Field(default=0.95, gt=0.5, lt=1, description="Share of the intervals that should hold.")
    learn_windows: int = Field(default=8, ge=2, description="Newest labelled windows that estimates are learnt from.")
    min_windows: int = Field(default=2, ge=1, description="With fewer labelled windows nothing is estimated.")
    min_labels: int = Field(default=500, ge=2, description="With fewer labels in them nothing is estimated.")
    memory: int = Field(default=10, ge=2, description="Newest estimates that are held against their labels.")
    mute_at: float = Field(default=0.02, gt=0, lt=1, description="Chance of so many misses that mutes it.")
    recover: int = Field(default=3, ge=1, description="Hits in a row that end it.")

    def detect(self, observation: Observation) -> tuple[Signal, ...]:
        """Give one signal if the window was estimated."""
        estimate = observation.estimate
        if estimate is None:
            return ()
        known = (*observation.earlier, *observation.matured)
        own = [one for one in known if one.version == estimate.version and one.labelled >= self.min_rows]
        baseline = self._baseline(own)
        if baseline is None:
            return (self._signal(estimate, f"{_words(estimate)}; there is no baseline yet"),)
        half = (estimate.loss.high - estimate.loss.low) / 2
        effect = baseline.effect(estimate.loss.value)
        z = standardised(estimate.loss.value - baseline.loss, baseline.variance + (half / _normal(self.level)) ** 2)
        sentence = f"{_words(estimate)}, against {baseline} ({100 * effect:+.1f} %)"
        flagged = not estimate.muted and estimate.loss.low > baseline.loss * (1 + self.floor)
        return (self._signal(estimate, sentence, z=z, effect=effect, flagged=flagged),)

    def trust(self, hits: Iterable[bool]) -> Trust:
        """Whether a model's estimates may speak, from which of them held so far, oldest first."""
        now = Trust()
        for hit in hits:
            now = self._after(now, hit)
        return now

    def _after(self, before: Trust, hit: bool) -> Trust:
        held = (*before.held, hit)[-self.memory :]
        if before.muted:  # The newest that did not hold is the one that muted it, or a later one.
            well = len(held) >= self.recover and all(held[-self.recover :])
            return Trust() if well else Trust(held, muted=True)
        misses = held.count(False)
        return Trust(held, muted=misses > 0 and at_least(misses, len(held), 1 - self.level) <= self.mute_at)

    def _signal(
        self, estimate: Estimate, sentence: str, *, z: float = 0.0, effect: float = 0.0, flagged: bool = False
    ) -> Signal:
        return Signal(
            detector=self.kind,
            subject="estimated loss",
            test=estimate.method,
            statistic=z,
            p_value=upper_tail(z) if z else None,
            effect=effect,
            threshold=self.floor,
            flagged=flagged,
            sentence=f"{sentence}. Muted: {estimate.reason}" if estimate.muted else sentence,
            kind="estimate",
        )


def pairs(estimates: Iterable[Estimate], realised: Iterable[Performance]) -> list[tuple[Estimate, Performance]]:
    """Each estimate with what was realised once at least half of its window's labels were known, oldest first."""
    known = {(one.window, one.version): one for one in realised if one.labelled and one.coverage >= 0.5}
    found = [(one, known[one.window, one.version]) for one in estimates if (one.window, one.version) in known]
    return sorted(found, key=lambda pair: pair[0].window)


def at_least(count: int, trials: int, chance: float) -> float:
    """Chance of ``count`` or more successes in independent trials (binomial distribution)."""
    return math.fsum(math.comb(trials, k) * chance**k * (1 - chance) ** (trials - k) for k in range(count, trials + 1))


def _words(estimate: Estimate) -> str:
    record = f", earlier ones were off by {estimate.off:+.2g} in the mean" if estimate.judged else ""
    loss = estimate.loss
    return (
        f"estimated loss {loss.value:.4g} ({loss.low:.4g} to {loss.high:.4g}) in {estimate.window}, "
        f"whose labels are not known{record}"
    )


def _normal(level: float) -> float:
    from scipy.special import ndtri

    return float(ndtri((1 + level) / 2))

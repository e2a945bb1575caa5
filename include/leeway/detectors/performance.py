"""Concept drift: is the champion worse on labels than it was before?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from leeway.core import Performance, Signal
from leeway.detectors.baseline import BaselineDetector, coverage_note

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leeway.detectors.base import Observation

MAX_Z = 1e6
"""Losses without any spread differ infinitely; JSON has no such number."""


class LabelledLoss(BaselineDetector):
    """A control chart of the champion's loss: is a window, or a run of windows, worse than all that went before?

    Each matured window is held against the mean of all earlier windows of the same champion. Standardised so, the
    windows of a champion that has not changed are independent of one another though no mean was known beforehand, and
    two rules may be used on them: a single window that exceeds by ``z`` (Shewhart), which finds abrupt changes at once,
    and a one-sided cumulative sum with slack ``slack`` and limit ``cusum``, which finds small and gradual ones
    (Hawkins 1987, Self-starting cusum charts for location and scale, The Statistician 36:299). With the defaults a
    stream in which nothing changes gives about one alarm in 300 windows.

    How much windows differ from one another by themselves is learnt from the differences of successive ones (as von
    Neumann 1941 estimates a variance under a trend), and drawn to what ``correlation`` says: where weeks are unlike one
    another, a bad week is no alarm. A rise must also reach the share ``floor``: with many rows everything is
    significant.
    """

    kind: str = "labelled_loss"
    z: float = Field(
        default=3.0, gt=0, description="Standard errors by which one window has to exceed the earlier ones."
    )
    cusum: float = Field(default=5.0, gt=0, description="Sum of rises, in standard errors, that counts.")
    slack: float = Field(default=0.5, ge=0, description="Rise per window to put up with in that sum.")
    floor: float = Field(
        default=0.02, ge=0, description="Rise of the loss that counts, as a share of the earlier mean."
    )

    def detect(self, observation: Observation) -> tuple[Signal, ...]:
        """Give one signal per matured window of the champion that has enough labels."""
        return tuple(self._judge(performance, own) for performance, own in self._turns(observation))

    def _judge(self, performance: Performance, own: list[Performance]) -> Signal:
        if len(own) < self.baseline_windows:
            sentence = self._learning(performance, own)
            return self._signal(
                Point(z=0.0, total=0.0, mean=performance.loss), effect=0.0, flagged=False, said=sentence
            )
        point = self._chart([*own, performance])
        effect = rise_of(performance.loss, point.mean)
        flagged = (point.z >= self.z or point.total >= self.cusum) and effect >= self.floor
        return self._signal(point, effect=effect, flagged=flagged, said=self._say(performance, own, point, effect))

    def _chart(self, windows: Sequence[Performance]) -> Point:
        """The chart's point at the newest of the windows."""
        point, total = Point(z=0.0, total=0.0, mean=0.0), 0.0
        between = Between(self.correlation)
        losses: list[float] = []
        variances: list[float] = []
        for found in windows:
            variance, before = found.loss_variance / found.labelled, len(losses)
            if before >= self.baseline_windows:
                apart, mean = between.variance(found), math.fsum(losses) / before
                of_mean = math.fsum(variances) / before**2 + apart / before
                z = standardised(found.loss - mean, variance + apart + of_mean)
                point = Point(z=z, total=max(0.0, total + z - self.slack), mean=mean)
                # A sum that has said what it had to say begins anew.
                total = point.total if point.total < self.cusum else 0.0
            between.add(found)
            losses.append(found.loss)
            variances.append(variance)
        return point

    def _say(self, performance: Performance, own: Sequence[Performance], point: Point, effect: float) -> str:
        rise = performance.loss - point.mean
        windows = f"{len(own)} windows of version {performance.version} before"
        text = (
            f"loss {_way(rise)} from {point.mean:.4g} in the {windows} to {performance.loss:.4g} "
            f"in {performance.window} ({100 * effect:+.1f} %, z = {point.z:.1f}, {performance.labelled:,} labels)"
        )
        if self.cusum <= point.total and point.z < self.z:
            text += f"; the rises of the last windows add up to {point.total:.1f} standard errors"
        return text + coverage_note(performance)

    def _signal(self, point: Point, *, effect: float, flagged: bool, said: str) -> Signal:
        return Signal(
            detector=self.kind,
            subject="loss",
            test="loss_chart",
            statistic=point.z,
            p_value=upper_tail(point.z),
            effect=effect,
            threshold=self.floor,
            flagged=flagged,
            sentence=said,
            kind="performance",
        )


@dataclass(frozen=True)
class Point:
    """A window on the chart: its standardised loss, the cumulative sum, and the mean it is held against."""

    z: float
    total: float
    mean: float


class Between:
    """How much the mean losses of windows differ beyond what their rows explain.

    Args:
        correlation: of the losses of two rows of one window, as far as is known beforehand; counts like four pairs.
    """

    PRIOR_PAIRS: ClassVar[int] = 4

    def __init__(self, correlation: float) -> None:
        self._correlation = correlation
        self._last: Performance | None = None
        self._sum, self._pairs = 0.0, 0

    def add(self, found: Performance) -> None:
        """Take in the next window."""
        if self._last is not None:
            within = self._last.loss_variance / self._last.labelled + found.loss_variance / found.labelled
            self._sum += ((found.loss - self._last.loss) ** 2 - within) / 2
            self._pairs += 1
        self._last = found

    def variance(self, found: Performance) -> float:
        """The variance that a window's mean has besides that of its rows."""
        prior = self._correlation * found.loss_variance
        return max(prior, (self._sum + self.PRIOR_PAIRS * prior) / (self._pairs + self.PRIOR_PAIRS))


def rise_of(loss: float, mean: float) -> float:
    """The rise from ``mean`` to ``loss`` as a share of it."""
    rise = loss - mean
    return rise / mean if mean > 0 else float(rise > 0)


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

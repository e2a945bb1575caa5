"""Concept drift in a part of the rows: is the champion worse in some slice than it was there when it was new?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import Field

from leeway.core import Performance, Signal
from leeway.detectors.baseline import BaselineDetector, design_effect
from leeway.detectors.performance import standardised, upper_tail

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leeway.detectors.base import Observation


@dataclass(frozen=True)
class _Level:
    """One level of a slice column, then and now."""

    name: str
    before: float
    now: float
    z: float
    labelled: int

    @property
    def effect(self) -> float:
        return (self.now - self.before) / self.before if self.before > 0 else float(self.now > self.before)


class SliceLoss(BaselineDetector):
    """Holds the loss of each level of each slice column against the same level in the champion's first windows.

    Gives one signal per column and matured window, about the column's worst level. Its p-value is multiplied by the
    number of levels compared (Bonferroni), so a column with many levels is not flagged more often by chance. A level
    that had too few labels in the baseline or now is not compared.
    """

    kind: str = "slice_loss"
    alpha: float = Field(default=0.001, gt=0, lt=1, description="Chance of a false alarm per column and window.")
    floor: float = Field(default=0.05, ge=0, description="Rise of the loss that counts, as a share of the baseline's.")

    def detect(self, observation: Observation) -> tuple[Signal, ...]:
        """Give one signal per slice column of each matured window that can be compared."""
        found = []
        for performance, own in self._turns(observation):
            if self._baseline(own) is not None:
                first = own[: self.baseline_windows]
                columns = sorted({name.partition("=")[0] for name in performance.slices})
                found += [self._column(column, performance, first) for column in columns]
        return tuple(signal for signal in found if signal is not None)

    def _column(self, column: str, performance: Performance, first: list[Performance]) -> Signal | None:
        names = sorted(name for name in performance.slices if name.partition("=")[0] == column)
        levels = [level for name in names if (level := self._level(name, performance, first)) is not None]
        if not levels:
            return None
        worst = max(levels, key=lambda level: level.z)
        p_value = min(1.0, len(levels) * upper_tail(worst.z))
        return Signal(
            detector=self.kind,
            subject=column,
            test="slice_loss_z",
            statistic=worst.z,
            p_value=p_value,
            effect=worst.effect,
            threshold=self.floor,
            flagged=p_value <= self.alpha and worst.effect >= self.floor,
            sentence=f"loss where {worst.name} went from {worst.before:.4g} in the first {len(first)} windows of "
            f"version {performance.version} to {worst.now:.4g} in {performance.window} ({100 * worst.effect:+.1f} %, "
            f"z = {worst.z:.1f}, {worst.labelled:,} labels), the worst of {len(levels)} levels",
            kind="slice",
        )

    def _level(self, name: str, performance: Performance, first: list[Performance]) -> _Level | None:
        known = [found.slices[name] for found in first if "variance" in found.slices.get(name, {})]
        now = performance.slices[name]
        if not known or "variance" not in now:
            return None
        rows = math.fsum(found["labelled"] for found in known)
        before = math.fsum(found["loss"] * found["labelled"] for found in known) / rows
        variance = math.fsum(self._slice_variance(found) * (found["labelled"] / rows) ** 2 for found in known)
        z = standardised(now["loss"] - before, variance + self._slice_variance(now))
        return _Level(name=name, before=before, now=now["loss"], z=z, labelled=int(now["labelled"]))

    def _slice_variance(self, found: Mapping[str, float]) -> float:
        rows = int(found["labelled"])
        return found["variance"] / rows * design_effect(rows, self.correlation)

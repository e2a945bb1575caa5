"""Drift of fairness: are the groups of a sensitive column treated more unlike than when the champion was new?"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from leeway.core import Performance, Signal, Task
from leeway.core.metric import GAPS
from leeway.detectors.baseline import BaselineDetector, design_effect
from leeway.detectors.performance import standardised, upper_tail

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leeway.detectors.base import Observation

_ROWS = {"true_positive_rate": "positives", "false_positive_rate": "negatives", "selection_rate": "labelled"}
"""Of which labelled rows each rate is a share."""


@dataclass(frozen=True)
class _Figure:
    """A rate or mean loss of a level, and the variance of it."""

    value: float
    variance: float


@dataclass(frozen=True)
class _Pair:
    """Two levels and how far apart they are in one figure, then and now."""

    figure: str
    levels: tuple[str, str]
    before: float
    now: float
    z: float

    @property
    def growth(self) -> float:
        return self.now - self.before


class GapDrift(BaselineDetector):
    """Holds gaps between the levels of each sensitive column against the same gaps in the champion's first windows.

    The signal of a column is about the pair whose gap grew most, in standard errors. Its p-value is two-sided, since a
    gap near zero can only grow, and multiplied by the number of pairs and figures compared (Bonferroni). Variances of
    rates count one success and one failure more (Agresti and Caffo 2000, The American Statistician 54(4)), so that a
    group in which nothing happened yet is not taken as certain. A level with too few labels is not compared.
    """

    kind: str = "gap_drift"
    gap: Literal["equalized_odds", "equal_opportunity", "demographic_parity", "loss"] | None = Field(
        default=None, description="Which gap; default: equalized_odds of a binary model, else that of the mean loss."
    )
    alpha: float = Field(default=0.001, gt=0, lt=1, description="Chance of a false alarm per column and window.")
    floor: float = Field(
        default=0.05, ge=0, description="Growth that counts: of a rate as such, of the loss as a share of its mean."
    )

    def detect(self, observation: Observation) -> tuple[Signal, ...]:
        """Give one signal per sensitive column of each matured window that can be compared."""
        found = []
        for performance, own in self._turns(observation):
            if self._baseline(own) is not None:
                first = own[: self.baseline_windows]
                found += [self._column(column, performance, first) for column in sorted(performance.gaps)]
        return tuple(signal for signal in found if signal is not None)

    def _column(self, column: str, performance: Performance, first: Sequence[Performance]) -> Signal | None:
        pairs = self._pairs(column, performance, first)
        if not pairs:
            return None
        widest = max(pairs, key=lambda pair: pair.z)
        p_value = min(1.0, 2 * len(pairs) * upper_tail(widest.z))
        unit = performance.loss if widest.figure == "loss" and performance.loss > 0 else 1.0
        effect = widest.growth / unit
        return Signal(
            detector=self.kind,
            subject=column,
            test="gap_z",
            statistic=widest.z,
            p_value=p_value,
            effect=effect,
            threshold=self.floor,
            flagged=p_value <= self.alpha and effect >= self.floor,
            sentence=f"the gap in {widest.figure} between {column}={widest.levels[0]} and {widest.levels[1]} went "
            f"from {widest.before:.3g} in the first {len(first)} windows of version {performance.version} to "
            f"{widest.now:.3g} in {performance.window} (z = {widest.z:.1f}), the widest growth of {len(pairs)} pairs",
            kind="slice",
        )

    def _pairs(self, column: str, performance: Performance, first: Sequence[Performance]) -> list[_Pair]:
        """All pairs of levels that both have figures now and in the baseline."""
        levels = sorted(name for name in performance.slices if name.partition("=")[0] == column)
        found = []
        for figure in self._figures(performance):
            now, before = self._by_level(figure, levels, [performance]), self._by_level(figure, levels, first)
            both = [name for name in levels if name in now and name in before]
            found += [_pair(figure, pair, before, now) for pair in itertools.combinations(both, 2)]
        return found

    def _by_level(self, figure: str, levels: Sequence[str], windows: Sequence[Performance]) -> dict[str, _Figure]:
        """The figure of each level for which it is known in any of the windows."""
        known = {
            name: [found.slices[name] for found in windows if _rows(figure, found.slices.get(name, {})) > 0]
            for name in levels
        }
        return {name: self._figure(figure, found) for name, found in known.items() if found}

    def _figures(self, performance: Performance) -> tuple[str, ...]:
        if self.gap == "loss" or not any("selection_rate" in level for level in performance.slices.values()):
            return ("loss",)
        return GAPS[Task.BINARY][self.gap or "equalized_odds"]

    def _figure(self, name: str, known: Sequence[Mapping[str, float]]) -> _Figure:
        """A level's figure over some windows, weighted by the rows that it is a mean of."""
        rows = [_rows(name, found) for found in known]
        weights = [part / math.fsum(rows) for part in rows]
        return _Figure(
            math.fsum(weight * found[name] for weight, found in zip(weights, known, strict=True)),
            math.fsum(weight**2 * self._variance_of(name, found) for weight, found in zip(weights, known, strict=True)),
        )

    def _variance_of(self, name: str, found: Mapping[str, float]) -> float:
        rows = _rows(name, found)
        if name == "loss":
            single = found["variance"]
        else:
            smoothed = (found[name] * rows + 1) / (rows + 2)
            single = smoothed * (1 - smoothed)
        return single / rows * design_effect(int(rows), self.correlation)


def _rows(figure: str, found: Mapping[str, float]) -> float:
    """Of how many labelled rows a level's figure is the mean; 0 where it is not known."""
    if figure not in found:
        return 0.0
    of = _ROWS.get(figure, "labelled")
    return found["labelled"] - found["positives"] if of == "negatives" else found[of]


def _pair(figure: str, levels: tuple[str, str], before: Mapping[str, _Figure], now: Mapping[str, _Figure]) -> _Pair:
    sides = [(known[levels[0]], known[levels[1]]) for known in (before, now)]
    then, today = (abs(one.value - other.value) for one, other in sides)
    z = standardised(today - then, math.fsum(found.variance for side in sides for found in side))
    return _Pair(figure, (levels[0].partition("=")[2], levels[1].partition("=")[2]), then, today, z)

"""What a champion was worth when it was new: its first out-of-sample windows, which every later one is held against."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import Field

from leeway.detectors.base import Detector

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leeway.core import Performance
    from leeway.detectors.base import Observation


@dataclass(frozen=True)
class Baseline:
    """Mean loss of a version's first windows, and the variance of that mean."""

    windows: int
    version: int
    loss: float
    variance: float

    def __str__(self) -> str:
        return f"{self.loss:.4g} in the first {self.windows} windows of version {self.version}"

    def effect(self, loss: float) -> float:
        """The rise to ``loss`` as a share of the baseline."""
        rise = loss - self.loss
        return rise / self.loss if self.loss > 0 else float(rise > 0)


def design_effect(rows: int, correlation: float) -> float:
    """How much more the mean of rows that resemble one another varies: 1 + (rows - 1) correlation.

    Kish 1965, Survey Sampling, chapter 5.
    """
    return 1 + max(0, rows - 1) * correlation


class BaselineDetector(Detector):
    """Holds matured windows against the champion's own first out-of-sample windows.

    Rows of one window share weather, prices or moods, so their mean varies more than that of as many independent rows:
    by the design effect 1 + (rows - 1) ``correlation`` (Kish 1965, Survey Sampling, chapter 5). It hardly matters for
    a window of 300 rows and is about 4 for one of 6,500, where otherwise every change would be certain. The
    correlation is a fixed figure: two windows of a baseline are too few to estimate it, and an estimate from the
    windows judged so far would hide the very change that is looked for.
    """

    baseline_windows: int = Field(default=2, ge=1, description="First windows of a champion that are its baseline.")
    correlation: float = Field(default=0.0005, ge=0, lt=1, description="Of the losses of two rows of one window.")
    min_rows: int = Field(default=50, ge=2, description="Windows with fewer labelled rows are not judged.")

    def _turns(self, observation: Observation) -> Iterator[tuple[Performance, list[Performance]]]:
        """Each matured window with enough labels, with the windows of its version that matured before it."""
        seen = [found for found in observation.earlier if found.labelled >= self.min_rows]
        for performance in observation.matured:
            if performance.labelled >= self.min_rows:
                yield performance, [found for found in seen if found.version == performance.version]
                seen.append(performance)

    def _baseline(self, own: Sequence[Performance]) -> Baseline | None:
        """The baseline, if so many windows are known."""
        first = own[: self.baseline_windows]
        if len(first) < self.baseline_windows:
            return None
        rows = sum(found.labelled for found in first)
        return Baseline(
            windows=len(first),
            version=first[0].version,
            loss=math.fsum(found.loss * found.labelled for found in first) / rows,
            variance=math.fsum(self._variance(found) * (found.labelled / rows) ** 2 for found in first),
        )

    def _variance(self, performance: Performance) -> float:
        """Variance of a window's mean loss."""
        rows = performance.labelled
        return performance.loss_variance / rows * design_effect(rows, self.correlation)

    def _learning(self, performance: Performance, own: Sequence[Performance]) -> str:
        """What is said of a window that is itself part of the baseline."""
        return (
            f"loss {performance.loss:.4g} in {performance.window}: part of the baseline of version "
            f"{performance.version}, which needs {self.baseline_windows} windows and has {len(own) + 1}"
        )


def coverage_note(performance: Performance) -> str:
    """What has to be added to a sentence about a window of which some labels are missing, or nothing."""
    if performance.coverage >= 1:
        return ""
    known = f"; labels are known for {100 * performance.coverage:.1f} % of {performance.rows:,} rows"
    if performance.loss_low is None:
        return known
    if performance.loss_high is None:
        return f"{known}, and nothing bounds the loss of the rest"
    return f"{known}, and whatever the others are the loss is {performance.loss_low:.4g} to {performance.loss_high:.4g}"

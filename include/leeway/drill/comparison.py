"""What the next comparison on held-back windows could show, told before anything is trained.

How far a mean difference of losses may be off depends on how much the two models' losses differ from day to day.
Earlier comparisons of this model say it best. Before there are any, the champion's own losses do: if the losses of the
two models correlate by 0.5 and spread alike, their difference spreads as much as each of them. Two models of the same
data agree more than that, so the figure errs on the safe side.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import fmean, median
from typing import TYPE_CHECKING, Literal

from leeway.dataset import is_mature
from leeway.errors import ProfileError
from leeway.evaluation.compare import MIN_BLOCKS, WIDENED, standard_error
from leeway.evaluation.multiplicity import spent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leeway.core import Comparison, Performance
    from leeway.evaluation.versus import VersusChampion
    from leeway.spec import ModelSpec
    from leeway.workspace import Workspace

RECENT = 8
"""Newest labelled windows that the champion's losses are taken from."""
PLAUSIBLE = 0.1
"""Share of the loss that a challenger may gain at most, as long as none has been compared."""


@dataclass(frozen=True, kw_only=True)
class Spread:
    """How much the difference between two models' losses varies.

    Args:
        champion: the version that serves.
        loss: mean loss on the newest labelled windows.
        windows: how many of these there are.
        rows: labelled rows per window.
        days: days per window.
        by_day: standard deviation of the difference of a day's mean, in loss.
        by_row: standard deviation of the difference of a row.
        source: where this is known from.
        largest: gain of an earlier challenger, as a share of the loss.
    """

    champion: int
    loss: float
    windows: int
    rows: float
    days: float
    by_day: float
    by_row: float
    source: Literal["comparisons", "champion"]
    largest: float

    def error(self, windows: int) -> tuple[float, int]:
        """Standard error on so many held-back windows and its degrees of freedom, as `compare` would find them."""
        days, rows = max(1, round(windows * self.days)), max(2, round(windows * self.rows))
        clustered = self.by_day / math.sqrt(days)
        if days >= MIN_BLOCKS:
            return clustered, days - 1
        return max(clustered, WIDENED * self.by_row / math.sqrt(rows)), rows - 1


@dataclass(frozen=True, kw_only=True)
class Size:
    """The smallest difference of the mean loss that a gate notices in 8 of 10 cases, on so many held-back windows."""

    windows: int
    detectable: float
    share: float


def spread_of(ws: Workspace, spec: ModelSpec) -> Spread:
    """Read the champion's newest labelled windows and all earlier comparisons.

    Raises:
        ProfileError: PRO504 if there is no champion, or too few labelled days.
    """
    champion = ws.catalog.champion(spec.name)
    matured = [found for measured in ws.catalog.measurements(spec.name) for found in measured.matured if found.days]
    recent = matured[-RECENT:]
    days = sum(len(found.days) for found in recent)
    if champion is None or days < 2:
        have = "there is no champion" if champion is None else f"there are labels of {days} scored days, 2 are needed"
        raise ProfileError(
            f"the power cannot be told: {have}", code="PRO504", model=spec.name, do="Wait for labels, then ask again."
        )
    loss, by_day = _days(recent)
    by_row = math.sqrt(fmean(found.loss_variance for found in recent))
    compared = [e.comparison for e in ws.catalog.evaluations(spec.name) if e.comparison is not None]
    paired = _between_models(compared)
    ratio = paired * loss / by_day if paired is not None and by_day > 0 else 1.0
    return Spread(
        champion=champion,
        loss=loss,
        windows=len(recent),
        rows=fmean(found.labelled for found in recent),
        days=days / len(recent),
        by_day=by_day * ratio,
        by_row=by_row * ratio,
        source="champion" if paired is None else "comparisons",
        largest=max((found.gain / found.champion_loss for found in compared if found.champion_loss), default=PLAUSIBLE),
    )


def unseen_windows(ws: Workspace, spec: ModelSpec, champion: int) -> int:
    """How many windows that would be held back by now the champion has not learnt from."""
    head = ws.catalog.head(spec.name)
    learnt = ws.catalog.version(spec.name, champion).trained_on[1]
    scored = [measured.window for measured in ws.catalog.measurements(spec.name) if measured.window > learnt]
    known = sum(is_mature(spec, window, head.end) for window in scored) if head is not None else 0
    return min(known, spec.training.holdback_windows)


def sizes(spec: ModelSpec, gate: VersusChampion, spread: Spread) -> tuple[Size, ...]:
    """What a gate could notice at the first look, by the number of held-back windows."""
    alpha = spent(gate.alpha, earlier=0, looks=spec.training.holdout_looks)
    found = []
    for windows in range(1, spec.training.holdback_windows + 1):
        error, freedom = spread.error(windows)
        size = gate.detectable(error, freedom, loss=spread.loss, alpha=alpha)
        found.append(Size(windows=windows, detectable=size, share=size / spread.loss if spread.loss else 0.0))
    return tuple(found)


def warning(gate: VersusChampion, spread: Spread, found: Sequence[Size]) -> str | None:
    """What to tell of a gate that asks for a win which these rows cannot show."""
    most = max(0.0, spread.largest)
    if not gate.better or found[-1].share <= most:
        return None
    so_far = "challengers gained at most" if spread.source == "comparisons" else "a challenger hardly gains more than"
    return (
        f"versus_champion with better: true will hardly ever pass: on {found[-1].windows} held-back windows a win has "
        f"to be {found[-1].share:.1%} of the loss to be seen in 8 of 10 cases, and {so_far} {most:.1%}. Hold back more "
        "windows, or do not ask for a win."
    )


def _days(recent: Sequence[Performance]) -> tuple[float, float]:
    """Mean loss of all rows, and the standard deviation of a day's part in it (as cluster-robust errors have it)."""
    blocks = [day for found in recent for day in found.days]
    rows = sum(day.rows for day in blocks)
    mean = math.fsum(day.loss * day.rows for day in blocks) / rows
    squares = math.fsum((day.rows * (day.loss - mean)) ** 2 for day in blocks)
    return mean, math.sqrt(squares * len(blocks) / (len(blocks) - 1)) / rows * math.sqrt(len(blocks))


def _between_models(compared: Sequence[Comparison]) -> float | None:
    """The same of the difference between two models, as a share of the loss: the median of earlier comparisons."""
    spreads = [
        standard_error(found) * math.sqrt(found.blocks) / found.champion_loss
        for found in compared
        if found.blocks >= MIN_BLOCKS and found.champion_loss > 0
    ]
    return median(spreads) if spreads else None

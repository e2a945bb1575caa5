"""What a retrain is expected to bring, from what probes of earlier windows would have brought.

A champion only gets older, so what a newer model would have gained since the last retrain, added up, is a careful guess
of what it will gain until the next one. A retrain pays when that sum reaches its cost. For a loss that grows steadily
with the age of the model this rule is the best there is: it finds the period at which the cost of a retrain equals the
cost of staleness (Mahadevan and Mathioudakis 2024, Cost-aware retraining for machine learning, Knowledge-Based Systems
293:111610; the square-root rule of inventory theory).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from leeway.core import Action, Task
from leeway.core.metric import COST_WINDOWS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from leeway.core import Probe, Signal
    from leeway.policies.base import History

PRIOR_SLOPE: Final = {Task.BINARY: 20.0, Task.REGRESSION: 100.0}
"""Points of the metric for a loss that falls to nothing, before the model's own probes say more.

Accuracy moves by about 0.2 points for one per cent of the Brier loss; an absolute error by exactly one.
"""
PRIOR_WEIGHT: Final = 5 * 0.1**2
"""The prior counts like five windows in which the loss changed by a tenth."""
ALL, SAME = "all", "same"


@dataclass(frozen=True)
class Gains:
    """Gains of the newer model over the champion since the last retrain, added up.

    Args:
        points: their sum, in points of the primary metric times windows.
        windows: how many windows it covers.
    """

    points: float
    windows: int


@dataclass(frozen=True)
class Lead:
    """By how much the champion before would have done better than the present one since that serves.

    Args:
        version: the champion before.
        points: in points of the primary metric times windows.
        z: the lead in loss, in standard errors.
        windows: how many windows it covers.
    """

    version: int
    points: float
    z: float
    windows: int


def price(history: History) -> float:
    """What a retrain costs, in points times windows."""
    return history.retrain_cost * COST_WINDOWS


def accumulated(history: History, *, every: int) -> Gains:
    """Add up what probes of the champion gained since the last retrain was decided.

    Losses vary less from window to window than metrics, so the gain in loss is what is added up; what it is worth in
    points is learnt from all probes so far.

    Args:
        history: with the probes in its measurements.
        every: windows from one probe to the next; each stands for so many.
    """
    slope = points_per_share(history)
    shares = [_share(found) for found in _since_retrain(history)]
    return Gains(points=every * slope * math.fsum(shares), windows=every * len(shares))


def points_per_share(history: History) -> float:
    """Points of the metric for a fall of the loss by all of it.

    Least squares through the origin over all probes so far, drawn to the prior.
    """
    slope = PRIOR_SLOPE[history.task]
    both, squares = PRIOR_WEIGHT * slope, PRIOR_WEIGHT
    for found in _probes(history, ALL):
        if found.points is not None:
            share = _share(found)
            both += share * found.points
            squares += share**2
    return max(both / squares, slope / 10)


def rise(history: History, worse: Iterable[Signal]) -> float:
    """What a flagged rise of the loss costs in every window that it stays, in points; infinite if that is unknown."""
    champion = history.current.champion
    if not any(found.version == champion for found in history.current.matured):
        return math.inf
    # An effect is the rise as a share of the loss before; shares here are of the loss now, as those of probes are.
    return points_per_share(history) * max(signal.effect / (1 + signal.effect) for signal in worse)


def lead_of_predecessor(history: History) -> Lead | None:
    """Compare with the champion before on all windows that the present one scored; None if nothing is known."""
    champion = history.current.champion
    measured = (*history.past, history.current)
    found = [rival for m in measured for rival in m.rivals if rival.version == champion]
    if not found:
        return None
    last = found[-1].rival
    same = [rival for rival in found if rival.rival == last]
    losses = {perf.window: perf.loss for m in measured for perf in m.matured if perf.version == champion}
    shares = [rival.gain / losses[rival.window] for rival in same if losses.get(rival.window)]
    gain, variance = math.fsum(rival.gain for rival in same), math.fsum(rival.variance for rival in same)
    return Lead(
        version=last,
        points=points_per_share(history) * math.fsum(shares),
        z=gain / math.sqrt(variance) if variance > 0 else 0.0,
        windows=len(same),
    )


def newer_is_better(history: History, *, z: float) -> bool:
    """Whether newer rows alone make a better model, beyond chance: then the world has changed since the champion.

    Only probes that learned from as many windows as the champion count: that more rows make a better model says nothing
    about change.
    """
    found = [probe for probe in _probes(history, SAME) if probe.version == history.current.champion]
    gain, variance = math.fsum(probe.gain for probe in found), math.fsum(probe.variance for probe in found)
    return len(found) > 1 and gain > 0 and gain >= z * math.sqrt(variance)


def _since_retrain(history: History) -> Iterator[Probe]:
    """Probes of the present champion on windows after those known when a retrain was last decided."""
    asked = [made.window for made in history.decisions if made.action is Action.RETRAIN]
    measured = (*history.past, history.current)
    for measurement in measured:
        if not asked or asked[-1] < measurement.window:
            yield from (p for p in measurement.probes if p.history == ALL and p.version == history.current.champion)


def _probes(history: History, kind: str) -> Iterable[Probe]:
    return (p for measured in (*history.past, history.current) for p in measured.probes if p.history == kind)


def _share(probe: Probe) -> float:
    """The gain as a share of the champion's loss."""
    return probe.gain / probe.loss if probe.loss else 0.0

"""What a schedule is worth once its retrains are paid for, against the best fixed rhythm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leeway.backtest.frontier import Schedules, frontier, luck, periodic_at
from leeway.backtest.oracle import oracle
from leeway.backtest.result import OraclePoint, Reference
from leeway.evaluation.metrics import points

if TYPE_CHECKING:
    from leeway.backtest.frontier import Periodic, Point

WORTH_RETRAINING = 0.6
"""Points that retraining every window has to gain for a share of that gain to mean anything."""


@dataclass(frozen=True, kw_only=True)
class Yardstick:
    """What policies on one stream and one seed are held against; differences of the metric are told in points.

    Args:
        metric: the primary metric.
        never: score of the first model for ever.
        periodic: every period, phase-averaged.
        best: by number of retrains, the best schedule in hindsight.
        luck: standard deviation of schedules that differ in their phase only, in points.
    """

    metric: str
    never: float
    periodic: tuple[Periodic, ...]
    best: tuple[Point, ...]
    luck: float

    @classmethod
    def of(cls, schedules: Schedules) -> Yardstick:
        """Of a stream's matrix."""
        metric, never = schedules.stream.metric, schedules.never()
        return cls(
            metric=metric,
            never=never,
            periodic=frontier(schedules),
            best=oracle(schedules),
            luck=abs(points(metric, never, never + luck(schedules))),
        )

    @property
    def every(self) -> float:
        """Score of retraining after every window."""
        return self.periodic[0].score

    def gained(self, score: float) -> float:
        """Points over never."""
        return points(self.metric, self.never, score)

    def utility(self, score: float, retrains: float, cost: float) -> float:
        """Points over never, the retrains paid."""
        return self.gained(score) - cost * retrains

    def regret(self, score: float, retrains: float, cost: float) -> float:
        """What the best of never and all periods would have brought more; negative: this was better than all."""
        rhythms = (self.utility(point.score, point.retrains, cost) for point in self.periodic)
        return max(0.0, *rhythms) - self.utility(score, retrains, cost)

    def d(self, score: float, retrains: float) -> float:
        """Points over a fixed rhythm of as many retrains."""
        return points(self.metric, periodic_at(retrains, self.never, self.periodic), score)

    def share(self, score: float) -> float | None:
        """Share of what retraining every window gains; None if that is too little."""
        whole = self.gained(self.every)
        return self.gained(score) / whole if whole > WORTH_RETRAINING else None


def reference(yardsticks: list[Yardstick]) -> Reference:
    """The mean over seeds."""

    def mean(values: list[float]) -> float:
        return sum(values) / len(values)

    first = yardsticks[0]
    periodic = tuple(
        point.model_copy(update={"score": mean([one.periodic[place].score for one in yardsticks])})
        for place, point in enumerate(first.periodic)
    )
    best = tuple(
        OraclePoint(
            retrains=point.retrains,
            score=mean([one.best[place].score for one in yardsticks]),
            excess=mean([one.d(one.best[place].score, point.retrains) for one in yardsticks]),
        )
        for place, point in enumerate(first.best)
    )
    return Reference(
        never=mean([one.never for one in yardsticks]),
        every=mean([one.every for one in yardsticks]),
        periodic=periodic,
        oracle=best,
    )

"""What retraining on a fixed rhythm brings: every period, averaged over all of its phases, without any gate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leeway.backtest.matrix import Matrix, Trained
from leeway.core import Number, Value

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from leeway.backtest.stream import Stream

    Array = np.ndarray[Any, Any]

PERIODS = (1, 2, 3, 4, 6, 8, 10, 13, 20)


class Point(Value):
    """So many retrains give this mean of the primary metric."""

    retrains: Number
    score: Number


class Periodic(Point):
    """One period, averaged over its phases."""

    period: int


class Schedules:
    """Mean scores of schedules that retrain on all history at given windows.

    Args:
        matrix: of the stream.
        warmup: windows of the first model.
    """

    def __init__(self, matrix: Matrix, warmup: int) -> None:
        import numpy as np

        self.stream: Stream = matrix.stream
        self.warmup = warmup
        self.decisions = range(warmup, len(self.stream.windows) - 1)
        rows = {warmup - 1: matrix.values(Trained(0, warmup - 1))}
        for window in self.decisions:
            if self.possible(window, warmup - 1):
                rows[window] = matrix.values(Trained(0, self.stream.known[window]))
        self.values: dict[int, Array] = rows
        """Window of a decision (the last of the warm-up for the first model) -> its model's metric on each window."""
        self.counted: Array = ~np.isnan(rows[warmup - 1])
        """Where the metric is defined: that depends on the labels alone."""

    def possible(self, window: int, end: int) -> bool:
        """Whether labels from after a model's training that ended with ``end`` are known when a window is decided."""
        return self.stream.known[window] > end

    def end(self, window: int) -> int:
        """The last window that the model of a decision has learnt from."""
        return self.warmup - 1 if window < self.warmup else self.stream.known[window]

    def segment(self, window: int, last: int) -> float:
        """Sum of the metric of the model of a decision, over the windows after it up to ``last``."""
        import numpy as np

        return float(np.nansum(self.values[window][window + 1 : last + 1]))

    @property
    def windows(self) -> int:
        """Served windows with a defined metric."""
        return int(self.counted[self.warmup :].sum())

    def score(self, retrains: Sequence[int]) -> Point:
        """Mean metric of retraining after these windows, where that is possible."""
        made = [self.warmup - 1]
        for window in retrains:
            if self.possible(window, self.end(made[-1])):
                made.append(window)
        ends = [*made[1:], len(self.stream.windows) - 1]
        total = sum(self.segment(window, end) for window, end in zip(made, ends, strict=True))
        return Point(retrains=len(made) - 1, score=total / self.windows)

    def never(self) -> float:
        """The first model for ever."""
        return self.score(()).score

    def phases(self, period: int) -> tuple[Point, ...]:
        """Every so many windows, begun in each possible window."""
        return tuple(
            self.score([window for window in self.decisions if (window - self.warmup) % period == phase])
            for phase in range(min(period, len(self.decisions)))
        )

    def periodic(self, period: int) -> Periodic:
        """Every so many windows, the mean over all phases."""
        found = self.phases(period)
        return Periodic(
            period=period,
            retrains=sum(point.retrains for point in found) / len(found),
            score=sum(point.score for point in found) / len(found),
        )


def frontier(schedules: Schedules) -> tuple[Periodic, ...]:
    """All periods, the shortest first."""
    return tuple(schedules.periodic(period) for period in PERIODS if period <= len(schedules.decisions))


def luck(schedules: Schedules) -> float:
    """How far the schedules of a period lie apart that differ only in when they begin: one standard deviation.

    On shuffled rows no beginning is better than another, so all of it is chance.
    """
    import statistics

    spreads = [
        statistics.variance(point.score for point in schedules.phases(period))
        for period in PERIODS
        if 1 < period <= len(schedules.decisions)
    ]
    return (sum(spreads) / len(spreads)) ** 0.5 if spreads else 0.0


def periodic_at(retrains: float, never: float, periodic: Sequence[Periodic]) -> float:
    """What a fixed rhythm of so many retrains brings, between the periods by a straight line."""
    import numpy as np

    points = sorted({(0.0, never), *((point.retrains, point.score) for point in periodic)})
    return float(np.interp(retrains, [point[0] for point in points], [point[1] for point in points]))

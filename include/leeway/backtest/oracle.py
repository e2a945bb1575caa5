"""The best schedules in hindsight: for every number of retrains, by an exact dynamic programme."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leeway.backtest.frontier import Point

if TYPE_CHECKING:
    from leeway.backtest.frontier import Schedules


def oracle(schedules: Schedules) -> tuple[Point, ...]:
    """The highest (for a metric of which less is better, the lowest) mean metric with exactly R retrains, R = 0, 1 ...

    A model trained at a decision serves until the next retrain, so a schedule is worth the sum of its segments. With
    ``best[t]`` the best sum up to a window that ends with a retrain after it, one more retrain costs one pass over all
    pairs of decisions.
    """
    from leeway.evaluation.metrics import goodness

    metric, last = schedules.stream.metric, len(schedules.stream.windows) - 1
    decisions = sorted(schedules.values)
    sums = {
        (start, end): goodness(metric, schedules.segment(start, end))
        for start in decisions
        for end in (*decisions, last)
        if end > start or end == last
    }
    best = {schedules.warmup - 1: 0.0}
    found: list[Point] = []
    while best:
        total = max(value + sums[start, last] for start, value in best.items())
        found.append(Point(retrains=len(found), score=_turned(metric, total / schedules.windows)))
        best = {
            end: max(reachable)
            for end in decisions
            if (
                reachable := [
                    value + sums[start, end]
                    for start, value in best.items()
                    if start < end and schedules.possible(end, schedules.end(start))
                ]
            )
        }
    return tuple(found)


def _turned(metric: str, good: float) -> float:
    """The metric's value of a goodness."""
    from leeway.evaluation.metrics import higher_is_better

    return good if higher_is_better(metric) else -good

"""From money and volume to ``retrain_cost``: how many points of the metric a retrain has to bring to pay for itself."""

from __future__ import annotations

from dataclasses import dataclass

from leeway.core.metric import COST_WINDOWS
from leeway.errors import LeewayError

COUNTS_ROWS = "accuracy"
"""The metric of which a point is one more correct row in a hundred."""


@dataclass(frozen=True, kw_only=True)
class RetrainCost:
    """What a retrain costs, in the unit of ``ModelSpec.retrain_cost``.

    Args:
        metric: the primary metric.
        money: what one retrain costs: machines, people, risk. In any currency.
        value_per_point: what one point of the metric is worth in one window, in the same currency.
    """

    metric: str
    money: float
    value_per_point: float

    @property
    def points(self) -> float:
        """Points of the metric that a retrain has to bring, kept up for `COST_WINDOWS` windows."""
        return self.money / (self.value_per_point * COST_WINDOWS)

    def __str__(self) -> str:
        worth = self.value_per_point * COST_WINDOWS
        return (
            f"One point of {self.metric} is worth {self.value_per_point:,.4g} a window, {worth:,.4g} in {COST_WINDOWS} "
            f"windows; a retrain for {self.money:,.4g} has to bring {self.points:.3g} points."
        )


def retrain_cost(
    metric: str,
    money: float,
    *,
    rows: float | None = None,
    value_per_row: float | None = None,
    value_per_point: float | None = None,
) -> RetrainCost:
    """Turn the price of a retrain into points of the primary metric.

    A point of accuracy is a hundredth of the rows answered rightly that were not before, so it is worth
    rows x value_per_row / 100 a window. Of no other metric does that follow: what a point of it is worth has to be
    given. It is assumed that every window has about as many rows, that every right answer is worth the same, and that
    a gain lasts for `COST_WINDOWS` windows.

    Args:
        metric: the primary metric.
        money: what one retrain costs.
        rows: rows a window; for accuracy.
        value_per_row: what one more right answer is worth; for accuracy.
        value_per_point: what one point is worth in one window; takes the place of the two.

    Raises:
        LeewayError: LWY030 if it is not said what a point is worth, or said twice; LWY031 if a figure is no amount.

    >>> round(retrain_cost("accuracy", 200, rows=6500, value_per_row=0.2).points, 3)
    0.385
    """
    _check(money=money, rows=rows, value_per_row=value_per_row, value_per_point=value_per_point)
    if value_per_point is not None:
        if value_per_row is not None:
            raise LeewayError(
                "the worth of a point is said twice", code="LWY030",
                do="Give either the value per point, or the value per row.",
            )  # fmt: skip
        return RetrainCost(metric=metric, money=money, value_per_point=value_per_point)
    if metric != COUNTS_ROWS:
        raise LeewayError(
            f"a point of {metric} is not a number of right answers: what it is worth does not follow from rows",
            code="LWY030",
            do=f"Say what one point of it is worth a window, or compare by {COUNTS_ROWS}.",
        )
    if rows is None or value_per_row is None:
        missing = "how many rows a window has" if rows is None else "what one more right answer is worth"
        raise LeewayError(f"it is not said {missing}", code="LWY030", do="Say it, or what a point is worth a window.")
    return RetrainCost(metric=metric, money=money, value_per_point=rows * value_per_row / 100)


def _check(*, money: float, **worths: float | None) -> None:
    """Refuse what is no amount; a retrain may cost nothing, but nothing may be worth nothing."""
    figures = {"money": money, **{name: worth for name, worth in worths.items() if worth is not None}}
    for name, figure in figures.items():
        if not (0 <= figure < float("inf")) or (figure == 0 and name != "money"):
            sentence = f"the {name.replace('_', ' ')} is {figure:g}, which is no amount"
            raise LeewayError(sentence, code="LWY031", do="Give a number above 0.")

"""What a backtest found, as frozen values: their JSON is the answer to a machine, and what the page is drawn from."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from leeway.backtest.frontier import Periodic, Point
from leeway.backtest.played import Change
from leeway.core import Number, Value, Window


class OraclePoint(Point):
    """The best schedule in hindsight with so many retrains."""

    excess: Number = Field(description="What it has over a fixed rhythm of as many retrains, in points.")


class Reference(Value):
    """What every policy on a stream is held against. All scores are means of the primary metric over served windows."""

    never: Number
    every: Number
    periodic: tuple[Periodic, ...]
    oracle: tuple[OraclePoint, ...]


class AtCost(Value):
    """How a policy did that was told this cost of a retrain; means over the seeds."""

    cost: float
    score: Number
    retrains: Number
    trainings: Number
    d: Number = Field(description="Score over that of a fixed rhythm of as many retrains, in points.")
    regret: Number = Field(
        description="Points that never or the best fixed period, chosen in hindsight, would have brought more; "
        "the cost of each retrain is taken off both."
    )


class PolicyResult(Value):
    """How a policy did; means over the seeds, told the first cost."""

    name: str
    policy: dict[str, Any]
    score: Number
    score_spread: Number = Field(description="Standard deviation over the seeds; 0 with one seed.")
    retrains: Number = Field(description="Models that were trained and promoted.")
    trainings: Number = Field(description="Retrains that were tried, also those whose challenger was rejected.")
    roll_backs: Number
    d: Number
    gain: float | None = Field(
        description="Share of the gain of retraining every window; None if that gains too little."
    )
    regret: dict[str, Number] = Field(description="By cost.")
    costs: tuple[AtCost, ...]
    false_retrains: Number = Field(description="Retrains on the shuffled stream, where nothing ever changes.")
    shuffled_d: Number = Field(description="d on the shuffled stream: luck.")
    changes: tuple[Change, ...] = Field(description="Of the first seed.")
    values: tuple[Number, ...] = Field(description="The primary metric of each served window, of the first seed.")


class Recommendation(Value):
    """What to set in the model file, and why."""

    policy: str
    retrain_cost: float
    noise: Number = Field(description="Differences of utility up to this are ties, in points.")
    ties: tuple[str, ...]
    reasons: tuple[str, ...]


class Backtest(Value):
    """All of it."""

    name: str
    metric: str
    higher_is_better: bool
    rows: int
    windows: tuple[Window, ...]
    warmup: int
    label_delay: int = Field(description="Windows after which labels are known; of the last window where it varies.")
    seeds: int
    costs: tuple[float, ...]
    never: Number
    every: Number
    periodic: tuple[Periodic, ...]
    oracle: tuple[OraclePoint, ...]
    shuffled: Reference
    policies: tuple[PolicyResult, ...]
    recommendation: Recommendation
    fitted: int = Field(description="Models that had to be fitted; all others were there from an earlier backtest.")
    seconds: float

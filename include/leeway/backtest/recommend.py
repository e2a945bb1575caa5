"""Which policy and cost setting to choose: the best utility, and among ties the fewest retrains."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leeway.backtest.result import Recommendation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leeway.backtest.regret import Yardstick
    from leeway.backtest.result import Backtest

SURE = 2.0
"""Standard deviations of luck that a difference has to exceed."""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A policy with the cost it was told: its utility at the real cost in points, one figure per seed."""

    policy: str
    setting: float
    utilities: tuple[float, ...]
    retrains: float

    @property
    def utility(self) -> float:
        """Mean over the seeds."""
        return statistics.fmean(self.utilities)


def recommend(
    choices: Sequence[Choice], *, cost: float, real: Sequence[Yardstick], shuffled: Sequence[Yardstick]
) -> Recommendation:
    """Choose.

    Args:
        choices: every policy at every setting.
        cost: what a retrain really costs, in points.
        real: of the stream, by seed.
        shuffled: the same of the shuffled stream; what differs there is chance.
    """
    best = max(choices, key=lambda choice: (choice.utility, -choice.retrains))
    chance = SURE * max(max(one.luck for one in shuffled), max(_seed_error(best, choice) for choice in choices))
    tied = [choice for choice in choices if best.utility - choice.utility <= chance]
    chosen = min(tied, key=lambda choice: (choice.retrains, abs(choice.setting - cost), -choice.utility))
    names = tuple(dict.fromkeys(choice.policy for choice in tied))
    return Recommendation(
        policy=chosen.policy,
        retrain_cost=chosen.setting,
        noise=chance,
        ties=names,
        reasons=tuple(_reasons(best, chosen, names, cost=cost, chance=chance, real=real, shuffled=shuffled)),
    )


def _reasons(
    best: Choice,
    chosen: Choice,
    names: tuple[str, ...],
    *,
    cost: float,
    chance: float,
    real: Sequence[Yardstick],
    shuffled: Sequence[Yardstick],
) -> list[str]:
    paid = f"{best.utility:+.2f} points against never retraining, its {best.retrains:.3g} retrains paid"
    said = [
        f"At a cost of {cost:g} points a retrain, "
        + (f"`{best.policy}` brought most: {paid}." if best.retrains else f"nothing did better than `{best.policy}`.")
    ]
    if chosen.policy != best.policy:
        said.append(
            f"`{chosen.policy}` brought {chosen.utility:+.2f} with {chosen.retrains:.3g} retrains. Differences up to "
            f"{chance:.2f} points are chance here, so these are ties and the fewest retrains count."
        )
    elif len(names) > 1:
        others = ", ".join(f"`{name}`" for name in names if name != chosen.policy)
        said.append(f"It is a tie with {others} (within {chance:.2f} points, which is chance) and has fewest retrains.")
    else:
        said.append(f"No other policy came within {chance:.2f} points of it, which is what chance explains here.")
    if chosen.setting != cost:
        said.append(f"It did so when told that a retrain costs {chosen.setting:g} points.")
    said.append(_headroom(real, shuffled))
    return said


def _headroom(real: Sequence[Yardstick], shuffled: Sequence[Yardstick]) -> str:
    """What good timing could bring at most, and how much of that is luck."""
    most, luck = _excess(real), _excess(shuffled)
    return (
        f"With hindsight the best timing would have brought {most:.2f} points over a fixed rhythm of as many retrains; "
        f"on shuffled rows, where there is nothing to time, {luck:.2f}. So about {max(0.0, most - luck):.2f} points "
        "are there to be won by timing."
    )


def _excess(yardsticks: Sequence[Yardstick]) -> float:
    """The largest excess of the best schedules in hindsight over the fixed rhythm, the mean over seeds."""
    return statistics.fmean(max(one.d(point.score, point.retrains) for point in one.best) for one in yardsticks)


def _seed_error(best: Choice, other: Choice) -> float:
    """Standard error of a difference of utility, by the seeds."""
    differences = [ours - theirs for ours, theirs in zip(best.utilities, other.utilities, strict=True)]
    return statistics.stdev(differences) / math.sqrt(len(differences)) if len(differences) > 1 else 0.0


def passes(found: Backtest, policy: str, cost: float) -> bool | None:
    """Whether a policy is, within noise, no worse than never retraining or the best fixed rhythm in hindsight.

    Returns:
        None if the policy was not played, or not at this cost.
    """
    at = [at for played in found.policies if played.name == policy for at in played.costs if at.cost == cost]
    return at[0].regret <= found.recommendation.noise if at else None

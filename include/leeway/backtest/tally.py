"""What plays add up to: the result of each policy, and the choices that a recommendation is made from."""

from __future__ import annotations

import math
import statistics
from typing import TYPE_CHECKING

from leeway.backtest.recommend import Choice
from leeway.backtest.result import AtCost, PolicyResult
from leeway.core import Action

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from leeway.backtest.played import Played
    from leeway.backtest.plays import Plays
    from leeway.backtest.regret import Yardstick
    from leeway.policies.base import Policy


def choices(played: Mapping[str, Plays], costs: Sequence[float], real: Sequence[Yardstick]) -> Iterator[Choice]:
    """Every policy at every setting, its utility by the first cost.

    Args:
        played: by the name of the policy.
        costs: that the policies were told.
        real: of the stream, by seed.
    """
    for name, plays in played.items():
        weighs = any(on_real[costs[0]].weighs_cost for on_real, _ in plays)
        for setting in costs if weighs else costs[:1]:
            runs = [on_real[setting] for on_real, _ in plays]
            utilities = [one.utility(_score(run), run.retrains, costs[0]) for one, run in zip(real, runs, strict=True)]
            yield Choice(
                policy=name,
                setting=setting,
                utilities=tuple(utilities),
                retrains=statistics.fmean(run.retrains for run in runs),
            )


def policy_result(
    name: str,
    policy: Policy,
    plays: Plays,
    costs: Sequence[float],
    *,
    real: Sequence[Yardstick],
    shuffled: Sequence[Yardstick],
) -> PolicyResult:
    """How a policy did: means over the seeds, told the first cost.

    Args:
        name: what reports call it.
        policy: what was played.
        plays: what it did.
        costs: that it was told.
        real: of the stream, by seed.
        shuffled: the same of the shuffled stream.
    """
    at = tuple(_at_cost(cost, [on_real[cost] for on_real, _ in plays], real) for cost in costs)
    runs = [on_real[costs[0]] for on_real, _ in plays]
    control = [on_shuffled[costs[0]] for _, on_shuffled in plays]
    scores = [_score(run) for run in runs]
    shares = [one.share(score) for one, score in zip(real, scores, strict=True)]
    return PolicyResult(
        name=name,
        policy=policy.model_dump(mode="json"),
        score=at[0].score,
        score_spread=statistics.stdev(scores) if len(scores) > 1 else 0.0,
        retrains=at[0].retrains,
        trainings=at[0].trainings,
        roll_backs=statistics.fmean(
            sum(change.promoted for change in run.changes if change.action is Action.ROLL_BACK) for run in runs
        ),
        d=at[0].d,
        gain=None if None in shares else statistics.fmean(share for share in shares if share is not None),
        regret={f"{one.cost:g}": one.regret for one in at},
        costs=at,
        false_retrains=statistics.fmean(run.retrains for run in control),
        shuffled_d=statistics.fmean(
            one.d(_score(run), run.retrains) for one, run in zip(shuffled, control, strict=True)
        ),
        changes=runs[0].changes,
        values=runs[0].values,
    )


def _at_cost(cost: float, runs: Sequence[Played], real: Sequence[Yardstick]) -> AtCost:
    pairs = [(one, _score(run), run.retrains) for one, run in zip(real, runs, strict=True)]
    return AtCost(
        cost=cost,
        score=statistics.fmean(score for _, score, _ in pairs),
        retrains=statistics.fmean(retrains for _, _, retrains in pairs),
        trainings=statistics.fmean(run.trainings for run in runs),
        d=statistics.fmean(one.d(score, retrains) for one, score, retrains in pairs),
        regret=statistics.fmean(one.regret(score, retrains, cost) for one, score, retrains in pairs),
    )


def _score(played: Played) -> float:
    """Mean over the windows on which the metric is defined."""
    return statistics.fmean(value for value in played.values if math.isfinite(value))

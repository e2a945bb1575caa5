"""A whole backtest: fill the matrix, play every policy, hold them against the fixed rhythms, recommend."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from leeway.backtest.plays import Streams
from leeway.backtest.recommend import recommend
from leeway.backtest.regret import Yardstick, reference
from leeway.backtest.result import Backtest
from leeway.backtest.stream import check_enough
from leeway.backtest.tally import choices, policy_result
from leeway.evaluation.metrics import higher_is_better

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leeway.backtest.plays import Progress, Setting
    from leeway.policies.base import Policy


def backtest(setting: Setting, policies: Mapping[str, Policy], progress: Progress | None = None) -> Backtest:
    """Play every policy on the stream and on its shuffled rows, for every seed.

    Raises:
        BacktestError: BKT003 if there are too few windows.
        TrainingError: if the first model cannot be fitted.
    """
    begun = time.perf_counter()
    stream, protocol = setting.stream, setting.protocol
    check_enough(stream, protocol.warmup)
    streams = Streams(setting)
    fitted = streams.fill(policies, progress)
    played = streams.play(policies, progress)
    real, shuffled = ([Yardstick.of(one) for one in streams.schedules(part)] for part in (0, 1))
    found = reference(real)
    return Backtest(
        name=stream.name,
        metric=stream.metric,
        higher_is_better=higher_is_better(stream.metric),
        rows=len(stream.target),
        windows=stream.windows,
        warmup=protocol.warmup,
        label_delay=len(stream.windows) - 1 - stream.known[-1],
        seeds=protocol.seeds,
        costs=protocol.costs,
        never=found.never,
        every=found.every,
        periodic=found.periodic,
        oracle=found.oracle,
        shuffled=reference(shuffled),
        policies=tuple(
            policy_result(name, policy, played[name], protocol.costs, real=real, shuffled=shuffled)
            for name, policy in policies.items()
        ),
        recommendation=recommend(
            list(choices(played, protocol.costs, real)), cost=protocol.costs[0], real=real, shuffled=shuffled
        ),
        fitted=fitted,
        seconds=time.perf_counter() - begun,
    )

"""A whole backtest: fill the matrix, play every policy, hold them against the fixed rhythms, recommend."""

from __future__ import annotations

import math
import statistics
import time
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from leeway.backtest import matrix as matrices
from leeway.backtest.crew import cores, spread
from leeway.backtest.frontier import Schedules
from leeway.backtest.judge import Judge
from leeway.backtest.matrix import Matrix, Trained
from leeway.backtest.recommend import Choice, recommend
from leeway.backtest.regret import Yardstick, reference
from leeway.backtest.result import AtCost, Backtest, PolicyResult
from leeway.backtest.simulate import Played, play
from leeway.backtest.stream import check_enough
from leeway.canonical import digest
from leeway.core import Action
from leeway.evaluation.metrics import higher_is_better
from leeway.workspace import code_version

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from leeway.backtest.learner import Learner
    from leeway.backtest.rules import Rules
    from leeway.backtest.stream import Stream
    from leeway.policies.base import Policy

    Progress = Callable[[str], Callable[[int, int], None]]

COSTS = (0.1, 0.05, 0.2)
QUICK = 4
"""So many plays take less time than to start further processes."""


@dataclass(frozen=True, kw_only=True)
class Protocol:
    """How a backtest is done.

    Args:
        warmup: windows that train the first model.
        seeds: runs with different seeds, from 0.
        costs: of a retrain, in points of the primary metric; the first one is the real one.
    """

    warmup: int = 10
    seeds: int = 1
    costs: tuple[float, ...] = COSTS


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What is replayed, by which rules, and where what was computed is kept."""

    stream: Stream
    learner: Learner
    rules: Rules
    root: Path
    protocol: Protocol = Protocol()
    workers: int = 0
    """Processes at a time; 0 is one per core."""


def backtest(setting: Setting, policies: Mapping[str, Policy], progress: Progress | None = None) -> Backtest:
    """Play every policy on the stream and on its shuffled rows, for every seed.

    Raises:
        BacktestError: BKT003 if there are too few windows.
        TrainingError: if the first model cannot be fitted.
    """
    begun = time.perf_counter()
    check_enough(setting.stream, setting.protocol.warmup)
    streams = _Streams(setting)
    fitted = streams.fill(policies, progress)
    played = streams.play(policies, progress)
    real, shuffled = ([Yardstick.of(one) for one in streams.schedules(part)] for part in (0, 1))
    results = tuple(
        _policy_result(name, policy, played[name], setting.protocol.costs, real=real, shuffled=shuffled)
        for name, policy in policies.items()
    )
    found, control, stream = reference(real), reference(shuffled), setting.stream
    return Backtest(
        name=stream.name,
        metric=stream.metric,
        higher_is_better=higher_is_better(stream.metric),
        rows=len(stream.target),
        windows=stream.windows,
        warmup=setting.protocol.warmup,
        label_delay=len(stream.windows) - 1 - stream.known[-1],
        seeds=setting.protocol.seeds,
        costs=setting.protocol.costs,
        never=found.never,
        every=found.every,
        periodic=found.periodic,
        oracle=found.oracle,
        shuffled=control,
        policies=results,
        recommendation=recommend(
            list(_choices(played, setting.protocol.costs, real)),
            cost=setting.protocol.costs[0],
            real=real,
            shuffled=shuffled,
        ),
        fitted=fitted,
        seconds=time.perf_counter() - begun,
    )


Plays = list[tuple[dict[float, Played], dict[float, Played]]]
"""By seed: what a policy did on the stream and on its shuffled rows, by the cost that it was told."""


class _Streams:
    """The stream and its shuffled rows for every seed, each with its matrix: real ones first, in pairs."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.workers = setting.workers or cores()
        self.matrices: list[Matrix] = []
        for seed in range(setting.protocol.seeds):
            learner = replace(setting.learner, seed=seed)
            both = setting.stream, setting.stream.shuffled(seed)
            self.matrices += [Matrix(stream, learner, setting.root) for stream in both]

    def schedules(self, part: int) -> Iterator[Schedules]:
        """Of the real streams (0) or the shuffled ones (1)."""
        for matrix in self.matrices[part::2]:
            yield Schedules(matrix, self.setting.protocol.warmup)

    def fill(self, policies: Mapping[str, Policy], progress: Progress | None) -> int:
        """Fit what every policy may ask for; how many models had to be."""
        passive = all(policy.kind == "never" for policy in policies.values())
        models = list(dict.fromkeys(_wanted(self.setting, passive=passive)))
        wanted = [(place, model) for place in range(len(self.matrices)) for model in models]
        missing = sum(self.matrices[place].missing(model) for place, model in wanted)
        step = progress("fitting models") if progress and missing else None
        matrices.fill(self.matrices, wanted, workers=self.workers, progress=step)
        return missing

    def play(self, policies: Mapping[str, Policy], progress: Progress | None) -> dict[str, Plays]:
        """Play every policy on every stream; what was played before is read."""
        # Stream by stream: what was measured for one policy is at hand for the next.
        jobs = [(place, policy) for place in range(len(self.matrices)) for policy in policies.values()]
        bench = _Bench(self.matrices, self.setting.rules, self.setting.protocol)
        known = [bench.known(*job) for job in jobs]
        todo = [job for job, found in zip(jobs, known, strict=True) if found is None]
        step = progress("playing policies") if progress and todo else None
        workers = self.workers if len(todo) > QUICK else 1
        fresh = iter(spread(_play, bench, todo, workers=workers, progress=step))
        results = [found if found is not None else next(fresh) for found in known]
        parts = [results[begin :: len(policies)] for begin in range(len(policies))]
        return {name: list(zip(part[::2], part[1::2], strict=True)) for name, part in zip(policies, parts, strict=True)}


class _Bench:
    """What a process needs to play any policy on any of the streams."""

    def __init__(self, streams: Sequence[Matrix], rules: Rules, protocol: Protocol) -> None:
        self._matrices = list(streams)
        self._rules = rules
        self._protocol = protocol
        self._judges: dict[int, Judge] = {}

    def play(self, place: int, policy: Policy) -> dict[float, Played]:
        """Play a policy at every cost, at once if it does not look at the cost; and keep what came of it."""
        if place not in self._judges:
            self._judges = {place: Judge(self._matrices[place], self._rules.detectors)}  # one at a time: memory
        found: dict[float, Played] = {}
        for cost in self._protocol.costs:
            first = next(iter(found.values()), None)
            if first is not None and not first.asked_cost:
                found[cost] = first
                continue
            found[cost] = play(self._judges[place], self._rules, policy, warmup=self._protocol.warmup, cost=cost)
        self._keep(place, policy, found)
        return found

    def known(self, place: int, policy: Policy) -> dict[float, Played] | None:
        """What was played before, if all of it was."""
        from pydantic import ValidationError

        found = {}
        for cost in self._protocol.costs:
            try:
                found[cost] = Played.model_validate_json(self._file(place, policy, cost).read_bytes())
            except (FileNotFoundError, ValidationError):
                return None
        return found

    def _keep(self, place: int, policy: Policy, found: dict[float, Played]) -> None:
        if not type(policy).__module__.startswith("leeway."):
            return  # nothing tells when its code has changed
        for cost, played in found.items():
            matrices.write(self._file(place, policy, cost), played.to_json().encode())

    def _file(self, place: int, policy: Policy, cost: float) -> Path:
        matrix = self._matrices[place]
        facts: list[Any] = [matrix.stream.known, self._rules.digest, policy.model_dump(mode="json")]
        times = [window.key for window in matrix.stream.windows]
        key = digest([*facts, times, self._protocol.warmup, cost, _code()])
        return matrix.folder / "played" / f"{key[:32]}.json"


@lru_cache(maxsize=1)
def _code() -> str:
    return code_version()


def _play(bench: _Bench, job: tuple[int, Policy]) -> dict[float, Played]:
    return bench.play(*job)


def _wanted(setting: Setting, *, passive: bool) -> Iterator[Trained]:
    """The models that the fixed rhythms need, and those that a retrain after any window would."""
    rules, known, warmup = setting.rules, setting.stream.known, setting.protocol.warmup
    ends = [known[window] for window in range(warmup, len(known) - 1) if known[window] >= warmup]
    yield Trained(0, warmup - 1)
    for end in ends:
        yield Trained(0, end)
    if passive:
        return
    for end in ends:
        yield Trained(0, end - 1)
        for history in rules.possible(end):
            yield rules.trained(history, rules.held_back(end)[0] - 1)
            yield rules.trained(history, end)


def _choices(played: Mapping[str, Plays], costs: Sequence[float], real: Sequence[Yardstick]) -> Iterator[Choice]:
    """Every policy at every setting, its utility by the first cost."""
    for name, plays in played.items():
        asked = any(on_real[costs[0]].asked_cost for on_real, _ in plays)
        for setting in costs if asked else costs[:1]:
            runs = [on_real[setting] for on_real, _ in plays]
            utilities = [one.utility(_score(run), run.retrains, costs[0]) for one, run in zip(real, runs, strict=True)]
            yield Choice(
                policy=name,
                setting=setting,
                utilities=tuple(utilities),
                retrains=statistics.fmean(run.retrains for run in runs),
            )


def _policy_result(
    name: str,
    policy: Policy,
    plays: Plays,
    costs: Sequence[float],
    *,
    real: Sequence[Yardstick],
    shuffled: Sequence[Yardstick],
) -> PolicyResult:
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

"""The plays of a backtest: matrices filled once, every policy played on each of them, and what came of it kept."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from leeway.backtest import matrix as matrices
from leeway.backtest.crew import cores, spread
from leeway.backtest.frontier import Schedules
from leeway.backtest.matrix import Matrix, Trained
from leeway.backtest.played import Played
from leeway.canonical import digest
from leeway.codebase import code_version

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from leeway.backtest.judge import Judge
    from leeway.backtest.learner import Learner
    from leeway.backtest.rules import Rules
    from leeway.backtest.stream import Stream
    from leeway.policies.base import Policy

    Progress = Callable[[str], Callable[[int, int], None]]

COSTS = (0.1, 0.05, 0.2)
QUICK = 4
"""So many plays take less time than to start further processes."""

Plays = list[tuple[dict[float, Played], dict[float, Played]]]
"""By seed: what a policy did on the stream and on its shuffled rows, by the cost that it was told."""


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


class Streams:
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
        """Play a policy at every cost, or once if it does not weigh the cost; and keep what came of it."""
        # Where everything was played before, none of this is imported.
        from leeway.backtest.judge import Judge
        from leeway.backtest.simulate import play

        if place not in self._judges:
            self._judges = {place: Judge(self._matrices[place], self._rules.detectors)}  # one at a time: memory
        judge, warmup, costs = self._judges[place], self._protocol.warmup, self._protocol.costs
        told = costs if "retrain_cost" in policy.weighs else costs[:1]
        found = {cost: play(judge, self._rules, policy, warmup=warmup, cost=cost) for cost in told}
        found = {cost: found.get(cost, found[costs[0]]) for cost in costs}
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
        key = digest([*facts, times, self._protocol.warmup, cost, code_version()])
        return matrix.folder / "played" / f"{key[:32]}.json"


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

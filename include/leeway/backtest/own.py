"""A model's own history, replayed: by the command line and by a DAG, with the same outcome."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from leeway.backtest.plays import Progress, Setting
    from leeway.backtest.result import Backtest
    from leeway.core import Partition
    from leeway.policies.base import Policy
    from leeway.spec import ModelSpec
    from leeway.workspace import Workspace

WINDOWS = 100
"""Newest windows that are replayed: the matrix grows with the square of their number."""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What is to be replayed of a model's history. What is not said is as the model has it.

    Args:
        policies: kinds, or as in the model file: ``{kind: every, windows: 4}``; none: its own and every kind.
        costs: of a retrain, in points, the real one first; none: its own, half and twice as much.
        since: no window that begins earlier than the one of this date or time.
        until: no window that ends later than the one of this date or time.
        windows: the newest of those, at most.
        warmup: windows that train the first model.
        delay: windows until labels are known.
        seeds: runs with different seeds.
        max_rows: thin to so many rows, evenly spaced.
    """

    policies: tuple[str, ...] = ()
    costs: tuple[float, ...] = ()
    since: str | None = None
    until: str | None = None
    windows: int = WINDOWS
    warmup: int = 10
    delay: int | None = None
    seeds: int = 1
    max_rows: int | None = None

    @property
    def least(self) -> int:
        """Windows without which nothing can be replayed."""
        return self.warmup + 2

    def span(self, spec: ModelSpec) -> tuple[datetime | None, datetime | None]:
        """Start and end of what may be replayed.

        Raises:
            SpecError: SPEC056 if a limit is neither a date nor a time.
        """
        from leeway.spec import parse_window

        since = parse_window(spec, self.since).start if self.since else None
        return since, parse_window(spec, self.until).end if self.until else None

    def published(self, ws: Workspace, spec: ModelSpec) -> Sequence[Partition]:
        """The windows with rows; the newest of them may have no label yet, and are then left out."""
        from leeway.core import PartitionKind

        start, end = self.span(spec)
        found = ws.catalog.partitions(spec.name, PartitionKind.RAW, start=start, end=end)
        return [partition for partition in found if partition.usable and partition.rows]

    def rivals(self, spec: ModelSpec | None = None) -> dict[str, Policy]:
        """The policies by name; of a table, which has no model file, there is no own one.

        Raises:
            BacktestError: BKT005 if one cannot be read.
        """
        from leeway.backtest.choice import default_policies, named, parse_policy

        own = spec.policy if spec is not None else None
        return named([parse_policy(text) for text in self.policies] or default_policies(own))

    def costs_for(self, spec: ModelSpec) -> tuple[float, ...]:
        """What a retrain costs, each cost once."""
        own = spec.retrain_cost
        return tuple(dict.fromkeys(self.costs or (own, own / 2, own * 2)))

    def setting(self, ws: Workspace, spec: ModelSpec, *, root: Path, workers: int = 0) -> Setting:
        """Read the history.

        Raises:
            BacktestError: BKT010 if no window with labels is stored.
        """
        from leeway.backtest.history import model_learner, model_stream
        from leeway.backtest.plays import Protocol, Setting
        from leeway.backtest.rules import Rules

        since, until = self.span(spec)
        stream = model_stream(ws, spec, since=since, until=until).newest(self.windows)
        if self.max_rows is not None:
            stream = stream.thinned(self.max_rows)
        return Setting(
            stream=stream if self.delay is None else stream.delayed(self.delay),
            learner=model_learner(ws, spec),
            rules=Rules.of_model(spec),
            root=root,
            protocol=Protocol(warmup=self.warmup, seeds=self.seeds, costs=self.costs_for(spec)),
            workers=workers,
        )


def replay_own(
    ws: Workspace,
    spec: ModelSpec,
    wish: Wish,
    *,
    root: Path,
    by: str,
    progress: Progress | None = None,
    workers: int = 0,
) -> Backtest:
    """Replay a model's history, and keep what came of it: the result, its page, and whether the own policy passed.

    Args:
        ws: the workspace.
        spec: the model.
        wish: what to replay.
        root: folder for what was computed; a later backtest goes on from there.
        by: who asked.
        progress: begins a bar under a name, and gives what moves it.
        workers: processes at a time; 0 is one per core.

    Raises:
        BacktestError: BKT003 or BKT010 if there is too little history, BKT005 if a policy cannot be read.
        TrainingError: if the first model cannot be fitted.
    """
    from leeway.backtest.choice import name_of
    from leeway.backtest.keeping import keep
    from leeway.backtest.recommend import passes
    from leeway.backtest.run import backtest
    from leeway.clearance import record

    policies = wish.rivals(spec)
    found = backtest(wish.setting(ws, spec, root=root, workers=workers), policies, progress)
    passed = passes(found, name_of(spec.policy), spec.retrain_cost)
    if passed is not None:
        record(ws, spec, passed=passed)
    keep(ws, spec, found, by=by)
    return found

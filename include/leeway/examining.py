"""What the gates are shown: challenger and champion on the held-back rows, and what earlier retrains taught."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from leeway.core import REJECTED
from leeway.dataset import SCORE, Rows, days, in_windows, pinned_rows, served_model, slice_columns
from leeway.evaluation.base import Exam
from leeway.evaluation.bootstrap import intervals, metric_gain
from leeway.evaluation.compare import compare, compare_slices
from leeway.evaluation.groups import Groups
from leeway.evaluation.metrics import losses, metrics
from leeway.schema import Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    import numpy as np

    from leeway.core import CandidateResult, Evaluation, Interval, MetricGain, Snapshot, Window
    from leeway.spec import ModelSpec
    from leeway.workspace import Workspace

    Array = np.ndarray[Any, Any]

TYPICAL_LIFE = 10.0
"""Windows that a champion is taken to serve before any has: it counts like one champion."""


@dataclass(frozen=True)
class Past:
    """The retrains of a model that led to an examination, oldest first."""

    ws: Workspace
    model: str
    evaluations: tuple[Evaluation, ...]

    @classmethod
    def of(cls, ws: Workspace, model: str) -> Past:
        """Read the ledger; retrains that failed and persons' rejections are no examinations."""
        examined = (e for e in ws.catalog.evaluations(model) if e.candidates and not e.request.startswith(REJECTED))
        return cls(ws, model, tuple(examined))

    def looks(self, champion: int | None, windows: Iterable[Window], *, allowed: int) -> int:
        """How many of them were compared with this champion on some of these windows.

        One that came when ``allowed`` looks were used up was refused whatever the rows say: that was no look.
        """
        wanted = set(windows)
        return sum(
            not wanted.isdisjoint(self.ws.catalog.snapshot(found.snapshot).kept_back)
            for found in self.evaluations
            if found.champion == champion and found.looks < allowed
        )

    @cached_property
    def gains(self) -> tuple[MetricGain, ...]:
        """What challengers gained on their champions, promoted or not."""
        return tuple(found.metric_gain for found in self.evaluations if found.metric_gain is not None)

    def life(self, until: datetime) -> float:
        """Windows that a champion of this model serves, on average; what is known is weighed against `TYPICAL_LIFE`."""
        begins = [promotion.effective_from for promotion in self.ws.catalog.promotions(self.model)]
        if not begins:
            return TYPICAL_LIFE
        served = sum(begins[0] <= decision.window.start < until for decision in self.ws.catalog.decisions(self.model))
        return (TYPICAL_LIFE + served) / (1 + len(begins))


@dataclass(frozen=True)
class HeldBack:
    """Held-back rows in order of time: the challenger's scores, and the champion's where it did not learn from them."""

    rows: Rows
    challenger: Array
    champion: Array | None = None


def scores_of(ws: Workspace, result: CandidateResult) -> Array:
    """A candidate's scores of all rows that were kept back, in order of time: float64 of shape (rows,)."""
    scores: Array = ws.store.read_at(result.predictions, result.predictions_version)[SCORE].to_numpy()
    return scores


def exam_of(
    ws: Workspace,
    spec: ModelSpec,
    snapshot: Snapshot,
    *,
    winner: CandidateResult,
    results: Sequence[CandidateResult],
    past: Past,
) -> Exam:
    """Put together what the gates judge.

    Args:
        ws: the workspace.
        spec: the model.
        snapshot: what the candidates were trained and tried on.
        winner: the candidate that is to be the challenger.
        results: all candidates, the trivial baseline among them.
        past: the model's earlier retrains.
    """
    champion = ws.catalog.champion(spec.name)
    rows = pinned_rows(ws, spec, snapshot, snapshot.examined)
    # The final windows are the newest of those that were kept back, so their scores come last.
    scores = scores_of(ws, winner)
    examined = HeldBack(rows, scores[len(scores) - len(rows) :])
    alone: dict[str, Any] = {
        "task": spec.task,
        "metric": spec.metric,
        "metrics": winner.metrics,
        "intervals": _intervals(spec, examined),
        "baseline_metrics": next((result.metrics for result in results if result.candidate.trivial), {}),
        "has_champion": champion is not None,
        "holdout_looks": spec.training.holdout_looks,
        "retrain_cost": spec.retrain_cost,
        "past_gains": past.gains,
        "life": past.life(snapshot.as_of),
    }
    unseen = _unseen(ws, spec, snapshot, champion)
    held_back = _beside(ws, spec, examined, unseen, champion) if champion is not None and unseen else None
    if held_back is None:
        return Exam(**alone, groups=_groups(spec, examined))
    looks = past.looks(champion, unseen, allowed=spec.training.holdout_looks)
    return Exam(**alone, **_compared(spec, held_back), groups=_groups(spec, held_back), looks=looks)


def _unseen(ws: Workspace, spec: ModelSpec, snapshot: Snapshot, champion: int | None) -> tuple[Window, ...]:
    """The examined windows that the champion has not learnt from."""
    if champion is None:
        return ()
    learnt_until = ws.catalog.version(spec.name, champion).trained_on[1]
    return tuple(window for window in snapshot.examined if learnt_until < window)


def _beside(
    ws: Workspace, spec: ModelSpec, examined: HeldBack, unseen: Sequence[Window], champion: int
) -> HeldBack | None:
    """The rows of some windows with the champion's scores too; None if there are none."""
    chosen = in_windows(spec, examined.rows.raw, unseen)
    if not chosen.any():
        return None
    rows = examined.rows.where(chosen)
    theirs = served_model(ws, spec, champion).predict(rows.features)
    return HeldBack(rows, examined.challenger[chosen], theirs)


def _compared(spec: ModelSpec, held_back: HeldBack) -> dict[str, Any]:
    """The parts of an exam that need both models."""
    assert held_back.champion is not None, "there is somebody to compare with"
    rows, target = held_back.rows, held_back.rows.target
    theirs, ours = (losses(spec.loss, target, scores) for scores in (held_back.champion, held_back.challenger))
    blocks = days(spec, rows.raw)
    return {
        "champion_metrics": metrics(spec.task, target, held_back.champion),
        "comparison": compare(theirs, ours, blocks),
        "gain": metric_gain(
            spec.task,
            spec.metric,
            target,
            champion=held_back.champion,
            challenger=held_back.challenger,
            days=blocks,
            seed=spec.training.seed,
        ),
        "slices": compare_slices(slice_columns(spec, rows.raw), theirs, ours, blocks),
    }


def _intervals(spec: ModelSpec, held_back: HeldBack) -> dict[str, Interval]:
    rows = held_back.rows
    return intervals(spec.task, rows.target, held_back.challenger, days=days(spec, rows.raw), seed=spec.training.seed)


def _groups(spec: ModelSpec, held_back: HeldBack) -> Groups:
    return Groups(
        task=spec.task,
        target=held_back.rows.target,
        challenger=held_back.challenger,
        champion=held_back.champion,
        levels=slice_columns(spec, held_back.rows.raw),
        sensitive=spec.data.named(Role.SENSITIVE),
        days=days(spec, held_back.rows.raw),
        seed=spec.training.seed,
    )

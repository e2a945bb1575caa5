"""Which candidates a snapshot allows, and on which of its windows each is trained."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leeway.trainers.baseline import fit_baseline
from leeway.trainers.candidates import candidates

if TYPE_CHECKING:
    from leeway.core import Candidate, Snapshot, Window
    from leeway.spec import ModelSpec
    from leeway.trainers.base import Fitted, TrainingSet


def recipes(spec: ModelSpec, snapshot: Snapshot) -> tuple[Candidate, ...]:
    """All candidates worth trying: ``recent`` is left out while it would be the whole history."""
    training = spec.training
    too_short = len(snapshot.labelled) - len(snapshot.holdback) <= training.recent_windows
    histories = tuple(name for name in training.histories if not (too_short and name == "recent")) or ("all",)
    return candidates(training.trainers, histories)


def fit(spec: ModelSpec, candidate: Candidate, training: TrainingSet, params: dict[str, Any]) -> Fitted:
    """Fit a candidate's recipe; without a trainer it is the trivial baseline.

    Raises:
        TrainingError: if it cannot be fitted on these rows.
    """
    if candidate.trainer is None:
        return fit_baseline(training, loss=spec.loss)
    return spec.training.trainers[candidate.trainer].fit(training, params)


def training_windows(spec: ModelSpec, snapshot: Snapshot, candidate: Candidate, *, final: bool) -> tuple[Window, ...]:
    """The windows a candidate learns from: without the held-back ones to be compared, with them (final) to serve."""
    held_back = set(snapshot.holdback)
    windows = tuple(window for window in snapshot.labelled if final or window not in held_back)
    return windows[-spec.training.recent_windows :] if candidate.history == "recent" else windows


def search_windows(windows: tuple[Window, ...], holdback: int) -> tuple[Window, ...]:
    """The newest of the training windows, on which the search compares its trials; at most a third of them."""
    return windows[-max(1, min(holdback, len(windows) // 3)) :]

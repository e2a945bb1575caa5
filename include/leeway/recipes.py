"""Which candidates a snapshot allows, and on which of its windows each is trained."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leeway.core import Candidate
from leeway.trainers.baseline import fit_baseline
from leeway.trainers.candidates import BASELINE, candidates
from leeway.trainers.recalibrated import recalibrate

if TYPE_CHECKING:
    from leeway.core import ModelVersion, Snapshot, TrainingJob, Window
    from leeway.spec import ModelSpec
    from leeway.trainers.artifact import StoredModel
    from leeway.trainers.base import Fitted, TrainingSet
    from leeway.workspace import Workspace


def candidates_of(ws: Workspace, spec: ModelSpec, job: TrainingJob) -> tuple[Candidate, ...]:
    """What a training tries: the recipes of the model file, or one version with its scores corrected."""
    if job.base is None:
        return recipes(spec, ws.catalog.snapshot(job.snapshot))
    return recalibration(ws.catalog.version(job.model, job.base))


def recalibration(base: ModelVersion) -> tuple[Candidate, ...]:
    """The version with corrected scores, learnt from windows that it has not learnt from, and the trivial baseline."""
    corrected = Candidate(
        name="recalibrated",
        trainer=None,
        history="recalibrated",
        index=0,
        base=base.version,
        since=base.trained_on[1].end,
    )
    return corrected, Candidate(name=BASELINE, trainer=None, history="all", index=1)


def recipes(spec: ModelSpec, snapshot: Snapshot) -> tuple[Candidate, ...]:
    """All candidates worth trying: ``recent`` is left out while it would be the whole history."""
    training = spec.training
    too_short = len(snapshot.labelled) - len(snapshot.kept_back) <= training.recent_windows
    histories = tuple(name for name in training.histories if not (too_short and name == "recent")) or ("all",)
    return candidates(training.trainers, histories)


def fit(
    spec: ModelSpec,
    candidate: Candidate,
    training: TrainingSet,
    params: dict[str, Any],
    *,
    base: StoredModel | None = None,
) -> Fitted:
    """Fit a candidate's recipe; without a trainer it is ``base`` with its scores corrected, or the trivial baseline.

    Raises:
        TrainingError: if it cannot be fitted on these rows.
    """
    if base is not None:
        return recalibrate(base, training, loss=spec.loss)
    if candidate.trainer is None:
        return fit_baseline(training, loss=spec.loss)
    return spec.training.trainers[candidate.trainer].fit(training, params)


def training_windows(spec: ModelSpec, snapshot: Snapshot, candidate: Candidate, *, final: bool) -> tuple[Window, ...]:
    """The windows a candidate learns from: without the held-back ones to be compared, with them (final) to serve."""
    held_back = set(snapshot.kept_back)
    windows = tuple(window for window in snapshot.labelled if final or window not in held_back)
    if candidate.since is not None:
        windows = tuple(window for window in windows if window.start >= candidate.since)
    return windows if candidate.history == "all" else windows[-spec.training.recent_windows :]


def search_windows(windows: tuple[Window, ...], holdback: int) -> tuple[Window, ...]:
    """The newest of the training windows, on which the search compares its trials; at most a third of them."""
    return windows[-max(1, min(holdback, len(windows) // 3)) :]

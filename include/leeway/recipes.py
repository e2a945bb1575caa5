"""Which candidates a snapshot allows, and on which of its windows each is trained."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from leeway.core import Candidate, Reason
from leeway.trainers.base import TrainingSet
from leeway.trainers.baseline import fit_baseline
from leeway.trainers.candidates import BASELINE, candidates
from leeway.trainers.recalibrated import recalibrate

if TYPE_CHECKING:
    from datetime import datetime

    from leeway.core import ModelVersion, Snapshot, TrainingJob, Window
    from leeway.spec import ModelSpec
    from leeway.trainers.artifact import StoredModel
    from leeway.trainers.base import Fitted
    from leeway.trainers.batches import Trainable
    from leeway.workspace import Workspace

MIN_SINCE: Final = 3
"""Windows after a change that a model of its own needs to learn from, besides those that are kept back."""


def candidates_of(ws: Workspace, spec: ModelSpec, job: TrainingJob) -> tuple[Candidate, ...]:
    """What a training tries: the recipes of the model file, or one version with its scores corrected."""
    if job.base is None:
        return recipes(spec, ws.catalog.snapshot(job.snapshot), changed=_last_change(ws, spec, job.as_of))
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


def _last_change(ws: Workspace, spec: ModelSpec, as_of: datetime) -> datetime | None:
    """Start of the window whose labels last showed concept drift, as far as was known then."""
    found = [made for made in ws.catalog.decisions(spec.name, until=as_of) if Reason.CONCEPT_DRIFT in made.reasons]
    return spec.schedule.window_at(found[-1].window.start - spec.max_delay).start if found else None


def recipes(spec: ModelSpec, snapshot: Snapshot, *, changed: datetime | None = None) -> tuple[Candidate, ...]:
    """All candidates worth trying.

    ``recent`` is left out while it would be the whole history, ``since_change`` where no change is known or too few
    windows followed it.

    Args:
        spec: the model.
        snapshot: what they may learn from.
        changed: when the last change of the world began.
    """
    training = spec.training
    windows = snapshot.labelled[: len(snapshot.labelled) - len(snapshot.kept_back)]
    since = [window for window in windows if changed is not None and window.start >= changed]
    possible = {
        "all": True,
        "recent": len(windows) > training.recent_windows,
        "since_change": MIN_SINCE <= len(since) < len(windows),
    }
    histories = tuple(name for name in training.histories if possible[name]) or ("all",)
    return tuple(
        candidate.model_copy(update={"since": changed}) if candidate.history == "since_change" else candidate
        for candidate in candidates(training.trainers, histories)
    )


def fit(
    spec: ModelSpec,
    candidate: Candidate,
    training: Trainable,
    params: dict[str, Any],
    *,
    base: StoredModel | None = None,
) -> Fitted:
    """Fit a candidate's recipe; without a trainer it is ``base`` with its scores corrected, or the trivial baseline.

    Raises:
        TrainingError: if it cannot be fitted on these rows.
    """
    if base is not None:
        assert isinstance(training, TrainingSet), "a correction is learnt from few windows, in memory"
        return recalibrate(base, training, loss=spec.loss)
    if candidate.trainer is None:
        return fit_baseline(training, loss=spec.loss)
    return spec.training.trainers[candidate.trainer].learn(training, params)


def training_windows(spec: ModelSpec, snapshot: Snapshot, candidate: Candidate, *, final: bool) -> tuple[Window, ...]:
    """The windows a candidate learns from: without the held-back ones to be compared, with them (final) to serve."""
    held_back = set(snapshot.kept_back)
    windows = tuple(window for window in snapshot.labelled if final or window not in held_back)
    if candidate.since is not None:
        windows = tuple(window for window in windows if window.start >= candidate.since)
    return windows[-spec.training.recent_windows :] if candidate.history in ("recent", "recalibrated") else windows


def search_windows(windows: tuple[Window, ...], holdback: int) -> tuple[Window, ...]:
    """The newest of the training windows, on which the search compares its trials; at most a third of them."""
    return windows[-max(1, min(holdback, len(windows) // 3)) :]

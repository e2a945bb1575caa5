"""train: try one candidate: search, fit without the held-back windows, score these."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from leeway.budget import timed
from leeway.canonical import digest
from leeway.core import Candidate, CandidateResult, Snapshot, TrainingJob, Window
from leeway.dataset import SCORE, base_of, in_windows, pinned, pinned_rows
from leeway.errors import TrainingError
from leeway.evaluation.metrics import losses, metrics
from leeway.learning import learning_rows
from leeway.recipes import fit, training_windows
from leeway.trainers.search import search

if TYPE_CHECKING:
    import numpy as np

    from leeway.learning import Learning
    from leeway.spec import ModelSpec
    from leeway.workspace import Workspace


def train(ws: Workspace, spec: ModelSpec, job: TrainingJob, candidate: Candidate) -> CandidateResult:
    """Fit a candidate as if the held-back windows had not happened yet, and score them.

    Raises:
        TrainingError: if there are no labelled rows on one of the two sides or no trial could be fitted.
    """
    snapshot = ws.catalog.snapshot(job.snapshot)
    windows = training_windows(spec, snapshot, candidate, final=False)
    held_back = pinned_rows(ws, spec, snapshot, snapshot.kept_back)
    chosen_on = in_windows(spec, held_back.raw, snapshot.holdback)
    with learning_rows(ws, spec, candidate, *pinned(ws, spec, snapshot, windows)) as learning:
        rows = len(learning)
        if not rows or not chosen_on.any():
            have = f"{rows} labelled rows to learn from and {chosen_on.sum()} held back"
            raise TrainingError(have, code="TRN202", model=spec.name, do="Wait for labels.")
        with timed(ws, job, candidate.name):
            params, trials = _search(spec, candidate, learning)
            base = base_of(ws, spec, candidate)
            fitted = fit(spec, candidate, learning.everything(), params, base=base)
    scores = fitted.predict(held_back.features)
    target, chosen = held_back.target[chosen_on], scores[chosen_on]
    result = CandidateResult(
        candidate=candidate,
        params=params,
        trials=trials,
        rows=rows,
        loss=float(losses(spec.loss, target, chosen).mean()),
        metrics=metrics(spec.task, target, chosen),
    )
    result = _keep_scores(ws, spec, snapshot, result, scores)
    _log(ws, spec, job, result)
    return result


def _search(spec: ModelSpec, candidate: Candidate, learning: Learning) -> tuple[dict[str, Any], int]:
    if candidate.trainer is None:
        return {}, 0
    trainer = spec.training.trainers[candidate.trainer]
    if not trainer.search or spec.training.trials == 1:
        return {}, 0
    found = search(
        trainer,
        *learning.split(),
        loss=partial(losses, spec.loss),
        trials=spec.training.trials,
        seconds=spec.training.seconds,
        seed=spec.training.seed,
    )
    return found.params, found.trials


def _keep_scores(
    ws: Workspace, spec: ModelSpec, snapshot: Snapshot, result: CandidateResult, scores: np.ndarray[Any, Any]
) -> CandidateResult:
    """Store the scores: the evaluation compares them, row by row, with the champion's."""
    import pyarrow as pa

    span = Window(start=snapshot.kept_back[0].start, end=snapshot.kept_back[-1].end)
    stored = ws.store.put(pa.table({SCORE: pa.array(scores)}), model=spec.name, kind="held_back", window=span)
    return result.model_copy(update={"predictions": stored.location, "predictions_version": stored.version})


def _log(ws: Workspace, spec: ModelSpec, job: TrainingJob, result: CandidateResult) -> None:
    candidate = result.candidate
    fixed = spec.training.trainers[candidate.trainer].params if candidate.trainer is not None else {}
    ws.tracking.candidate_run(
        spec.name,
        job.run_id,
        digest([job.key, candidate.name]),
        params={
            "candidate": candidate.name,
            "history": candidate.history,
            **fixed,
            **result.params,
        },
        metrics={"loss": result.loss, "trials": float(result.trials), **result.metrics},
        tags={"as_of": job.as_of.isoformat()},
        snapshot=job.snapshot,
        rows=result.rows,
        name=candidate.name,
    )

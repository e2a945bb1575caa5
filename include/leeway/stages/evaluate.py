"""evaluate: choose the best candidate, hold it against the champion and the gates, register it if it passes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from leeway.core import (
    CandidateResult,
    EntryKind,
    Evaluation,
    GateResult,
    Snapshot,
    TrainingJob,
    Verdict,
)
from leeway.dataset import SCORE, Rows, days, in_windows, pinned_rows, served_model, slice_columns
from leeway.errors import TrainingError
from leeway.evaluation.base import Exam
from leeway.evaluation.compare import compare, compare_slices
from leeway.evaluation.metrics import losses, metrics
from leeway.registration import register

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from leeway.spec import ModelSpec
    from leeway.workspace import Workspace

FORGETTING = 0.025
"""Largest one-sided p-value with which a candidate of recent history displaces the best one of all history."""


@dataclass(frozen=True)
class _HeldBack:
    """The held-back rows with the winner's and, where it has not learnt from them, the champion's scores."""

    rows: Rows
    winner: np.ndarray[Any, Any]
    champion: np.ndarray[Any, Any] | None


def evaluate(ws: Workspace, spec: ModelSpec, job: TrainingJob, results: Sequence[CandidateResult]) -> Evaluation:
    """Examine the best candidate; register it as challenger if every gate lets it pass; record the outcome.

    Evaluating the same job again gives the recorded evaluation. The ledger is looked at first and must not have gone on
    when the outcome is appended: of two tries at once one wins, and nobody is compared with a champion of yesterday.

    Raises:
        TrainingError: if there is no candidate besides the baseline.
        ConflictError: if somebody else appended to the ledger meanwhile.
    """
    seen = ws.catalog.last_seq(spec.name)
    recorded = ws.catalog.evaluation(spec.name, job.as_of, request=job.request)
    if recorded is not None:
        return recorded
    snapshot = ws.catalog.snapshot(job.snapshot)
    best = _best(ws, spec, snapshot, results)
    results = [_examined(ws, spec, snapshot, result) for result in results]
    winner = next(result for result in results if result.candidate == best.candidate)
    champion = ws.catalog.champion(spec.name)
    exam = _exam(spec, champion, _held_back(ws, spec, snapshot, winner, champion), winner, results)
    gates = tuple(gate.examine(exam) for gate in spec.gates)
    verdict = _verdict(spec, gates)
    version = None if verdict is Verdict.REJECT else register(ws, spec, job, snapshot, winner)
    evaluation = Evaluation(
        model=spec.name,
        as_of=job.as_of,
        request=job.request,
        reasons=job.reasons,
        snapshot=job.snapshot,
        champion=champion,
        challenger=version.version if version else None,
        winner=winner.candidate.name,
        metrics=winner.metrics,
        champion_metrics=exam.champion_metrics,
        baseline_metrics=exam.baseline_metrics,
        candidates=tuple(sorted(results, key=lambda result: result.candidate.index)),
        comparison=exam.comparison,
        gates=gates,
        verdict=verdict,
        sentence=_sentence(winner, verdict, gates),
    )
    _show(ws, job, evaluation)
    ws.catalog.append(spec.name, EntryKind.EVALUATION, job.as_of, evaluation, expected=seen)
    return evaluation


def _best(ws: Workspace, spec: ModelSpec, snapshot: Snapshot, results: Sequence[CandidateResult]) -> CandidateResult:
    """The candidate with the least loss; one that forgets old windows has to be better by more than chance.

    On most streams all of history is the better teacher, and a short history wins a comparison on few windows by luck
    (docs/policies.md has the figures).
    """
    real = [result for result in results if not result.candidate.trivial]
    if not real:
        raise TrainingError("no candidate could be trained", code="TRN203", model=spec.name)
    ordered = sorted(real, key=lambda result: (result.loss, result.candidate.index))
    best, full = ordered[0], next((result for result in ordered if result.candidate.history == "all"), None)
    if full is None or full is best:
        return best
    rows = pinned_rows(ws, spec, snapshot, snapshot.holdback)
    theirs, ours = (losses(spec.loss, rows.target, _scores(ws, result)[: len(rows)]) for result in (full, best))
    return best if compare(theirs, ours, days(spec, rows.raw)).p_value <= FORGETTING else full


def _scores(ws: Workspace, result: CandidateResult) -> np.ndarray[Any, Any]:
    """A candidate's scores of the rows that were kept back, in order of time: the final ones come last."""
    scores: np.ndarray[Any, Any] = ws.store.read_at(result.predictions, result.predictions_version)[SCORE].to_numpy()
    return scores


def _held_back(
    ws: Workspace, spec: ModelSpec, snapshot: Snapshot, winner: CandidateResult, champion: int | None
) -> _HeldBack:
    rows = pinned_rows(ws, spec, snapshot, snapshot.examined)
    scores = _newest(_scores(ws, winner), len(rows))
    if champion is None:
        return _HeldBack(rows, scores, None)
    version = ws.catalog.version(spec.name, champion)
    unseen = [window for window in snapshot.examined if version.trained_on[1] < window]
    if not unseen:
        return _HeldBack(rows, scores, None)
    chosen = in_windows(spec, rows.raw, unseen)
    rows = rows.where(chosen)
    return _HeldBack(rows, scores[chosen], served_model(ws, spec, champion).predict(rows.features))


def _examined(ws: Workspace, spec: ModelSpec, snapshot: Snapshot, result: CandidateResult) -> CandidateResult:
    """The result with the metrics that the gates judge: on the final windows, where some are kept for that."""
    if not snapshot.final:
        return result
    target = pinned_rows(ws, spec, snapshot, snapshot.final).target
    return result.model_copy(update={"metrics": metrics(spec.task, target, _newest(_scores(ws, result), len(target)))})


def _newest(scores: np.ndarray[Any, Any], rows: int) -> np.ndarray[Any, Any]:
    return scores[len(scores) - rows :]


def _exam(
    spec: ModelSpec,
    champion: int | None,
    held_back: _HeldBack,
    winner: CandidateResult,
    results: Sequence[CandidateResult],
) -> Exam:
    baseline = next((result.metrics for result in results if result.candidate.trivial), {})
    if held_back.champion is None:
        return Exam(
            task=spec.task,
            metric=spec.metric,
            metrics=winner.metrics,
            baseline_metrics=baseline,
            has_champion=champion is not None,
        )
    target, rows = held_back.rows.target, held_back.rows
    theirs, ours = losses(spec.loss, target, held_back.champion), losses(spec.loss, target, held_back.winner)
    blocks = days(spec, rows.raw)
    return Exam(
        task=spec.task,
        metric=spec.metric,
        metrics=winner.metrics,
        baseline_metrics=baseline,
        champion_metrics=metrics(spec.task, target, held_back.champion),
        comparison=compare(theirs, ours, blocks),
        has_champion=True,
        slices=compare_slices(slice_columns(spec, rows.raw), theirs, ours, blocks),
    )


def _verdict(spec: ModelSpec, gates: tuple[GateResult, ...]) -> Verdict:
    if not all(gate.passed for gate in gates):
        return Verdict.REJECT
    return Verdict.AWAIT_APPROVAL if spec.promotion == "approval" else Verdict.PROMOTE


def _sentence(winner: CandidateResult, verdict: Verdict, gates: tuple[GateResult, ...]) -> str:
    failed = [gate.sentence for gate in gates if not gate.passed]
    outcome = {
        Verdict.REJECT: "the champion stays: " + " ".join(failed),
        Verdict.AWAIT_APPROVAL: "passed every gate and waits for approval.",
        Verdict.PROMOTE: "passed every gate.",
    }[verdict]
    return f"{winner.candidate.name} was the best of the candidates; {outcome}"


def _show(ws: Workspace, job: TrainingJob, evaluation: Evaluation) -> None:
    """Finish the training's run in MLflow: before the ledger knows, for afterwards nobody comes back to do it."""
    ws.tracking.finish(
        job.run_id,
        metrics={f"held_back.{name}": value for name, value in evaluation.metrics.items()}
        | {f"champion.{name}": value for name, value in evaluation.champion_metrics.items()}
        | {f"baseline.{name}": value for name, value in evaluation.baseline_metrics.items()},
        tags={"verdict": evaluation.verdict, "winner": evaluation.winner, "sentence": evaluation.sentence},
    )
    ws.catalog.note(evaluation.model, f"training/{job.key[:16]}", {"mlflow_run": job.run_id})

"""evaluate: choose the best candidate, hold it against the champion and the gates, register it if it passes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leeway.clearance import cleared, needs_clearance
from leeway.core import (
    CandidateResult,
    EntryKind,
    Evaluation,
    GateResult,
    Snapshot,
    TrainingJob,
    Verdict,
)
from leeway.dataset import days, pinned_rows
from leeway.describing import describe
from leeway.errors import TrainingError
from leeway.evaluation.metrics import losses, metrics
from leeway.evaluation.tournament import may_forget
from leeway.examining import Past, exam_of, scores_of
from leeway.registration import register

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leeway.reports.card import Card
    from leeway.spec import ModelSpec
    from leeway.workspace import Workspace


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
    champion = ws.catalog.champion(spec.name)
    past = Past.of(ws, spec.name)
    best = _best(ws, spec, snapshot, results)
    results = [_examined(ws, spec, snapshot, result) for result in results]
    winner = next(result for result in results if result.candidate == best.candidate)
    exam = exam_of(ws, spec, snapshot, winner=winner, results=results, past=past)
    gates = tuple(gate.examine(exam) for gate in spec.gates)
    verdict = _verdict(ws, spec, gates)
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
        intervals=exam.intervals,
        groups=exam.groups.told(spec.metric) if exam.groups else (),
        gaps=exam.groups.gaps() if exam.groups else {},
        candidates=tuple(sorted(results, key=lambda result: result.candidate.index)),
        comparison=exam.comparison,
        gates=gates,
        points=exam.gain.points if exam.gain else None,
        metric_gain=exam.gain,
        looks=exam.looks,
        verdict=verdict,
        sentence=_sentence(winner, verdict, gates),
    )
    _show(ws, job, evaluation, card=describe(ws, spec, version, evaluation, run_id=job.run_id) if version else None)
    ws.catalog.append(spec.name, EntryKind.EVALUATION, job.as_of, evaluation, expected=seen)
    return evaluation


def _best(ws: Workspace, spec: ModelSpec, snapshot: Snapshot, results: Sequence[CandidateResult]) -> CandidateResult:
    """The candidate with the least loss; one that forgets old windows has to be better by more than chance."""
    real = [result for result in results if not result.candidate.trivial]
    if not real:
        raise TrainingError("no candidate could be trained", code="TRN203", model=spec.name)
    ordered = sorted(real, key=lambda result: (result.loss, result.candidate.index))
    best, full = ordered[0], next((result for result in ordered if result.candidate.history == "all"), None)
    if full is None or full is best:
        return best
    rows = pinned_rows(ws, spec, snapshot, snapshot.holdback)
    theirs, ours = (losses(spec.loss, rows.target, scores_of(ws, result)[: len(rows)]) for result in (full, best))
    return best if may_forget(theirs, ours, days(spec, rows.raw)) else full


def _examined(ws: Workspace, spec: ModelSpec, snapshot: Snapshot, result: CandidateResult) -> CandidateResult:
    """The result with the metrics that the gates judge: on the final windows, where some are kept for that."""
    if not snapshot.final:
        return result
    target = pinned_rows(ws, spec, snapshot, snapshot.final).target
    scores = scores_of(ws, result)[-len(target) :]
    return result.model_copy(update={"metrics": metrics(spec.task, target, scores)})


def _verdict(ws: Workspace, spec: ModelSpec, gates: tuple[GateResult, ...]) -> Verdict:
    if not all(gate.passed for gate in gates):
        return Verdict.REJECT
    waits = spec.promotion == "approval" or (needs_clearance(spec) and not cleared(ws, spec))
    return Verdict.AWAIT_APPROVAL if waits else Verdict.PROMOTE


def _sentence(winner: CandidateResult, verdict: Verdict, gates: tuple[GateResult, ...]) -> str:
    failed = [gate.sentence for gate in gates if not gate.passed]
    outcome = {
        Verdict.REJECT: "the champion stays: " + " ".join(failed),
        Verdict.AWAIT_APPROVAL: "passed every gate and waits for approval.",
        Verdict.PROMOTE: "passed every gate.",
    }[verdict]
    return f"{winner.candidate.name} was the best of the candidates; {outcome}"


def _show(ws: Workspace, job: TrainingJob, evaluation: Evaluation, *, card: Card | None) -> None:
    """Finish the training's run in MLflow: before the ledger knows, for afterwards nobody comes back to do it."""
    ws.tracking.finish(
        job.run_id,
        metrics={f"held_back.{name}": value for name, value in evaluation.metrics.items()}
        | {f"champion.{name}": value for name, value in evaluation.champion_metrics.items()}
        | {f"baseline.{name}": value for name, value in evaluation.baseline_metrics.items()}
        | _comparison(evaluation),
        tags={"verdict": evaluation.verdict, "winner": evaluation.winner, "sentence": evaluation.sentence},
        artifacts={"card.md": card.markdown.encode(), "card.html": card.html} if card else {},
    )
    ws.catalog.note(evaluation.model, f"training/{job.key[:16]}", {"mlflow_run": job.run_id})


def _comparison(evaluation: Evaluation) -> dict[str, float]:
    """What the gates found out about the challenger beside the champion, and how much they could have."""
    facts = {f"gate.{gate.gate}.{name}": value for gate in evaluation.gates for name, value in gate.facts.items()}
    gain = evaluation.metric_gain
    return facts | ({"points": gain.points, "points_low": gain.low, "points_high": gain.high} if gain else {})

"""abandon: record that what was asked for failed, so that the champion stays and the next window is not held up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leeway.core import ROLL_BACK, EntryKind, Evaluation, Reason, Verdict, retrain_subject

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from leeway.spec import ModelSpec
    from leeway.workspace import Workspace


def abandon(
    ws: Workspace, spec: ModelSpec, as_of: datetime, *, reasons: Sequence[Reason], why: str, request: str = ""
) -> Evaluation:
    """Close a retrain without a challenger, or a roll back that cannot be, unless it has an outcome already.

    Raises:
        ConflictError: if somebody else appended to the ledger meanwhile.
    """
    seen = ws.catalog.last_seq(spec.name)
    recorded = ws.catalog.evaluation(spec.name, as_of, request=request)
    if recorded is not None:
        return recorded
    _close_run(ws, spec, as_of, request=request, why=why)
    evaluation = Evaluation(
        model=spec.name,
        as_of=as_of,
        request=request,
        reasons=tuple(reasons),
        snapshot="",
        champion=ws.catalog.champion(spec.name),
        challenger=None,
        winner="",
        metrics={},
        verdict=Verdict.FAILED,
        sentence=f"The {'roll back' if request == ROLL_BACK else 'retrain'} failed, the champion stays: {why}",
    )
    ws.catalog.append(spec.name, EntryKind.EVALUATION, as_of, evaluation, expected=seen)
    return evaluation


def _close_run(ws: Workspace, spec: ModelSpec, as_of: datetime, *, request: str, why: str) -> None:
    """Let the training's run in MLflow end as failed, if the retrain got as far as to open one."""
    notes = ws.catalog.notes(spec.name, retrain_subject(as_of, request))
    if notes:
        ws.tracking.finish(notes[-1].value, tags={"verdict": Verdict.FAILED, "sentence": why}, status="FAILED")

"""abandon: record that a retrain failed, so that the champion stays and the next window is not held up for ever."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from leeway.core import EntryKind, Evaluation, Reason, Verdict
from leeway.spec import ModelSpec
from leeway.workspace import Workspace


def abandon(
    ws: Workspace, spec: ModelSpec, as_of: datetime, *, reasons: Sequence[Reason], why: str, request: str = ""
) -> Evaluation:
    """Close a retrain without a challenger, unless it has an outcome already.

    Raises:
        ConflictError: if somebody else appended to the ledger meanwhile.
    """
    recorded = ws.catalog.evaluation(spec.name, as_of, request=request)
    if recorded is not None:
        return recorded
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
        sentence=f"The retrain failed, the champion stays: {why}",
    )
    ws.catalog.append(spec.name, EntryKind.EVALUATION, as_of, evaluation, expected=ws.catalog.last_seq(spec.name))
    return evaluation

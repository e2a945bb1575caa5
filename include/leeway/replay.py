"""Runs the verbs over windows in one process, in the order that history had: the same functions that Airflow calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from leeway import turns
from leeway.core import ROLL_BACK, Decision, Evaluation, Promotion, Reason, Window
from leeway.errors import ArtifactError, TrackingError, TrainingError
from leeway.recipes import candidates_of
from leeway.stages.abandon import abandon
from leeway.stages.decide import decide
from leeway.stages.evaluate import evaluate
from leeway.stages.ingest import ingest
from leeway.stages.measure import measure
from leeway.stages.promote import promote
from leeway.stages.roll_back import roll_back_as_decided
from leeway.stages.score import score
from leeway.stages.snapshot import snapshot
from leeway.stages.train import train
from leeway.stages.validate import validate

if TYPE_CHECKING:
    from datetime import datetime

    from leeway.spec import ModelSpec
    from leeway.workspace import Workspace

Progress = Callable[[Decision], None]


def advance(ws: Workspace, spec: ModelSpec, window: Window, progress: Progress | None = None) -> Decision:
    """Bring a model up to ``window``: finish what is open before it, then the window itself and what it asks for.

    Args:
        ws: the workspace.
        spec: the model.
        window: a window of its schedule.
        progress: called with every decision made on the way.

    Returns:
        The decision about ``window``.
    """
    catch_up(ws, spec, window, progress)
    decision = _one(ws, spec, window)
    if progress:
        progress(decision)
    finish(ws, spec, spec.schedule.after(window))
    return decision


def catch_up(ws: Workspace, spec: ModelSpec, window: Window, progress: Progress | None = None) -> None:
    """Do everything that has to be done before ``window``: undecided windows in order, and what they ask for."""
    for earlier in list(turns.undecided(ws.catalog, spec, window)):
        finish(ws, spec, earlier)
        decision = _one(ws, spec, earlier)
        if progress:
            progress(decision)
    finish(ws, spec, window)


def finish(ws: Workspace, spec: ModelSpec, window: Window) -> None:
    """Carry out what was asked for and has to be finished before ``window``: a retrain, recalibration or roll back."""
    order = turns.open_order(ws.catalog, spec, window)
    if order is None:
        return
    if order.trains:
        run_retrain(ws, spec, order.window.end, reasons=order.decision.reasons, base=order.base)
    else:
        run_roll_back(ws, spec, order.decision)


def run_roll_back(ws: Workspace, spec: ModelSpec, decision: Decision) -> Promotion | None:
    """Roll back as decided, once; if the earlier champion's files are gone or damaged, record that.

    Returns:
        The promotion, or None if there was nothing to do or it could not be done.
    """
    try:
        return roll_back_as_decided(ws, spec, decision)
    except (ArtifactError, TrackingError) as error:
        if isinstance(error, TrackingError) and error.transient:
            raise
        abandon(ws, spec, decision.window.end, reasons=decision.reasons, why=str(error), request=ROLL_BACK)
        return None


def run_retrain(
    ws: Workspace,
    spec: ModelSpec,
    as_of: datetime,
    *,
    reasons: tuple[Reason, ...],
    request: str = "",
    base: int | None = None,
) -> Evaluation:
    """Snapshot, train all candidates, evaluate, promote; if nothing can be trained, record that.

    A retrain that has an outcome already is not done again; only what follows from the outcome is. With ``base`` the
    only candidate is that version with its scores corrected.
    """
    evaluation = ws.catalog.evaluation(spec.name, as_of, request=request)
    if evaluation is None:
        try:
            job = snapshot(ws, spec, as_of, reasons=reasons, request=request, base=base)
            candidates = candidates_of(ws, spec, job)
            evaluation = evaluate(ws, spec, job, [train(ws, spec, job, candidate) for candidate in candidates])
        except TrainingError as error:
            evaluation = abandon(ws, spec, as_of, reasons=reasons, why=str(error), request=request)
    promote(ws, spec, evaluation)
    return evaluation


def _one(ws: Workspace, spec: ModelSpec, window: Window) -> Decision:
    validate(ws, spec, window, ingest(ws, spec, window))
    score(ws, spec, window)
    measure(ws, spec, window)
    return decide(ws, spec, window)

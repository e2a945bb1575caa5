"""decide: from what was measured and decided so far to one decision, appended to the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leeway.budget import with_seconds
from leeway.core import Action, Decision, EntryKind, Evaluation, Measurement, PartitionKind, Reason, Window
from leeway.dataset import is_mature
from leeway.errors import CatalogError, ConflictError
from leeway.policies.base import History
from leeway.policies.envelope import within

if TYPE_CHECKING:
    from leeway.spec import ModelSpec
    from leeway.workspace import Workspace

MIN_COVERAGE = 0.5
"""Labels judge a window only if at least this share of its rows has one."""


def decide(ws: Workspace, spec: ModelSpec, window: Window) -> Decision:
    """Decide about the window once and for all; asked again, give the decision that was made.

    A window before the head that was never decided is measured only: its decision says so and is not recorded.

    Raises:
        CatalogError: if the window was not measured.
        ConflictError: if somebody else appended to the ledger meanwhile, or changed the champion since it was measured.
    """
    made = ws.catalog.decision(spec.name, window)
    if made is not None:
        return made
    head = ws.catalog.head(spec.name)
    if head is not None and window < head:
        return Decision(
            model=spec.name,
            window=window,
            action=Action.NONE,
            reasons=(Reason.NOT_DECIDED_THEN,),
            sentence=f"Measured only: when this window was new nothing was decided, and the ledger has reached {head}.",
        )
    seen = ws.catalog.last_seq(spec.name)
    revision = ws.catalog.revisions(spec.name, window)
    current = ws.catalog.measurement(spec.name, window, revision)
    if current is None:
        raise CatalogError(
            "nothing was measured", code="CAT020", model=spec.name, window=window, do="Measure it first."
        )
    if current.champion != ws.catalog.champion(spec.name, at=window.start):
        raise ConflictError(
            "the champion changed since the window was measured", code="CAT112", model=spec.name, window=window,
            do="Score and measure it again.",
        )  # fmt: skip
    history = _history(ws, spec, window, current)
    decision = within(spec.limits, history, spec.policy.decide(history))
    decision = _explained(decision, current)
    evidence = {**decision.evidence, "measurement": revision}
    decision = decision.model_copy(update={"evidence": evidence, "policy": spec.policy.kind})
    ws.catalog.append(spec.name, EntryKind.DECISION, window.end, decision, expected=seen)
    return decision


def _explained(decision: Decision, measurement: Measurement) -> Decision:
    """Say why the loss rose, whatever the policy made of it."""
    if not measurement.attributions:
        return decision
    why = [found.model_dump(mode="json") for found in measurement.attributions]
    sentences = [decision.sentence, *(found.sentence for found in measurement.attributions)]
    return decision.model_copy(
        update={"sentence": " ".join(sentences), "evidence": {**decision.evidence, "attributions": why}}
    )


def _history(ws: Workspace, spec: ModelSpec, window: Window, current: Measurement) -> History:
    """What may be known at the window's end."""
    raw = ws.catalog.partitions(spec.name, PartitionKind.RAW, end=window.end)
    labelled = {found.window for found in raw if found.usable and is_mature(spec, found.window, window.end)}
    known = ws.catalog.partitions(spec.name, PartitionKind.LABELS, end=window.end)
    return History(
        current=current,
        past=ws.catalog.measurements(spec.name, until=window.start, as_decided=True),
        decisions=ws.catalog.decisions(spec.name, until=window.start),
        labelled_windows=len(labelled),
        labelled_rows=sum(found.rows for found in known if found.usable),
        retrain_on=spec.retrain_on,
        judged=_judged(spec, window, current),
        evaluations=_evaluations(ws, spec, window),
        promotions=tuple(p for p in ws.catalog.promotions(spec.name) if p.effective_from <= window.start),
        frozen=ws.catalog.frozen(spec.name, at=window.start),
        retrain_cost=spec.retrain_cost,
        task=spec.task,
    )


def _evaluations(ws: Workspace, spec: ModelSpec, window: Window) -> tuple[Evaluation, ...]:
    """What came of earlier retrains; how long they took only where a budget depends on it: no two runs take as long."""
    found = tuple(made for made in ws.catalog.evaluations(spec.name) if made.as_of <= window.start)
    return with_seconds(ws, found) if spec.limits.training_hours else found


def _judged(spec: ModelSpec, window: Window, current: Measurement) -> bool:
    """Whether labels already speak about the champion in the last two windows."""
    recent = spec.schedule.before(spec.schedule.before(window)).start
    return any(
        found.version == current.champion and found.window.start >= recent and found.coverage >= MIN_COVERAGE
        for found in current.matured
    )

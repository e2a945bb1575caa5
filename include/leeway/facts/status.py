"""How a model is: who serves, what was decided last, what is open, when the next run is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leeway import aliases, turns
from leeway.facts.plain import Facts, plain

if TYPE_CHECKING:
    from leeway.core import Decision, Promotion
    from leeway.spec import ModelSpec
    from leeway.workspace import Workspace


def status_of(ws: Workspace, spec: ModelSpec) -> Facts:
    """How a model is; every key is always there."""
    head = ws.catalog.head(spec.name)
    next_window = spec.schedule.first if head is None else spec.schedule.after(head)
    order = turns.open_order(ws.catalog, spec, next_window)
    decision = ws.catalog.decision(spec.name, head) if head is not None else None
    promotions, frozen = ws.catalog.promotions(spec.name), ws.catalog.frozen(spec.name)
    return {
        "model": spec.name,
        "description": spec.description,
        "champion": _champion(spec, promotions[-1], decision) if promotions else None,
        "last_window": head,
        "decision": decision
        and {"action": decision.action, "reasons": decision.reasons, "sentence": decision.sentence},
        "flagged": _flagged(ws, decision) if decision is not None else [],
        "open_retrain": order.window if order is not None and order.trains else None,
        "open_roll_back": order.window if order is not None and not order.trains else None,
        "waiting_challenger": aliases.waiting(ws, spec.name),
        "frozen": frozen if frozen is not None and frozen.frozen else None,
        "next_window": next_window if spec.schedule.covers(next_window) else None,
    }


def _champion(spec: ModelSpec, last: Promotion, decision: Decision | None) -> Facts:
    """The version that serves, since when, and for how many decided windows."""
    decided = decision.window.end if decision is not None else last.effective_from
    windows = sum(1 for _ in spec.schedule.between(last.effective_from, decided))
    return {"version": last.to_version, "effective_from": last.effective_from, "windows": windows}


def _flagged(ws: Workspace, decision: Decision) -> list[Any]:
    """What was flagged when the decision was made."""
    revision = decision.evidence.get("measurement")
    measurement = ws.catalog.measurement(decision.model, decision.window, revision)
    return [plain(signal) for signal in measurement.flagged] if measurement is not None else []

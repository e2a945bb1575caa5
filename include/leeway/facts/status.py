"""How a model is: who serves, what was decided last, what is open, when the next run is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from leeway.facts.plain import Facts, plain
from leeway.facts.standing import Standing, standings

if TYPE_CHECKING:
    from collections.abc import Collection

    from leeway.core import Decision
    from leeway.spec import ModelSpec
    from leeway.workspace import Workspace


def status_of(ws: Workspace, spec: ModelSpec) -> Facts:
    """How a model is; every key is always there."""
    (found,) = statuses_of(ws, [spec])
    return found


def statuses_of(ws: Workspace, specs: Collection[ModelSpec]) -> list[Facts]:
    """How models are, in the order given."""
    return [_status(ws, standing) for standing in standings(ws.catalog, specs, datetime.now(UTC))]


def _status(ws: Workspace, standing: Standing) -> Facts:
    spec, latest, order = standing.spec, standing.latest, standing.order
    decision = latest.decision
    return {
        "model": spec.name,
        "description": spec.description,
        "health": standing.assessment.health,
        "health_sentence": standing.assessment.sentence,
        "champion": _champion(ws, standing),
        "last_window": standing.head,
        "decision": decision
        and {"action": decision.action, "reasons": decision.reasons, "sentence": decision.sentence},
        "flagged": _flagged(ws, decision) if decision is not None else [],
        "open_retrain": order.window if order is not None and order.trains else None,
        "open_roll_back": order.window if order is not None and not order.trains else None,
        "waiting_challenger": standing.waiting,
        "frozen": latest.frozen,
        "late_by": standing.late_by,
        "catching_up": standing.catching_up,
        "next_window": standing.next_window,
    }


def _champion(ws: Workspace, standing: Standing) -> Facts | None:
    """The version that serves, since when, and for how many decided windows."""
    champion = standing.latest.champion
    if champion is None:
        return None
    decided = ws.catalog.decided_since({champion.model: champion.effective_from})
    return {
        "version": champion.to_version,
        "effective_from": champion.effective_from,
        "windows": decided[champion.model],
    }


def _flagged(ws: Workspace, decision: Decision) -> list[Any]:
    """What was flagged when the decision was made."""
    return [plain(signal) for signal in ws.catalog.flagged_signals([decision]).get(decision.model, ())]

"""What was decided about a model, and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leeway.facts.windows import Limits

if TYPE_CHECKING:
    from leeway.core import Decision
    from leeway.facts.plain import Facts
    from leeway.spec import ModelSpec
    from leeway.workspace import Workspace


def history_of(ws: Workspace, spec: ModelSpec, since: str | None = None, until: str | None = None) -> Facts:
    """The ledger between two windows, both inclusive; evaluations and promotions belong to the window that they follow.

    Raises:
        SpecError: if a limit is neither a date nor a time.
    """
    told = Limits.of(spec, since, until)
    return {
        "model": spec.name,
        "decisions": [
            decision_facts(found) for found in ws.catalog.decisions(spec.name) if told.hold(found.window.end)
        ],
        "evaluations": [found for found in ws.catalog.evaluations(spec.name) if told.hold(found.as_of)],
        "promotions": [
            found.model_dump(include={"effective_from", "from_version", "to_version", "kind", "reason", "by"})
            for found in ws.catalog.promotions(spec.name)
            if told.hold(found.effective_from)
        ],
        "freezes": [
            found.model_dump(include={"effective_from", "frozen", "reason", "by"})
            for found in ws.catalog.freezes(spec.name)
            if told.hold(found.effective_from)
        ],
    }


def decision_facts(decision: Decision) -> Facts:
    """A decision as ``history`` and ``run`` tell it."""
    kept = ("action", "reasons", "sentence", "champion", "policy", "evidence")
    window = {"window_start": decision.window.start, "window_end": decision.window.end}
    return {**window, **{name: getattr(decision, name) for name in kept}}

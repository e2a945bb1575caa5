"""freeze: leave a model as it is, and let it go on: a person's word, in effect from the first undecided window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leeway import aliases

if TYPE_CHECKING:
    from leeway.core import Freeze
    from leeway.spec import ModelSpec
    from leeway.workspace import Workspace


def freeze(ws: Workspace, spec: ModelSpec, *, by: str, reason: str) -> Freeze:
    """Leave the model as it is: scored and measured, but no retrain, recalibration, roll back or promotion.

    Said again, it changes nothing.
    """
    return _say(ws, spec, frozen=True, by=by, reason=reason)


def unfreeze(ws: Workspace, spec: ModelSpec, *, by: str, reason: str = "") -> Freeze:
    """Let the policy act again; it also closes the circuit that rejected challengers have opened."""
    return _say(ws, spec, frozen=False, by=by, reason=reason)


def _say(ws: Workspace, spec: ModelSpec, *, frozen: bool, by: str, reason: str) -> Freeze:
    waited = aliases.waiting(ws, spec.name)
    said = ws.catalog.freeze(
        spec.name, frozen=frozen, not_before=spec.schedule.first.start, reason=reason or "no reason was given", by=by
    )
    if aliases.waiting(ws, spec.name) != waited:  # else MLflow has nothing to learn, and need not answer
        aliases.project(ws, spec.name)
    return said

"""Whether a model's policy has passed a backtest: what ``promotion: auto_after_backtest`` waits for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from leeway.canonical import digest

if TYPE_CHECKING:
    from leeway.spec import ModelSpec
    from leeway.workspace import Workspace

SUBJECT: Final = "backtest"
PASSED, FAILED = "passed", "failed"


def needs_clearance(spec: ModelSpec) -> bool:
    """Whether challengers wait for a person until a backtest has passed."""
    return spec.promotion == "auto_after_backtest"


def record(ws: Workspace, spec: ModelSpec, *, passed: bool) -> None:
    """Note the outcome of a backtest of the model's own policy on its own history."""
    ws.catalog.note(spec.name, SUBJECT, {_key(spec): PASSED if passed else FAILED})


def cleared(ws: Workspace, spec: ModelSpec) -> bool:
    """Whether the newest backtest of what the model file says now has passed."""
    found = [note.value for note in ws.catalog.notes(spec.name, SUBJECT) if note.key == _key(spec)]
    return bool(found) and found[-1] == PASSED


def _key(spec: ModelSpec) -> str:
    """Of all that a backtest depends on: another policy, cost, recipe or gate has to pass again."""
    said = spec.model_dump(mode="json", include={"policy", "retrain_cost", "training", "gates", "limits", "monitoring"})
    return digest([said, spec.metric, spec.loss])[:32]

"""What a person can do about a model on its page. Each is one class: its fields are what the request says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from leeway.console.actions.approval import Approve, Reject
from leeway.console.actions.backfill import Backfill
from leeway.console.actions.backtest import Backtest
from leeway.console.actions.base import Action, Asking, Done, Preview
from leeway.console.actions.freeze import Freeze, Unfreeze
from leeway.console.actions.retrain import Retrain
from leeway.console.actions.roll_back import RollBack

if TYPE_CHECKING:
    from leeway.console.access import Person
    from leeway.spec import ModelSpec
    from leeway.workspace import Workspace

ACTIONS: Final[tuple[type[Action], ...]] = (
    Approve, Reject, RollBack, Freeze, Unfreeze, Retrain, Backfill, Backtest,
)  # fmt: skip
"""In the order in which the page offers them."""

__all__ = ["ACTIONS", "Action", "Asking", "Done", "Preview", "offered"]


def offered(ws: Workspace, spec: ModelSpec, user: Person) -> list[dict[str, Any]]:
    """Each action, whether a person may do it now, and why not."""
    reasons = ((action, action.why_not(ws, spec, user)) for action in ACTIONS)
    return [
        {"name": action.name, "label": action.label, "allowed": why_not is None, "why_not": why_not}
        for action, why_not in reasons
    ]

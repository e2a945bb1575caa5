"""A policy that does what a test says: on which day which action. Model files name it ``scripted:Scripted``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from leeway.core import Action, Decision, Reason
from leeway.policies.base import History, Policy
from leeway.policies.steps import decision, first_steps

if TYPE_CHECKING:
    from collections.abc import Mapping

BECAUSE = {
    Action.RETRAIN: Reason.CONCEPT_DRIFT,
    Action.RECALIBRATE: Reason.MISCALIBRATED,
    Action.ROLL_BACK: Reason.HARM,
    Action.ALERT: Reason.DATA_DRIFT,
    Action.NONE: Reason.QUIET,
}


class Scripted(Policy):
    """Makes the first champion as every policy does, and then follows the plan."""

    kind: str = "scripted:Scripted"
    plan: dict[str, Action] = Field(default_factory=dict, description="Date of a window -> action.")

    def decide(self, history: History) -> Decision:
        """Follow the plan; nothing on a day that it does not name."""
        if (made := first_steps(self, history, cooldown=0)) is not None:
            return made
        action = self.plan.get(f"{history.current.window.start:%Y-%m-%d}", Action.NONE)
        return decision(self, history, action=action, reasons=(BECAUSE[action],), sentence="The plan says so.")


def plan(days: Mapping[int, str]) -> dict[str, object]:
    """The policy of a tiny model's file: day of January -> action; bootstrapped as `tiny` is."""
    return {
        "kind": "scripted:Scripted",
        "bootstrap_windows": 4,
        "min_rows": 50,
        "plan": {f"2024-01-{number + 1:02}": action for number, action in days.items()},
    }

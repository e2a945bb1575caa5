"""Policies that look at no signal: the baselines that every other policy has to beat in a replay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from leeway.core import Action, Reason
from leeway.policies.base import History, Policy
from leeway.policies.steps import decision, first_steps, windows_since_retrain

if TYPE_CHECKING:
    from leeway.core import Decision


class Every(Policy):
    """Retrains every so many windows, whatever was measured."""

    kind: str = "every"
    windows: int = Field(default=1, ge=1, description="Windows from one retrain to the next.")

    def decide(self, history: History) -> Decision:
        """Retrain if it is time."""
        if (made := first_steps(self, history, cooldown=self.windows - 1)) is not None:
            return made
        ago = windows_since_retrain(history)
        due = ago is None or ago >= self.windows
        if due and history.labelled_rows < self.min_rows:
            return decision(
                self,
                history,
                action=Action.NONE,
                reasons=(Reason.SCHEDULED, Reason.NOT_ENOUGH_DATA),
                sentence=f"A retrain is due, but only {history.labelled_rows:,} of {self.min_rows:,} labels are known.",
            )
        last = "never" if ago is None else f"{ago} windows ago"
        rhythm = "every window" if self.windows == 1 else f"every {self.windows} windows"
        return decision(
            self,
            history,
            action=Action.RETRAIN if due else Action.NONE,
            reasons=(Reason.SCHEDULED,) if due else (Reason.QUIET,),
            sentence=f"{'Due' if due else 'Not due'}: this model is retrained {rhythm}, the last time {last}.",
        )


class Never(Policy):
    """Trains the first champion and then keeps it; what was flagged can be seen, but causes nothing."""

    kind: str = "never"

    def decide(self, history: History) -> Decision:
        """Make the first champion, then do nothing."""
        if (made := first_steps(self, history, cooldown=0)) is not None:
            return made
        flagged = len(history.current.flagged)
        return decision(
            self,
            history,
            action=Action.NONE,
            reasons=(Reason.QUIET,),
            sentence=f"This model is never retrained; {flagged} signals were flagged.",
        )

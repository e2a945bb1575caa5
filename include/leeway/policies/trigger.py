"""What most policies are: one condition that speaks for a retrain, and around it the rules that all share."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from leeway.core import Action, Reason
from leeway.policies.base import History, Policy
from leeway.policies.steps import decision, first_steps, retrain

if TYPE_CHECKING:
    from leeway.core import Decision


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What a trigger sees in a window.

    Args:
        reason: why the model should be retrained; None if nothing speaks for it.
        sentence: what was looked at, with the figures; ends with a full stop.
        evidence: the figures.
    """

    reason: Reason | None
    sentence: str
    evidence: dict[str, Any] = field(default_factory=dict)


class Trigger(Policy):
    """Retrains when its condition holds, the last retrain has cooled down, and there are enough labels."""

    @abstractmethod
    def look(self, history: History) -> Finding:
        """Say whether the condition holds in a window that has a champion."""

    @property
    def pause(self) -> int:
        """Windows between two tries to make the first champion."""
        return self.cooldown

    def decide(self, history: History) -> Decision:
        """Retrain if the condition holds and nothing stands against it."""
        if (made := first_steps(self, history, cooldown=self.pause)) is not None:
            return made
        found = self.look(history)
        if found.reason is None:
            return decision(
                self,
                history,
                action=Action.NONE,
                reasons=(Reason.QUIET,),
                sentence=found.sentence,
                evidence=found.evidence,
            )
        return retrain(self, history, reasons=(found.reason,), sentence=found.sentence, evidence=found.evidence)

"""What a policy did on a stream: what is kept of a play, and what reports are made of."""

from __future__ import annotations

from leeway.core import Action, Number, Reason, Value


class Change(Value):
    """A retrain, a roll-back or a recalibration that was decided after a window, and what came of it.

    ``window`` is the window's number in the stream, from 0.
    """

    window: int
    action: Action
    reasons: tuple[Reason, ...]
    sentence: str
    promoted: bool
    winner: str = ""
    outcome: str = ""


class Played(Value):
    """What a policy made of a stream: the primary metric of each served window, and what it changed.

    ``weighs_cost`` says whether the cost of a retrain can change what it does.
    """

    values: tuple[Number, ...]
    changes: tuple[Change, ...]
    weighs_cost: bool

    @property
    def retrains(self) -> int:
        """Models that were trained and promoted."""
        return sum(change.promoted for change in self.changes if change.action is Action.RETRAIN)

    @property
    def trainings(self) -> int:
        """Retrains that were tried."""
        return sum(change.action is Action.RETRAIN for change in self.changes)

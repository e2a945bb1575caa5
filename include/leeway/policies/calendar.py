"""Policies that look at nothing that was measured: the baselines that every other policy has to beat in a replay."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from pydantic import Field, field_validator

from leeway.boundaries import Boundaries
from leeway.core import Reason, time_zone
from leeway.policies.steps import windows_since_retrain
from leeway.policies.trigger import Finding, Trigger
from leeway.schedule import Cron

if TYPE_CHECKING:
    from datetime import datetime

    from leeway.policies.base import History, Weighed


class _Blind(Trigger):
    """Goes by the calendar, or by nothing."""

    @property
    def weighs(self) -> frozenset[Weighed]:
        """Nothing."""
        return frozenset()


class Every(_Blind):
    """Retrains every so many windows, whatever was measured."""

    kind: str = "every"
    windows: int = Field(default=1, ge=1, description="Windows from one retrain to the next.")
    cooldown: int = Field(default=0, ge=0, description="The rhythm is one already.")

    @property
    def pause(self) -> int:
        """The first champion is tried in the same rhythm."""
        return max(self.cooldown, self.windows - 1)

    def look(self, history: History) -> Finding:
        """Count the windows since the last retrain."""
        ago = windows_since_retrain(history)
        due = ago is None or ago >= self.windows
        last = "never" if ago is None else f"{ago} windows ago"
        rhythm = "every window" if self.windows == 1 else f"every {self.windows} windows"
        return Finding(
            reason=Reason.SCHEDULED if due else None,
            sentence=f"{'Due' if due else 'Not due'}: this model is retrained {rhythm}, the last time {last}.",
        )


class Scheduled(_Blind):
    """Retrains in the first window that ends at or after each time that a cron expression names.

    A time that passes while nothing can be decided or trained (the window is quarantined, labels are too few) is caught
    up in the next window. Several times within one window are one retrain.
    """

    kind: str = "scheduled"
    cron: Cron = Field(description="When, five fields: '0 0 1 * *' is the first of each month.")
    timezone: str = Field(default="UTC", description="IANA name of the zone the cron expression is read in.")
    cooldown: int = Field(default=0, ge=0, description="The calendar is one already.")

    @field_validator("timezone")
    @classmethod
    def _timezone(cls, value: str) -> str:
        return time_zone(value).key

    def look(self, history: History) -> Finding:
        """Look whether a time of the calendar has passed since the last retrain."""
        window, ago = history.current.window, windows_since_retrain(history)
        since = window.start if ago is None else history.decisions[-ago].window.end
        passed, following = _around(self.cron, self.timezone, window.end)
        due = since < passed
        plan = f"the calendar {self.cron!r} ({self.timezone})"
        last = "" if ago is None else f"; the last retrain was {ago} windows ago"
        sentence = (
            f"Due since {passed:%Y-%m-%dT%H:%MZ} by {plan}{last}."
            if due
            else f"Not due: {plan} names {following:%Y-%m-%dT%H:%MZ} as the next time{last}."
        )
        return Finding(
            reason=Reason.SCHEDULED if due else None, sentence=sentence, evidence={"calendar": passed.isoformat()}
        )


class Never(_Blind):
    """Trains the first champion and then keeps it, whatever was measured."""

    kind: str = "never"
    cooldown: int = Field(default=0, ge=0, description="Windows between two tries to make the first champion.")

    def look(self, history: History) -> Finding:  # noqa: ARG002 - it looks at nothing
        """Leave it as it is."""
        return Finding(reason=None, sentence="This model is never retrained.")


@lru_cache(maxsize=4096)
def _around(cron: str, timezone: str, moment: datetime) -> tuple[datetime, datetime]:
    """The last time of a calendar at or before a moment and the next one; a replay asks for the same ones often."""
    return Boundaries(cron, time_zone(timezone)).around(moment)

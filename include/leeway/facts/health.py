"""Health: how a model is in one word, worst first, and the sentence that says why.

============ =======================================================================================
``blocked``  The last decision is to block: the window's data may not be used.
``late``     The next window has been over for longer than ``alerts.late_after`` and is not decided,
             and the model is not catching up.
``failing``  The last retrain or roll back failed, or so many challengers in a row were rejected that
             a person has to look.
``flagged``  Something that decisions rest on was flagged in the last window (`ACTED_ON`).
``waiting``  A challenger waits for approval.
``working``  A retrain or a roll back that was asked for is not finished, or the model is catching up: windows
             are overdue, and the last one was measured within ``alerts.late_after``.
``frozen``   A person has said that the model is left as it is.
``new``      No version serves yet.
``ended``    The schedule is over and nothing is open.
``healthy``  None of these.
============ =======================================================================================

A model is the first of these that is true of it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from leeway.core import ROLL_BACK, Action, Verdict
from leeway.showing import ACTED_ON

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leeway.facts.standing import Standing


class Health(StrEnum):
    """How a model is, worst first."""

    BLOCKED = "blocked"
    LATE = "late"
    FAILING = "failing"
    FLAGGED = "flagged"
    WAITING = "waiting"
    WORKING = "working"
    FROZEN = "frozen"
    NEW = "new"
    ENDED = "ended"
    HEALTHY = "healthy"


class Assessment(NamedTuple):
    """How a model is, and why."""

    health: Health
    sentence: str


def assess(standing: Standing) -> Assessment:
    """The worst that is true of a model."""
    return next(_troubles(standing), None) or _at_rest(standing)


def _troubles(standing: Standing) -> Iterator[Assessment]:
    """Everything that calls for somebody, worst first."""
    decision = standing.latest.decision
    if decision is not None and decision.action is Action.BLOCK:
        yield Assessment(Health.BLOCKED, decision.sentence)
    if standing.late_by is not None:
        due = f"{standing.next_window} should be decided by now"
        yield Assessment(Health.LATE, f"Monitoring is late: {due}, {_length(standing.late_by)} ago.")
    if (failure := _failure(standing)) is not None:
        yield Assessment(Health.FAILING, failure)
    acted_on = [flag.subject for flag in standing.flags if flag.kind in ACTED_ON]
    if acted_on:
        yield Assessment(Health.FLAGGED, f"Flagged in the last window: {_names(acted_on)}.")
    if standing.waiting is not None:
        yield Assessment(Health.WAITING, f"v{standing.waiting} waits for approval.")
    if standing.order is not None:
        yield Assessment(Health.WORKING, f"Not finished: {standing.order}.")
    if standing.catching_up:
        yield Assessment(Health.WORKING, f"Catching up: {standing.next_window} is next.")
    if (frozen := standing.latest.frozen) is not None:
        yield Assessment(Health.FROZEN, f"Frozen by {frozen.by}: {frozen.reason}")


def _at_rest(standing: Standing) -> Assessment:
    if standing.latest.champion is None:
        return Assessment(Health.NEW, "No version serves yet.")
    if standing.next_window is None:
        return Assessment(Health.ENDED, "The schedule is over.")
    return Assessment(Health.HEALTHY, "Nothing that decisions rest on was flagged in the last window.")


def _failure(standing: Standing) -> str | None:
    outcomes = standing.latest.outcomes
    if outcomes and (last := outcomes[-1]).verdict is Verdict.FAILED:
        what = "roll back" if last.request == ROLL_BACK else "retrain"
        return f"The last {what}, as of {last.as_of:%Y-%m-%dT%H:%MZ}, failed; the champion stays."
    most = standing.spec.limits.rejections
    if most is not None and standing.rejections >= most:
        return f"{standing.rejections} challengers in a row were rejected: a person has to look."
    return None


def _names(subjects: Sequence[str]) -> str:
    """Up to three names, and how many there are besides."""
    names = list(dict.fromkeys(subjects))
    rest = len(names) - 3
    return ", ".join(names[:3]) + (f" and {rest} more" if rest > 0 else "")


def _length(seconds: float) -> str:
    """A length of time in the largest unit of which it has at least two."""
    units = {"days": 86_400, "hours": 3_600}
    unit, size = next((pair for pair in units.items() if seconds >= 2 * pair[1]), ("minutes", 60))
    return f"{seconds / size:.0f} {unit}"

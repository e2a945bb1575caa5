"""Whether anybody still watches a model: the next window should have been decided by now, and nobody works on it.

Airflow can say that a run takes too long, but not that there is none: a paused DAG, a scheduler that stands still and a
model file that was broken make no run. So this looks at the ledger, whoever asks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leeway import turns
from leeway.alerts.base import Event, Phase, Severity, Topic

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from leeway.core import Window
    from leeway.spec import ModelSpec
    from leeway.workspace import Workspace


def overdue(ws: Workspace, spec: ModelSpec, now: datetime) -> tuple[Window, timedelta] | None:
    """The window that should have been decided, and by how much that is late; None if nothing is.

    A model that is catching up is not late either.
    """
    head = ws.catalog.head(spec.name)
    found = turns.overdue(spec, head, now)
    if head is None or found is None:
        return None
    measured = turns.measured_at(ws.catalog, {spec.name: head}).get(spec.name)
    return None if turns.is_catching_up(spec, measured, now) else found


def lateness(ws: Workspace, spec: ModelSpec, now: datetime) -> Event | None:
    """The event of a model that is late."""
    found = overdue(ws, spec, now)
    if found is None:
        return None
    window, late = found
    return Event(
        model=spec.name,
        topic=Topic.MONITORING,
        phase=Phase.BEGAN,
        severity=Severity.CRITICAL,
        subject=f"late/{window.key}",
        title="monitoring is late",
        sentence=f"This window ended {_spelled(now - window.end)} ago and is not decided: {_spelled(late)} later than"
        f" allowed. Look whether {spec.name}__monitoring is paused, waits or failed, and whether Airflow's scheduler"
        " runs.",
        window=window,
        at=now,
    )


def _spelled(length: timedelta) -> str:
    """A length of time in words, no finer than it is known."""
    minutes = int(length.total_seconds() // 60)
    days, hours = divmod(minutes // 60, 24)
    if days:
        return f"{days} d {hours} h"
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"

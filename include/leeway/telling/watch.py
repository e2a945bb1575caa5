"""Looks at all models, whoever runs it: Airflow's own watch, or a scheduler outside Airflow, for when that is down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from leeway.errors import LeewayError
from leeway.telling.lateness import overdue
from leeway.telling.tell import tell

if TYPE_CHECKING:
    from collections.abc import Iterable

    from leeway.alerts.desk import Record
    from leeway.spec import ModelSpec
    from leeway.workspace import Workspace


@dataclass(frozen=True)
class Seen:
    """What was found of one model.

    Args:
        model: its name.
        late_by: seconds by which its next window is late; None if it is not.
        records: what was told.
        problem: why it could not be looked at.
    """

    model: str
    late_by: float | None = None
    records: tuple[Record, ...] = ()
    problem: LeewayError | None = None


def look_at_all(
    ws: Workspace, specs: Iterable[ModelSpec], *, page: str | None = None, now: datetime | None = None
) -> list[Seen]:
    """Tell what is late, what was held back and what nobody told; a model that cannot be looked at stops no other."""
    return [_look_at(ws, spec, page, now or datetime.now(UTC)) for spec in specs]


def _look_at(ws: Workspace, spec: ModelSpec, page: str | None, now: datetime) -> Seen:
    try:
        late = overdue(ws, spec, now)
        records = tell(ws, spec, page=page, now=now)
    except LeewayError as error:
        return Seen(spec.name, problem=error)
    return Seen(spec.name, late[1].total_seconds() if late is not None else None, tuple(records))

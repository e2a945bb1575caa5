"""Tell what is new about a model, once, whoever notices it first.

The trace holds a cursor into the ledger and a record of every message. They are read, and written together, under a
lock of the model that only telling takes, so two processes never tell the same; a process that dies before it has
written lets the next one tell it again, rather than nobody.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from leeway.alerts.base import Event, Phase, Severity, Topic
from leeway.alerts.delivery import PATIENCE, Patience, deliver
from leeway.alerts.desk import Plan, Record
from leeway.alerts.message import Message
from leeway.alerts.rules import Clock
from leeway.core import duration
from leeway.errors import AlertError
from leeway.telling.events import events_of
from leeway.telling.lateness import lateness

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from leeway.core import Entry, Window
    from leeway.spec import ModelSpec
    from leeway.workspace import Workspace

SUBJECT: Final = "alerts"
"""Under which the trace keeps what was told."""
_RECORD, _CURSOR = "record", "cursor"
LOCK_WAIT: Final = 120.0
"""Seconds to wait for another process that is telling."""
log = logging.getLogger(__name__)


def tell(
    ws: Workspace,
    spec: ModelSpec,
    further: Iterable[Event] = (),
    *,
    page: str | None = None,
    now: datetime | None = None,
    patience: Patience = PATIENCE,
) -> list[Record]:
    """Tell what the ledger holds that was not looked at yet, whether the model is late, and what still waits.

    Args:
        ws: the workspace.
        spec: the model; its ``alerts`` say who is told what.
        further: what the ledger does not know, such as a task that failed.
        page: URL of Airflow's page, for the link.
        now: the present moment; default: the clock's.
        patience: with sinks that do not answer.

    Returns:
        What was done with which events. A sink that is down is no error: it is told with the next message.

    Raises:
        CatalogError: if the catalog cannot be used, or another process has been telling for two minutes.
    """
    if not spec.alerts.to:
        return []
    with ws.catalog.lock(f"{spec.name}.{SUBJECT}", wait=LOCK_WAIT):
        now = now or datetime.now(UTC)
        seen, records = _remembered(ws, spec)
        entries = ws.catalog.entries(spec.name, after=seen)
        late = lateness(ws, spec, now)
        events = [
            *(event for entry in entries for event in _live(ws, spec, entry, now)),
            *further,
            *([late] if late is not None else []),
        ]
        clock = Clock(spec.alerts, spec.schedule.zone, now)
        plan = Plan.of(records, events, spec.alerts, clock)
        made = list(_carried_out(spec, plan, now, page, patience))
        _remember(ws, spec, made, entries)
    return made


def told(ws: Workspace, spec: ModelSpec) -> list[Record]:
    """Everything that was told or is held back, oldest first."""
    return _remembered(ws, spec)[1]


def try_out(spec: ModelSpec, *, page: str | None = None, patience: Patience = PATIENCE) -> dict[str, str | None]:
    """Send every sink a message that says that it is a test. It is not recorded and counts for no budget.

    Returns:
        The label of each sink, and why it did not take the message; None: it did.

    Raises:
        AlertError: ALR100 if the model has no sinks.
    """
    if not spec.alerts.to:
        raise AlertError(
            "nobody is told of this model", code="ALR100", model=spec.name,
            do="Write a sink under 'alerts.to' in its model file, or in _alerts.yaml for all models.",
        )  # fmt: skip
    event = Event(
        model=spec.name,
        topic=Topic.ACTION,
        phase=Phase.HAPPENED,
        severity=Severity.INFO,
        subject="test",
        title="this is a test",
        sentence="Nothing has happened: somebody asked leeway to try out where alerts are sent.",
        at=datetime.now(UTC),
    )
    message = Message(spec.name, (event,), page)
    return {sink.label: why for sink in spec.alerts.to for why in [_send(spec, sink.label, message, patience)]}


def is_history(spec: ModelSpec, window: Window, now: datetime) -> bool:
    """Whether a window is no news any more: the one after it should have been decided by now."""
    grace = duration(spec.alerts.late_after or "6h")
    return now >= spec.schedule.after(window).end + grace


def _live(ws: Workspace, spec: ModelSpec, entry: Entry, now: datetime) -> Iterator[Event]:
    """The events of a line of the ledger; of history only those that end what was told once."""
    for event in events_of(ws, spec, entry):
        history = event.window is not None and is_history(spec, event.window, now)
        if not history or spec.alerts.replays or event.phase is Phase.ENDED:
            yield event


def _carried_out(spec: ModelSpec, plan: Plan, now: datetime, page: str | None, patience: Patience) -> Iterator[Record]:
    """Send, or hold back; one record for all sinks that were sent the same."""
    if plan.held is not None and plan.fresh:
        yield Record(at=now, events=plan.fresh, held=plan.held)
    for events in dict.fromkeys(plan.sends.values()):
        message = Message(spec.name, events, page, plan.last_of_day)
        outcome = {
            label: _send(spec, label, message, patience) for label, wanted in plan.sends.items() if wanted == events
        }
        failed = {label: why for label, why in outcome.items() if why is not None}
        for label, why in failed.items():
            log.warning("%s: %s", label, why)
        if len(failed) < len(outcome) or set(events) & set(plan.fresh):  # else nothing has changed
            yield Record(
                at=now,
                events=events,
                delivered=tuple(label for label in outcome if label not in failed),
                failed=tuple(failed),
                why="; ".join(failed.values()),
            )


def _send(spec: ModelSpec, label: str, message: Message, patience: Patience) -> str | None:
    """Send one sink a message; say why it did not take it."""
    sink = next(sink for sink in spec.alerts.to if sink.label == label)
    try:
        deliver(sink, message, patience)
    except AlertError as error:
        return str(error)
    return None


def _remembered(ws: Workspace, spec: ModelSpec) -> tuple[int, list[Record]]:
    """The last line of the ledger that was looked at, and what was done."""
    notes = ws.catalog.notes(spec.name, SUBJECT)
    cursors = [int(note.value) for note in notes if note.key == _CURSOR]
    records = [Record.model_validate_json(note.value) for note in notes if note.key.startswith(_RECORD)]
    return cursors[-1] if cursors else 0, records


def _remember(ws: Workspace, spec: ModelSpec, records: Sequence[Record], entries: Sequence[Entry]) -> None:
    facts = {f"{_RECORD} {number}": record.to_json() for number, record in enumerate(records)}
    if entries:
        facts[_CURSOR] = str(entries[-1].seq)
    ws.catalog.note(spec.name, SUBJECT, facts)

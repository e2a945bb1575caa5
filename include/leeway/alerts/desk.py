"""The desk that messages cross: what of the news is new, who has to wait, and what is sent now. Pure.

Everything it decides follows from the record of what was told before, so it can be asked again after a crash, and the
same event noticed twice is told once. Four rules, in this order:

* **An incident is told once.** Trouble that goes on is told again after ``repeat_after``, at once when it gets worse,
  and once more when it is over.
* **Quiet times and the daily budget hold back.** What is held back is gathered and told as one message afterwards.
* **Critical is never held back.**
* **What a sink did not take is told with its next message.**
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Self

from pydantic import Field

from leeway.alerts.base import Event, Phase, Severity, Sink
from leeway.core import Instant, Value, duration

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from leeway.alerts.rules import Alerts, Clock

FORGOTTEN = timedelta(days=7)
"""What could not be told for so long is not news any more."""


class Held(StrEnum):
    """Why something is not told yet."""

    QUIET = "quiet"
    BUDGET = "budget"


class Record(Value):
    """What was done with events at a time: held back, or sent to sinks that took it or did not.

    Records of one time are one message, of which not every sink was sent the same.
    """

    at: Instant
    events: tuple[Event, ...]
    held: Held | None = None
    delivered: tuple[str, ...] = Field(default=(), description="Labels of the sinks that took it.")
    failed: tuple[str, ...] = Field(default=(), description="Labels of the sinks that did not.")
    why: str = Field(default="", description="What the sinks that failed said; without any secret.")


@dataclass
class Incident:
    """Trouble that has begun and not ended."""

    severity: Severity
    said: datetime


@dataclass(frozen=True)
class Plan:
    """What is to be done now.

    Args:
        sends: what each sink is sent, by its label; one that is to be told nothing is not in it.
        fresh: the events that are new.
        held: why the new ones are held back; None if they are sent.
        last_of_day: whether this is the last message of the day, but for critical ones.
    """

    sends: dict[str, tuple[Event, ...]] = field(default_factory=dict)
    fresh: tuple[Event, ...] = ()
    held: Held | None = None
    last_of_day: bool = False

    @classmethod
    def of(cls, log: Sequence[Record], events: Iterable[Event], rules: Alerts, clock: Clock) -> Self:
        """Decide what of some events is sent now, together with what still waits.

        Args:
            log: what was done before, oldest first.
            events: what was noticed.
            rules: the model's.
            clock: the present moment.
        """
        fresh = tuple(news(log, events, rules, clock.now))
        sent = messages_of_day(log, clock)
        spent = sent >= rules.at_most_per_day
        stop = Held.QUIET if clock.quiet else Held.BUDGET if spent else None
        passes = stop is None or any(event.urgent for event in fresh)
        sends = {}
        for sink in rules.to:
            waiting = [event for event in pending(log, sink, clock.now) if stop is None or event.urgent]
            told = [event for event in (*waiting, *(fresh if passes else ())) if event.severity.rank >= sink.least.rank]
            if told:
                sends[sink.label] = tuple(told)
        last = stop is None and bool(sends) and sent + 1 == rules.at_most_per_day
        return cls(sends, fresh, None if passes else stop, last)


def news(log: Sequence[Record], events: Iterable[Event], rules: Alerts, now: datetime) -> Iterator[Event]:
    """Those of some events that are to be told, now or later: the others were told, or matter too little."""
    open_incidents, seen = incidents(log), {event.identity for record in log for event in record.events}
    for event in events:
        incident = open_incidents.get(event.incident)
        if event.phase is Phase.ENDED:
            if incident is not None:
                del open_incidents[event.incident]
                yield event.model_copy(update={"severity": incident.severity})
        elif event.severity.rank < rules.least.rank or (event.phase is Phase.LASTS and incident is None):
            continue
        elif event.phase is Phase.HAPPENED:
            if event.identity not in seen:
                seen.add(event.identity)
                yield event
        elif incident is None or _is_worth_repeating(incident, event, rules, now):
            open_incidents[event.incident] = Incident(event.severity, now)
            yield event


def _is_worth_repeating(incident: Incident, event: Event, rules: Alerts, now: datetime) -> bool:
    worse = event.severity.rank > incident.severity.rank
    return worse or now - incident.said >= duration(rules.repeat_after)


def incidents(log: Iterable[Record]) -> dict[str, Incident]:
    """The trouble that lasts, by `Event.incident`, as it was told."""
    found: dict[str, Incident] = {}
    for record in log:
        for event in record.events:
            if event.phase is Phase.ENDED:
                found.pop(event.incident, None)
            elif event.phase is not Phase.HAPPENED:
                earlier = found.get(event.incident)
                worst = max(event.severity, earlier.severity if earlier else event.severity, key=lambda s: s.rank)
                found[event.incident] = Incident(worst, record.at)
    return found


def pending(log: Iterable[Record], sink: Sink, now: datetime) -> tuple[Event, ...]:
    """What a sink has not been told yet, oldest first."""
    waiting: dict[tuple[str, str, str], Event] = {}
    for record in log:
        if sink.label in record.delivered:
            for event in record.events:
                waiting.pop(event.identity, None)
        elif (record.held is not None or sink.label in record.failed) and now - record.at < FORGOTTEN:
            waiting.update({event.identity: event for event in record.events})
    return tuple(waiting.values())


def messages_of_day(log: Iterable[Record], clock: Clock) -> int:
    """How many messages were sent today; one that no sink took was not."""
    today = clock.day(clock.now)
    return len({record.at for record in log if record.delivered and clock.day(record.at) == today})

"""Small events, rules and sinks for tests of alerts, and an hour to begin with."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from leeway.alerts.base import Event, Phase, Severity, Topic
from leeway.alerts.desk import Plan, Record
from leeway.alerts.rules import Alerts, Clock

NOON = datetime(2024, 5, 15, 12, tzinfo=UTC)
"""A Wednesday."""
SINK = {"kind": "webhook", "url": "http://127.0.0.1:9/"}


def rules(**changes: Any) -> Alerts:
    """Alerts to one sink."""
    return Alerts.model_validate({"to": [SINK], **changes})


def event(subject: str = "w1", **changes: Any) -> Event:
    """A warning: data drift began."""
    fields = {"model": "flights", "topic": Topic.DRIFT, "phase": Phase.BEGAN, "severity": Severity.WARNING}
    return Event(**{**fields, "subject": subject, "title": "data drift", "at": NOON, **changes})


class Desk:
    """A desk with its record, whose sinks take everything but where a test says that one is down."""

    def __init__(self, told: Alerts, zone: str = "UTC") -> None:
        self.rules = told
        self.zone = ZoneInfo(zone)
        self.log: list[Record] = []
        self.down: set[str] = set()

    def plan(self, now: datetime, *events: Event) -> Plan:
        """What would be done, without doing it."""
        return Plan.of(self.log, events, self.rules, Clock(self.rules, self.zone, now))

    def tell(self, now: datetime, *events: Event) -> dict[str, tuple[Event, ...]]:
        """Do it; what each sink took."""
        plan = self.plan(now, *events)
        if plan.held is not None and plan.fresh:
            self.log.append(Record(at=now, events=plan.fresh, held=plan.held))
        for label, told in plan.sends.items():
            outcome = {"failed": (label,)} if label in self.down else {"delivered": (label,)}
            self.log.append(Record(at=now, events=told, **outcome))
        return {label: told for label, told in plan.sends.items() if label not in self.down}

    def titles(self, now: datetime, *events: Event) -> list[str]:
        """What the only sink took, as subjects."""
        return [found.subject for told in self.tell(now, *events).values() for found in told]

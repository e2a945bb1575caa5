"""``alerts`` in a model file: who is told what, and when not."""

from __future__ import annotations

import re
from datetime import time
from functools import cached_property
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator

from leeway.alerts.base import AnySink, Severity
from leeway.core import Duration, time_zone
from leeway.kinds import Strict

if TYPE_CHECKING:
    from datetime import date, datetime

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")


class Quiet(Strict):
    """When only critical messages are sent; the others are gathered and sent as one afterwards."""

    hours: str | None = Field(default=None, description="Every day, by the wall clock: '22:00-07:00'.")
    days: tuple[Weekday, ...] = Field(default=(), description="Whole days: [sat, sun].")

    @field_validator("hours")
    @classmethod
    def _hours(cls, value: str | None) -> str | None:
        found = _HOURS.fullmatch(value) if value is not None else None
        if value is not None and (found is None or found.group(1, 2) == found.group(3, 4)):
            raise ValueError(f"{value!r} is not a period of the day, like '22:00-07:00'")
        return value

    def covers(self, local: datetime) -> bool:
        """Whether the wall clock shows a quiet time."""
        return _WEEKDAYS[local.weekday()] in self.days or self._is_quiet_hour(local.time())

    def _is_quiet_hour(self, clock: time) -> bool:
        if self.hours is None:
            return False
        begin, end = (time.fromisoformat(text) for text in self.hours.split("-"))
        return begin <= clock < end if begin < end else clock >= begin or clock < end


class Alerts(Strict):
    """Who is told what, and when not."""

    to: tuple[AnySink, ...] = Field(default=(), description="Where messages are sent; without one nobody is told.")
    least: Severity = Field(
        default=Severity.WARNING, description="What matters less is not told: info, warning or critical."
    )
    quiet: Quiet = Field(default_factory=Quiet, description="When only critical messages are sent.")
    timezone: str | None = Field(
        default=None, description="Zone of quiet times and of the day that is counted; default: the schedule's."
    )
    at_most_per_day: int = Field(
        default=5, ge=1, description="Messages a day; further ones are sent as one the next day. Never critical ones."
    )
    repeat_after: Duration = Field(default="3d", description="While trouble lasts it is told again after this time.")
    late_after: Duration | None = Field(
        default="6h", description="A window that is not decided so long after its end is late; null: none ever is."
    )
    replays: bool = Field(default=False, description="Tell of history too: of windows whose successor is already due.")

    @field_validator("timezone")
    @classmethod
    def _timezone(cls, value: str | None) -> str | None:
        return None if value is None else time_zone(value).key


class Clock:
    """A moment as the rules see it.

    Args:
        rules: of the model.
        zone: of the model's schedule.
        now: the moment.
    """

    def __init__(self, rules: Alerts, zone: ZoneInfo, now: datetime) -> None:
        self.rules = rules
        self.now = now
        self._zone = ZoneInfo(rules.timezone) if rules.timezone else zone

    @cached_property
    def quiet(self) -> bool:
        """Whether only critical messages are sent."""
        return self.rules.quiet.covers(self.now.astimezone(self._zone))

    def day(self, moment: datetime) -> date:
        """The day on which something is counted."""
        return moment.astimezone(self._zone).date()

"""When a model's windows begin and end: a cron expression in a time zone, the same intervals that Airflow uses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo, available_timezones

from croniter import croniter
from pydantic import Field, field_validator

from leeway.core import Window
from leeway.errors import did_you_mean
from leeway.kinds import Strict

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class Schedule(Strict):
    """Windows that tile time without gap or overlap, also across changes of daylight saving time."""

    cron: str = Field(description="Where one window ends and the next begins, five fields: '0 0 * * 1' is weekly.")
    timezone: str = Field(default="UTC", description="IANA name of the zone the cron expression is read in.")
    start: date = Field(description="The first window is the first one that begins on or after this day.")
    end: date | None = Field(default=None, description="The last window is the last one that begins before this day.")

    @field_validator("cron")
    @classmethod
    def _cron(cls, value: str) -> str:
        if len(value.split()) != 5 or not croniter.is_valid(value):
            raise ValueError(f"{value!r} is not a cron expression of five fields, like '0 0 * * 1'")
        return value

    @field_validator("timezone")
    @classmethod
    def _timezone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError):
            raise ValueError(f"unknown time zone {value!r}; {_near(value)}") from None
        return value

    @cached_property
    def zone(self) -> ZoneInfo:
        """The time zone."""
        return ZoneInfo(self.timezone)

    @property
    def first(self) -> Window:
        """The first window."""
        midnight = datetime.combine(self.start, time(), self.zone)
        return self._from(self._boundary_at_or_after(midnight))

    def window_at(self, moment: datetime) -> Window:
        """The window that contains an aware moment (it may lie before `first`)."""
        local = moment.astimezone(self.zone)
        begin = self._boundary_at_or_after(local)
        if begin > moment:
            begin = self._step(local, -1)
        return self._from(begin)

    def after(self, window: Window) -> Window:
        """The window that follows."""
        return self._from(window.end)

    def before(self, window: Window) -> Window:
        """The window that precedes."""
        return self.window_at(window.start - timedelta(microseconds=1))

    def knows(self, window: Window) -> bool:
        """Whether this is one of the schedule's windows, between ``start`` and ``end``."""
        return self.window_at(window.start) == window and self.covers(window)

    def covers(self, window: Window) -> bool:
        """Whether the window lies between ``start`` and ``end``."""
        return window.start >= self.first.start and (
            self.end is None or window.start < datetime.combine(self.end, time(), self.zone)
        )

    def between(self, start: datetime, end: datetime) -> Iterator[Window]:
        """The schedule's windows that overlap ``[start, end)``, oldest first."""
        window = self.window_at(start)
        while window.start < end:
            if self.covers(window):
                yield window
            window = self.after(window)

    def _from(self, begin: datetime) -> Window:
        return Window(start=begin, end=self._step(begin.astimezone(self.zone), 1))

    def _boundary_at_or_after(self, local: datetime) -> datetime:
        return self._step(local - timedelta(microseconds=1), 1)

    def _step(self, local: datetime, direction: int) -> datetime:
        clock = croniter(self.cron, local.astimezone(self.zone), ret_type=datetime)
        moved: datetime = clock.get_next() if direction > 0 else clock.get_prev()
        return moved.astimezone(UTC)


def duration(text: str) -> timedelta:
    """Read '90m', '36h', '2d' or '6w'.

    Raises:
        ValueError: if it is none of these.
    """
    match = re.fullmatch(r"(\d{1,5})([mhdw])", text)
    if not match:
        raise ValueError(f"{text!r} is not a duration: write 90m, 36h, 2d or 6w")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def _near(name: str) -> str:
    return did_you_mean(name, available_timezones()).split(". ")[-1] if name else "give an IANA name like Europe/Berlin"

"""When a model's windows begin and end: a cron expression in a time zone, the same intervals that Airflow uses."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Annotated, Any, Self
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, field_validator, model_validator

from leeway.boundaries import Boundaries, are_kept, check_cron
from leeway.core import Duration, Window, duration, time_zone
from leeway.kinds import Problems, Strict

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Cron", "Schedule", "duration"]

_FIRST, _LAST = date(1970, 1, 1), date(2200, 1, 1)


def _cron(value: Any) -> Any:
    return check_cron(value) if isinstance(value, str) else value


def _day(value: Any) -> Any:
    if isinstance(value, (int, float)):
        raise ValueError(f"{value} is not a date: write it like 2024-03-31")
    return value


Cron = Annotated[str, BeforeValidator(_cron)]
"""A cron expression of five fields."""
Day = Annotated[date, BeforeValidator(_day), Field(ge=_FIRST, le=_LAST)]


class Schedule(Strict):
    """Windows that tile time without gap or overlap, also across changes of daylight saving time."""

    cron: Cron = Field(description="Where one window ends and the next begins, five fields: '0 0 * * 1' is weekly.")
    timezone: str = Field(default="UTC", description="IANA name of the zone the cron expression is read in.")
    start: Day = Field(description="The first window is the first one that begins on or after this day.")
    end: Day | None = Field(default=None, description="The last window is the last one that begins before this day.")

    @field_validator("timezone")
    @classmethod
    def _timezone(cls, value: str) -> str:
        return time_zone(value).key

    @model_validator(mode="after")
    def _has_windows(self) -> Self:
        problems = Problems()
        if self.end is not None and self.end <= self.start:
            problems.add(f"'end' is a day after 'start' ({self.start}), not {self.end}", "end")
        elif self.end is not None and not self.covers(self.first):
            span = f"from {self.start} until before {self.end}"
            problems.add(f"no window begins {span}; the first one is {self.first}", "end")
        if not are_kept(self.cron, self.timezone, self.start.year):
            sentence = f"Airflow leaves out windows of {self.cron!r} when the clocks of {self.timezone} change"
            problems.add(f"{sentence}; name one minute and the hours, or take timezone UTC", "cron")
        problems.refuse(self)
        return self

    @cached_property
    def zone(self) -> ZoneInfo:
        """The time zone."""
        return ZoneInfo(self.timezone)

    @cached_property
    def first(self) -> Window:
        """The first window."""
        return _first_window(self.cron, self.timezone, self.start)

    def window_at(self, moment: datetime) -> Window:
        """The window that contains an aware moment (it may lie before `first`)."""
        begin, end = self._boundaries.around(moment)
        return Window(start=begin, end=end)

    def after(self, window: Window) -> Window:
        """The window that follows."""
        return _window_from(self.cron, self.timezone, window.end)

    def before(self, window: Window) -> Window:
        """The window that precedes."""
        return self.window_at(window.start - timedelta(microseconds=1))

    def newest_complete(self, moment: datetime) -> Window:
        """The newest window that is over at a moment; it may lie before `first`, and is never after the last one."""
        window = self.before(self.window_at(moment))
        return window if self._last is None else min(window, self._last)

    def knows(self, window: Window) -> bool:
        """Whether this is one of the schedule's windows, between ``start`` and ``end``."""
        return self.covers(window) and self.window_at(window.start) == window

    def covers(self, window: Window) -> bool:
        """Whether the window lies between ``start`` and ``end``."""
        return window.start >= self.first.start and (
            self._midnight_of_end is None or window.start < self._midnight_of_end
        )

    def between(self, start: datetime, end: datetime) -> Iterator[Window]:
        """The schedule's windows that overlap ``[start, end)``, oldest first."""
        window = self.first if start < self.first.end else self.window_at(start)
        while window.start < end and start < end and self.covers(window):
            yield window
            window = self.after(window)

    @cached_property
    def _midnight_of_end(self) -> datetime | None:
        """Where no window begins any more."""
        return None if self.end is None else datetime.combine(self.end, time(), self.zone)

    @cached_property
    def _last(self) -> Window | None:
        """The last window, if there is a last one."""
        midnight = self._midnight_of_end
        return None if midnight is None else self.window_at(midnight - timedelta(microseconds=1))

    @cached_property
    def _boundaries(self) -> Boundaries:
        return Boundaries(self.cron, self.zone)


class Season(Strict):
    """Which earlier windows are like one: the same weekday, the same weeks of the year before."""

    every: Duration = Field(description="Length of the season: 7d compares with the same weekday, 52w with last year.")
    windows: int = Field(default=4, ge=1, le=100, description="How many seasons back.")
    around: int = Field(default=0, ge=0, le=100, description="Neighbouring windows on each side of each of them.")

    def windows_like(self, schedule: Schedule, window: Window) -> tuple[Window, ...]:
        """Windows of the schedule that end by the start of ``window``, oldest first."""
        middle = window.start + (window.end - window.start) / 2
        found = set()
        for season in range(1, self.windows + 1):
            like = schedule.window_at(middle - season * duration(self.every))
            near = [like]
            for _ in range(self.around):
                near = [schedule.before(near[0]), *near, schedule.after(near[-1])]
            found.update(near)
        return tuple(sorted(one for one in found if one.end <= window.start and schedule.covers(one)))


@lru_cache(maxsize=1024)
def _first_window(cron: str, timezone: str, start: date) -> Window:
    """The first window that begins on or after a day, remembered: model files that share a schedule ask once."""
    zone = ZoneInfo(timezone)
    boundaries, midnight = Boundaries(cron, zone), datetime.combine(start, time(), zone).astimezone(UTC)
    begin, _ = boundaries.around(midnight)
    begin = begin if begin == midnight else boundaries.after(midnight)
    return Window(start=begin, end=boundaries.after(begin))


@lru_cache(maxsize=8192)
def _window_from(cron: str, timezone: str, begin: datetime) -> Window:
    """The window that begins at a boundary, remembered: pages of hundreds of models ask for the same ones again."""
    return Window(start=begin, end=Boundaries(cron, ZoneInfo(timezone)).after(begin))

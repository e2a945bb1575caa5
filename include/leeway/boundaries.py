"""Where a cron expression puts boundaries in time, in a zone whose clocks change: exactly where Airflow puts them.

A cron expression names times of the wall clock. Where the clock is set forward or back, some of these do not exist and
some exist twice, and every program has its own rule. Here it is Airflow's (``airflow.timetables._cron``), because
Airflow starts the runs: a boundary follows from the one before it. A test compares the two over many zones.
"""

from __future__ import annotations

import re
from copy import copy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from croniter import CroniterError, croniter

if TYPE_CHECKING:
    from collections.abc import Iterator

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
_SETTLED = timedelta(hours=26)
"""Longer than any change of the clock: what lies this far behind no longer moves a boundary."""


@lru_cache(maxsize=1024)
def check_cron(value: str) -> str:
    """Return a cron expression that Airflow reads in the same way.

    Raises:
        ValueError: if it has not five fields, is no cron expression, or names no time or not always the same ones.
    """
    random = re.search(r"\b[HR]\b", value, re.IGNORECASE)
    if len(value.split()) != 5 or random or not croniter.is_valid(value):
        raise ValueError(f"{value!r} is not a cron expression of five fields, like '0 0 * * 1'")
    clock = _clock(value, datetime(2020, 1, 1))
    try:
        clock.get_next(datetime)
    except CroniterError:
        raise ValueError(f"{value!r} names no time: there is no such day") from None
    if _every_hour(clock) and value.split()[3] != "*":
        raise ValueError(f"{value!r} runs every hour, but only in some months; name the hours, or all months")
    return value


@dataclass(frozen=True)
class Boundaries:
    """The boundaries of a valid cron expression in a zone, as instants in UTC."""

    cron: str
    zone: ZoneInfo

    def after(self, moment: datetime) -> datetime:
        """The first boundary after a boundary (or another moment), as Airflow's ``CronMixin._get_next`` has it."""
        wall = self._wall(moment)
        clock = _clock(self.cron, wall)
        scheduled: datetime = clock.get_next(datetime)
        return moment.astimezone(UTC) + (scheduled - wall) if _every_hour(clock) else self._instant(scheduled)

    def around(self, moment: datetime) -> tuple[datetime, datetime]:
        """The last boundary at or before a moment, and the first one after it."""
        begin = self._certain(moment)
        while (end := self.after(begin)) <= moment:
            begin = end
        return begin, end

    def are_kept(self, since: int) -> bool:
        """Whether Airflow's scheduler goes through all of them, also when the clocks change; two years are looked at.

        It looks for the boundary before the end of the last run. With several boundaries in a time that the clocks
        skip, hours of some days only, or hours of a clock that is moved by half an hour, it finds another one: it
        leaves windows out, or stops.
        """
        minutes, hours = _parsed(self.cron).expanded[:2]
        if hours != ["*"] and minutes != ["*"] and len(minutes) == 1:
            return True
        return all(self._is_kept(boundary) for change in self._changes(since) for boundary in self._near(change))

    def _is_kept(self, boundary: datetime) -> bool:
        before = self._before(boundary)
        return before == boundary or self.after(before) == boundary

    def _before(self, moment: datetime) -> datetime:
        """The boundary before a moment, as Airflow's ``CronMixin._get_prev`` has it: not always the right one."""
        wall = self._wall(moment)
        clock = _clock(self.cron, wall)
        scheduled: datetime = clock.get_prev(datetime)
        return moment - (wall - scheduled) if _every_hour(clock) else self._instant(scheduled)

    def _changes(self, since: int) -> Iterator[datetime]:
        """The hours, in two years, in which the clocks change."""
        days = [datetime(since, 1, 1, tzinfo=UTC) + number * _DAY for number in range(731)]
        for today, tomorrow in pairwise(days):
            if self._offset_at(today) != self._offset_at(tomorrow):
                hours = (today + number * _HOUR for number in range(24))
                yield next(hour for hour in hours if self._offset_at(hour + _HOUR) != self._offset_at(today))

    def _near(self, change: datetime) -> Iterator[datetime]:
        """The boundaries around a change of the clocks: of some hours, and the next ones however far they are."""
        boundary, further = self.around(change - 3 * _HOUR)[1], 0
        while further < 3:
            yield boundary
            boundary = self.after(boundary)
            further += boundary > change + 4 * _HOUR

    def _certain(self, moment: datetime) -> datetime:
        """A boundary at or before a moment, without a change of the clock near: the same from wherever one starts."""
        wall = self._wall(moment)
        clock = _clock(self.cron, wall.replace(second=0, microsecond=0) + _MINUTE)
        every_hour = _every_hour(clock)
        while True:
            scheduled: datetime = clock.get_prev(datetime)
            settled = scheduled - _SETTLED
            if every_hour:  # Here a change of the clock reaches up to the next boundary after it, however far.
                settled = _clock(self.cron, settled).get_prev(datetime)
            if self._same_offset(scheduled, settled) and (boundary := self._instant(scheduled)) <= moment:
                return boundary

    def _wall(self, moment: datetime) -> datetime:
        """What the wall clock shows."""
        return moment.astimezone(self.zone).replace(tzinfo=None, fold=0)

    def _instant(self, wall: datetime) -> datetime:
        """When the wall clock shows a time: the second of two; if never, as long after the change of the clock."""
        aware = wall.replace(tzinfo=self.zone, fold=1)
        skipped = _offset(aware) - _offset(aware.replace(fold=0))
        return aware.astimezone(UTC) + max(skipped, timedelta())

    def _same_offset(self, *walls: datetime) -> bool:
        """Whether the zone has one offset at all these times of the wall clock, and none of them is doubtful."""
        return len({_offset(wall.replace(tzinfo=self.zone, fold=fold)) for wall in walls for fold in (0, 1)}) == 1

    def _offset_at(self, moment: datetime) -> timedelta:
        return _offset(moment.astimezone(self.zone))


@lru_cache(maxsize=1024)
def are_kept(cron: str, zone: str, since: int) -> bool:
    """`Boundaries.are_kept`, remembered: model files that share a schedule ask once."""
    return Boundaries(cron, ZoneInfo(zone)).are_kept(since)


@lru_cache(maxsize=1024)
def _parsed(cron: str) -> croniter:
    return croniter(cron)


def _clock(cron: str, wall: datetime) -> croniter:
    """An iterator over the times of a cron expression, from a time of the wall clock (which it does not give)."""
    clock = copy(_parsed(cron))  # Parsing takes ten times as long as the next step.
    clock.set_current(wall)
    return clock


def _every_hour(clock: croniter) -> bool:
    """Whether the expression runs every hour; Airflow then counts elapsed time instead of looking at the wall clock."""
    return bool(clock.expanded[1] == ["*"])


def _offset(aware: datetime) -> timedelta:
    offset = aware.utcoffset()
    assert offset is not None, "a zone of the IANA database always has one"
    return offset

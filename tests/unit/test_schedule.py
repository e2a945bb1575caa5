"""Windows tile time, whatever the clocks do, and are the data intervals of Airflow."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from leeway.core import Window
from leeway.schedule import Schedule, Season, duration

if TYPE_CHECKING:
    from collections.abc import Callable

ZONES = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith(("posix/", "right/")))
CRONS = (
    "0 0 * * *",
    "30 2 * * *",
    "0 * * * *",
    "*/15 * * * *",
    "0 */2 * * *",
    "*/20 6-20 * * *",
    "15 3 * * 1",
    "0 0 1 * *",
    "0 9 * * MON-FRI",
)
moments = st.datetimes(datetime(2020, 1, 2), datetime(2029, 12, 31), timezones=st.just(UTC))
zones, crons = st.sampled_from(ZONES), st.sampled_from(CRONS)


def schedule(cron: str, zone: str = "UTC", start: str = "2020-01-01", end: str | None = None) -> Schedule:
    return Schedule.model_validate({"cron": cron, "timezone": zone, "start": start, "end": end})


def kept_schedule(cron: str, zone: str, start: str = "2020-01-01") -> Schedule:
    """A schedule that Airflow can go through: not every hour where the clocks are moved by half an hour."""
    assume(zone not in ("Australia/Lord_Howe", "Australia/LHI") or cron != "0 * * * *")
    return schedule(cron, zone, start)


@settings(max_examples=40, deadline=None)
@given(crons, zones, moments)
@example("30 2 * * *", "Europe/Berlin", datetime(2024, 3, 31, 1, 15, tzinfo=UTC))
@example("*/15 * * * *", "Australia/Lord_Howe", datetime(2024, 4, 6, 15, 20, tzinfo=UTC))
@example("0 0 * * *", "America/Havana", datetime(2024, 11, 3, 4, 30, tzinfo=UTC))
@example("0 0 * * *", "Africa/Casablanca", datetime(2024, 3, 10, 2, 0, tzinfo=UTC))
def test_windows_tile_time_without_gap_or_overlap(cron: str, zone: str, moment: datetime) -> None:
    days = kept_schedule(cron, zone)
    window = days.window_at(moment)

    assert moment in window
    for _ in range(4):
        following = days.after(window)
        assert following.start == window.end
        assert following.start < following.end
        window = following


@settings(max_examples=40, deadline=None)
@given(crons, zones, moments)
@example("*/15 * * * *", "Europe/Berlin", datetime(2024, 3, 31, 1, 0, tzinfo=UTC))
@example("*/15 * * * *", "Australia/Lord_Howe", datetime(2024, 4, 6, 15, 0, tzinfo=UTC))
@example("0 */2 * * *", "America/New_York", datetime(2024, 11, 3, 5, 30, tzinfo=UTC))
def test_a_window_is_found_again_from_any_moment_in_it(cron: str, zone: str, moment: datetime) -> None:
    days = kept_schedule(cron, zone)
    window = days.window_at(moment)

    assert days.window_at(window.start) == window
    assert days.window_at(window.end - timedelta(microseconds=1)) == window
    assert days.before(days.after(window)) == window
    assert days.after(days.before(window)) == window


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", "2024-03-31", 23),
        ("Europe/Berlin", "2024-10-27", 25),
        ("America/New_York", "2024-03-10", 23),
        ("America/New_York", "2024-11-03", 25),
        ("Australia/Lord_Howe", "2024-04-07", 24.5),
        ("Australia/Lord_Howe", "2024-10-06", 23.5),
        ("Europe/Berlin", "2024-06-01", 24),
        ("UTC", "2024-03-31", 24),
    ],
)
def test_day_on_which_the_clocks_change_is_shorter_or_longer(zone: str, day: str, hours: float) -> None:
    window = schedule("0 0 * * *", zone, day).first

    assert window.end - window.start == timedelta(hours=hours)


def test_hourly_windows_stay_an_hour_long_when_the_clocks_change() -> None:
    hours = schedule("0 * * * *", "Europe/Berlin")

    for day in (date(2024, 3, 31), date(2024, 10, 27)):
        start = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=3)
        windows = list(hours.between(start, start + timedelta(hours=8)))
        assert {window.end - window.start for window in windows} == {timedelta(hours=1)}
        assert len(windows) == 8


# --- as Airflow has it ---


@pytest.fixture(scope="module")
def airflow_intervals(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Schedule, date], list[Window]]:
    """The data intervals that Airflow's scheduler makes from a schedule's start until a day, one run after another."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIRFLOW_HOME", str(tmp_path_factory.mktemp("airflow")))
        patch.setenv("AIRFLOW__CORE__UNIT_TEST_MODE", "False")
        import pendulum
        from airflow.timetables.base import DataInterval, TimeRestriction
        from airflow.timetables.interval import CronDataIntervalTimetable

    def intervals(days: Schedule, until: date) -> list[Window]:
        timetable = CronDataIntervalTimetable(days.cron, timezone=days.timezone)
        zone = ZoneInfo(days.timezone)
        midnight = datetime(days.start.year, days.start.month, days.start.day, tzinfo=zone)
        latest = pendulum.instance(datetime(until.year, until.month, until.day, 9, tzinfo=zone))
        restriction = TimeRestriction(pendulum.instance(midnight.astimezone(UTC)), latest, catchup=True)
        made: list[Window] = []
        last: Any = None
        while info := timetable.next_dagrun_info(last_automated_data_interval=last, restriction=restriction):
            last = DataInterval(info.data_interval.start, info.data_interval.end)
            made.append(Window(start=_plain(last.start), end=_plain(last.end)))
        return made

    return intervals


def _plain(moment: datetime) -> datetime:
    return datetime.fromtimestamp(moment.timestamp(), UTC)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"])
@pytest.mark.parametrize("cron", ["0 0 * * *", "0 0 * * 1", "0 6 1 * *"])
def test_two_years_of_windows_are_airflows_data_intervals(
    cron: str, zone: str, airflow_intervals: Callable[[Schedule, date], list[Window]]
) -> None:
    days = schedule(cron, zone, "2024-01-01")
    expected = airflow_intervals(days, date(2026, 1, 1))

    windows = list(itertools.islice(days.between(expected[0].start, expected[-1].end), len(expected) + 1))

    assert days.first == expected[0]
    assert windows == expected


@pytest.mark.parametrize(
    ("zone", "start", "until"),
    [
        ("Europe/Berlin", "2024-03-31", date(2024, 3, 31)),
        ("Europe/Berlin", "2024-10-27", date(2024, 10, 27)),
        ("America/New_York", "2024-11-03", date(2024, 11, 4)),
        ("Australia/Lord_Howe", "2024-04-07", date(2024, 4, 7)),
        ("Australia/Lord_Howe", "2024-10-06", date(2024, 10, 6)),
        ("Africa/Casablanca", "2024-03-10", date(2024, 3, 11)),
        ("America/Havana", "2024-11-03", date(2024, 11, 4)),
        ("Africa/Cairo", "2024-04-26", date(2024, 4, 26)),
    ],
)
@pytest.mark.parametrize("cron", ["*/30 * * * *", "0 */2 * * *", "45 2 * * *", "*/20 3-4 * * *"])
def test_windows_are_airflows_data_intervals_around_changes_of_the_clock(
    cron: str, zone: str, start: str, until: date, airflow_intervals: Callable[[Schedule, date], list[Window]]
) -> None:
    days = schedule(cron, zone, start)
    expected = airflow_intervals(days, until)

    for window in expected:
        assert days.window_at(window.start + (window.end - window.start) / 2) == window
    assert list(days.between(expected[0].start, expected[-1].end)) == expected


@settings(max_examples=12, deadline=None)
@given(crons, zones, st.dates(date(2020, 1, 1), date(2029, 6, 1)))
@example("0 0 * * *", "America/Havana", date(2024, 11, 3))
@example("30 2 * * *", "Europe/Berlin", date(2024, 3, 31))
def test_first_windows_are_airflows_on_any_day_in_any_zone(
    airflow_intervals: Callable[[Schedule, date], list[Window]], cron: str, zone: str, start: date
) -> None:
    days = kept_schedule(cron, zone, start.isoformat())
    expected = airflow_intervals(days, start + timedelta(days=1))

    windows = list(itertools.islice(days.between(days.first.start, datetime(2031, 1, 1, tzinfo=UTC)), len(expected)))
    assert windows == expected


# --- start, end and other words ---


def test_first_window_begins_on_or_after_the_start() -> None:
    weeks = schedule("0 0 * * 1", "America/New_York", "2013-01-02")

    assert str(weeks.first) == "2013-01-07T05:00Z..2013-01-14T05:00Z"


def test_last_window_begins_before_the_end() -> None:
    days = schedule("0 0 * * *", "UTC", "2024-01-01", "2024-01-04")

    windows = list(days.between(datetime(2023, 1, 1, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC)))

    assert [window.start.day for window in windows] == [1, 2, 3]


def test_newest_complete_window_is_over_and_no_later_than_the_last() -> None:
    days = schedule("0 0 * * *", start="2024-01-01", end="2024-01-04")
    noon = datetime(2024, 1, 2, 12, tzinfo=UTC)

    assert days.newest_complete(noon) == days.first
    assert days.newest_complete(days.first.end) == days.first
    assert days.newest_complete(days.first.end - timedelta(microseconds=1)) < days.first
    assert days.newest_complete(noon + timedelta(days=365)) == days.window_at(datetime(2024, 1, 3, tzinfo=UTC))
    assert schedule("0 0 * * *").newest_complete(noon) == days.first


def test_between_gives_the_windows_that_overlap_an_interval() -> None:
    days = schedule("0 0 * * *")
    start = datetime(2024, 1, 5, 12, tzinfo=UTC)

    windows = list(days.between(start, start + timedelta(days=1)))

    assert [window.start.day for window in windows] == [5, 6]
    assert list(days.between(start, start)) == []


def test_only_windows_of_the_schedule_are_known() -> None:
    days = schedule("0 0 * * *", "Europe/Berlin", "2024-01-01", "2024-02-01")

    assert days.knows(days.first)
    assert not days.knows(days.before(days.first))
    assert not days.knows(days.first.shifted(timedelta(hours=1)))
    assert not days.knows(Window(start=days.first.start, end=days.first.end + timedelta(days=1)))
    assert not days.knows(days.window_at(datetime(2024, 2, 1, 12, tzinfo=UTC)))


def test_schedule_stays_the_same_value_after_use() -> None:
    used, fresh = schedule("0 0 * * *"), schedule("0 0 * * *")
    assert used.first.start

    assert used == fresh
    assert used.model_dump() == fresh.model_dump()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90m", timedelta(minutes=90)),
        ("36h", timedelta(hours=36)),
        ("2d", timedelta(2)),
        ("6w", timedelta(42)),
        ("0h", timedelta()),
    ],
)
def test_duration_is_a_number_and_a_unit(text: str, expected: timedelta) -> None:
    assert duration(text) == expected


@pytest.mark.parametrize("text", ["", "2", "d", "2 d", "-2d", "2.5h", "2y", "1000000d", "2d\n"])
def test_duration_in_other_words_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write 90m, 36h, 2d or 6w"):
        duration(text)


@pytest.mark.parametrize(
    "cron", ["0 0 * *", "0 0 0 * * *", "@daily", "H 0 * * *", "r 0 * * *", "61 0 * * *", "0 0 30 2 *", ""]
)
def test_cron_that_names_no_fixed_times_is_refused(cron: str) -> None:
    with pytest.raises(ValidationError, match="cron"):
        schedule(cron)


@pytest.mark.parametrize(
    ("cron", "zone", "start"),
    [
        ("0,30 1-3 * * *", "Europe/Berlin", "2024-03-30"),
        ("0,30 1-3 * * *", "America/New_York", "2024-03-09"),
        ("*/20 0-6/2 * * 7", "Europe/Berlin", "2024-03-30"),
        ("0 * * * *", "Australia/Lord_Howe", "2024-10-05"),
        ("0 * * * 1", "Europe/Berlin", "2024-10-20"),
        ("30 * * * 1-5", "Europe/Berlin", "2024-10-24"),
    ],
)
def test_cron_whose_windows_airflow_loses_is_refused(
    cron: str, zone: str, start: str, airflow_intervals: Callable[[Schedule, date], list[Window]]
) -> None:
    with pytest.raises(ValidationError, match="Airflow leaves out windows"):
        schedule(cron, zone, "2024-01-01")

    unchecked = Schedule.model_construct(cron=cron, timezone=zone, start=date.fromisoformat(start), end=None)
    assert not airflow_tiles(airflow_intervals, unchecked, unchecked.start + timedelta(days=9))


def airflow_tiles(intervals: Callable[[Schedule, date], list[Window]], days: Schedule, until: date) -> bool:
    """Whether each of Airflow's intervals begins where the one before it ends."""
    try:
        found = intervals(days, until)
    except ValueError:  # Airflow's own: the timetable did not advance, so its scheduler makes no further run.
        return False
    return all(window.end == following.start for window, following in itertools.pairwise(found))


@pytest.mark.parametrize(
    ("cron", "zone"),
    [
        ("0,30 1-3 * * *", "UTC"),
        ("0,30 1-3 * * *", "Asia/Tokyo"),
        ("*/10 6-20 * * *", "Europe/Berlin"),
        ("15 1-3 * * *", "Europe/Berlin"),
    ],
)
def test_cron_whose_windows_airflow_keeps_is_accepted(cron: str, zone: str) -> None:
    assert schedule(cron, zone).first.start


@pytest.mark.parametrize("cron", ["0 0 29 2 *", "0 0 * * MON#1", "0 0 L * *", "0 0 1 JAN,JUL *", "*/5 8-18/2 * * 7"])
def test_cron_of_rare_times_works(cron: str) -> None:
    days = schedule(cron, "Europe/Berlin")

    assert days.after(days.first).start == days.first.end
    assert days.window_at(days.first.end - timedelta(minutes=1)) == days.first


def test_windows_of_a_season_lie_before_and_keep_their_weekday():
    daily = Schedule.model_validate({"cron": "0 0 * * *", "timezone": "America/New_York", "start": "2024-01-01"})
    friday = daily.window_at(datetime(2024, 3, 15, 12, tzinfo=UTC))  # the clocks changed on the Sunday before
    alike = Season(every="7d", windows=3).windows_like(daily, friday)
    assert [f"{window.start.astimezone(daily.zone):%a %d %H:%M}" for window in alike] == [
        "Fri 23 00:00",
        "Fri 01 00:00",
        "Fri 08 00:00",
    ]
    assert all(window.end <= friday.start and daily.knows(window) for window in alike)


def test_neighbours_of_a_season_never_reach_into_the_future():
    weekly = Schedule.model_validate({"cron": "0 0 * * 1", "start": "2024-01-01"})
    window = weekly.window_at(datetime(2024, 2, 7, tzinfo=UTC))
    alike = Season(every="1w", windows=2, around=3).windows_like(weekly, window)
    assert alike
    assert max(found.end for found in alike) == window.start
    assert min(found.start for found in alike) >= weekly.first.start

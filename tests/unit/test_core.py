"""Frozen values: they refuse what they do not know, and come back from their spelling unchanged."""

from __future__ import annotations

import inspect
import json
import math
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from leeway import core
from leeway.core import NAME, Entry, EntryKind, Performance, Signal, Value, Window, time_zone, to_utc

DAY = timedelta(days=1)
START = datetime(2013, 1, 7, 5, tzinfo=UTC)
WEEK = Window(start=START, end=START + 7 * DAY)
VALUES = [cls for _, cls in inspect.getmembers(core, inspect.isclass) if issubclass(cls, Value) and cls is not Value]


@pytest.mark.parametrize("cls", VALUES)
def test_value_is_frozen_and_refuses_unknown_fields(cls: type[Value]) -> None:
    assert cls.model_config["frozen"] is True
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        cls.model_validate({"unheard_of": 1})


def test_window_has_a_key_that_is_safe_in_paths() -> None:
    assert WEEK.key == "20130107T0500Z-20130114T0500Z"
    assert str(WEEK) == "2013-01-07T05:00Z..2013-01-14T05:00Z"


MINUTES = st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1)).map(
    lambda moment: moment.replace(second=0, microsecond=0, tzinfo=UTC)
)


@given(MINUTES, st.integers(1, 100_000))
def test_key_names_its_window(start: datetime, minutes: int) -> None:
    window = Window(start=start, end=start + timedelta(minutes=minutes))
    assert Window.of_key(window.key) == window


@pytest.mark.parametrize(
    "text", ["", "-", "20130107T0500Z", "20130107T0500Z-20130107T0500Z", "2013017T0500Z-20130114T0500Z", "x" * 31,
             "20131307T0500Z-20140114T0500Z", "20130107T0500Z-20130114T0500Z-20130121T0500Z"],
)  # fmt: skip
def test_text_that_is_no_key_names_no_window(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - what is wrong with it differs
        Window.of_key(text)


@pytest.mark.parametrize("length", [timedelta(), -DAY])
def test_window_that_does_not_end_after_its_start_is_refused(length: timedelta) -> None:
    with pytest.raises(ValidationError, match="ends after it starts"):
        Window(start=START, end=START + length)


def test_time_without_zone_is_refused() -> None:
    with pytest.raises(ValidationError, match="no time zone"):
        Window(start=datetime(2013, 1, 7), end=datetime(2013, 1, 8))
    with pytest.raises(ValueError, match="no time zone"):
        to_utc(datetime(2013, 1, 7))


def test_same_instants_make_the_same_window() -> None:
    local = Window(start=START.astimezone(ZoneInfo("America/New_York")), end=WEEK.end.astimezone(timezone(DAY / 24)))

    assert local == WEEK
    assert local.digest == WEEK.digest
    assert hash(local) == hash(WEEK)


def test_window_contains_its_start_and_not_its_end() -> None:
    assert WEEK.start in WEEK
    assert WEEK.end not in WEEK
    assert WEEK.end - timedelta(microseconds=1) in WEEK


lengths = st.integers(1, 500).map(lambda hours: timedelta(hours=hours))
starts = st.datetimes(datetime(1980, 1, 1), datetime(2080, 1, 1), timezones=st.just(UTC)).map(
    lambda moment: moment.replace(second=0, microsecond=0)
)
windows = st.builds(lambda start, length: Window(start=start, end=start + length), starts, lengths)


@given(windows, windows)
def test_keys_sort_like_windows(one: Window, other: Window) -> None:
    assert (one < other) == (one.key < other.key)
    assert (one == other) == (one.key == other.key)


@given(windows)
def test_window_comes_back_from_its_spelling(window: Window) -> None:
    assert Window.model_validate_json(window.to_json()) == window


@given(st.floats(), st.none() | st.floats(0, 1))
def test_undefined_numbers_are_null_and_come_back_as_not_a_number(statistic: float, p_value: float | None) -> None:
    signal = Signal(
        detector="d", subject="s", test="t", statistic=statistic, p_value=p_value, effect=math.nan, threshold=0.1,
        flagged=False, sentence="", kind="data",
    )  # fmt: skip

    copy = Signal.model_validate_json(signal.to_json())

    assert json.loads(signal.to_json())["effect"] is None
    assert math.isnan(copy.effect)
    assert copy.statistic == statistic if math.isfinite(statistic) else math.isnan(copy.statistic)
    assert copy.p_value == p_value
    assert copy.digest == signal.digest


def test_coverage_of_an_empty_window_is_zero() -> None:
    performance = Performance(window=WEEK, version=1, rows=0, labelled=0, loss=math.nan, loss_variance=0, metrics={})

    assert performance.coverage == 0.0


def test_ledger_line_is_chained_to_the_one_before_it() -> None:
    line = ("m", 1, EntryKind.DECISION, START, {"a": 1.0})

    assert Entry.chain(*line, "p") == Entry.chain(*line, "p")
    assert Entry.chain(*line, "p") != Entry.chain(*line, "q")
    assert Entry.chain(*line, "p") == Entry.chain(*line[:3], START.astimezone(ZoneInfo("Asia/Tokyo")), {"a": 1.0}, "p")


@pytest.mark.parametrize("name", ["a", "_a", "A1_b", "a" * 63])
def test_name_is_safe_in_sql_paths_and_urls(name: str) -> None:
    assert NAME.match(name)


@pytest.mark.parametrize("name", ["", "1a", "a-b", "a b", "a/b", "ä", "a\n", "a" * 64, "a;--"])
def test_other_names_are_refused(name: str) -> None:
    assert not NAME.match(name)


def test_time_zone_that_is_misspelt_is_guessed() -> None:
    with pytest.raises(ValueError, match="unknown time zone 'europe/berln'; did you mean 'Europe/Berlin'"):
        time_zone("europe/berln")


@pytest.mark.parametrize("name", ["", "right/UTC", "localtime", "/etc/localtime", "Europe", "\x00"])
def test_time_zone_that_depends_on_the_machine_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="unknown time zone"):
        time_zone(name)

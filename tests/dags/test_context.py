"""From a run to its window, and from an error to what Airflow does with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

import tiny
from leeway.core import Window
from leeway.errors import (
    ArtifactError,
    ConflictError,
    CorruptionError,
    ExpectationError,
    SourceError,
    SpecError,
    StoreError,
    TrackingError,
    TrainingError,
    TurnError,
)


@dataclass
class DagRun:
    run_type: str
    triggering_user_name: str | None = None


def context(kind, *, window=None, logical_date=None, interval=None):
    given = {"params": {"window": window}, "dag_run": DagRun(kind), "logical_date": logical_date}
    if interval:
        given |= {"data_interval_start": interval[0], "data_interval_end": interval[1]}
    return given


def window_of(*args, **kwargs):
    from leeway.orchestration import context

    return context.window_of(*args, **kwargs)


@pytest.fixture
def spec(tmp_path):
    return tiny.project(tmp_path, days=8).spec


@pytest.mark.parametrize("kind", ["scheduled", "backfill"])
def test_a_run_of_the_schedule_is_about_its_data_interval(spec, kind):
    day = tiny.day(2)
    assert window_of(spec, context(kind, interval=(day.start, day.end))) == day


def test_a_run_by_hand_is_about_the_window_it_names(spec):
    assert window_of(spec, context("manual", window="2024-01-03")) == tiny.day(2)
    assert window_of(spec, context("manual", window="2024-01-03T17:30:00+00:00")) == tiny.day(2)


def test_a_run_by_hand_without_a_window_is_about_the_newest_complete_one(spec):
    assert window_of(spec, context("manual", logical_date=datetime(2024, 1, 3, 5, tzinfo=UTC))) == tiny.day(1)
    assert window_of(spec, context("manual", logical_date=tiny.day(3).start)) == tiny.day(2)


def test_after_the_schedule_has_ended_the_newest_window_is_its_last(spec):
    assert window_of(spec, context("manual")) == tiny.day(7)
    assert window_of(spec, context("manual", logical_date=tiny.day(8).start)) == tiny.day(7)


def test_a_window_that_the_schedule_does_not_have_is_refused(spec):
    with pytest.raises(SpecError, match="no window") as raised:
        window_of(spec, context("manual", window="2023-12-31"))
    assert raised.value.code == "SPEC055"
    half = (tiny.day(1).start, tiny.day(2).end)
    with pytest.raises(SpecError, match="no window"):
        window_of(spec, context("backfill", interval=half))
    with pytest.raises(SpecError, match="neither a date nor a time"):
        window_of(spec, context("manual", window="yesterday"))


def test_the_window_of_a_day_on_which_the_clocks_change_has_23_hours(tmp_path):
    schedule = {"timezone": "Europe/Berlin", "start": "2024-03-01", "end": None}
    spec = tiny.project(tmp_path, days=1, schedule=schedule).spec
    short = Window(start=datetime(2024, 3, 30, 23, tzinfo=UTC), end=datetime(2024, 3, 31, 22, tzinfo=UTC))
    assert window_of(spec, context("manual", window="2024-03-31")) == short
    assert window_of(spec, context("scheduled", interval=(short.start, short.end))) == short
    assert window_of(spec, context("manual", logical_date=short.end)) == short


def test_airflow_infers_the_same_newest_window(spec):
    from airflow.sdk import timezone
    from airflow.timetables.interval import CronDataIntervalTimetable

    timetable = CronDataIntervalTimetable(spec.schedule.cron, timezone=spec.schedule.timezone)
    for moment in (datetime(2024, 1, 3, 5, tzinfo=UTC), tiny.day(3).start):
        inferred = timetable.infer_manual_data_interval(run_after=timezone.coerce_datetime(moment))
        found = window_of(spec, context("manual", logical_date=moment))
        assert (found.start, found.end) == (inferred.start, inferred.end)


@pytest.mark.parametrize(
    ("error", "may_pass"),
    [
        (SourceError("no file", code="SRC110"), True),
        (SourceError("connection refused", code="SRC201"), True),
        (SourceError("not a number", code="SRC101"), False),
        (ExpectationError("too few rows"), False),
        (SpecError("no such key"), False),
        (TrainingError("too few rows"), False),
        (ArtifactError("altered"), False),
        (CorruptionError("altered"), False),
        (StoreError("disk full"), True),
        (ConflictError("somebody moved first"), True),
        (TrackingError("no answer"), True),
        (TurnError("too early"), True),
    ],
)
def test_only_what_may_pass_is_tried_again(error, may_pass):
    from airflow.sdk.exceptions import AirflowFailException

    from leeway.orchestration.context import explains

    @explains
    def stage():
        raise error

    with pytest.raises(type(error) if may_pass else AirflowFailException) as raised:
        stage()
    assert str(error) in str(raised.value)


def test_an_explained_function_keeps_its_name_signature_and_result():
    import inspect

    from leeway.orchestration.context import explains

    def stage(number: int) -> int:
        return number + 1

    wrapped = explains(stage)
    assert (wrapped.__name__, inspect.signature(wrapped), wrapped(1)) == ("stage", inspect.signature(stage), 2)


@pytest.mark.parametrize(("name", "user"), [("ann", "ann"), (None, "schedule")])
def test_who_started_a_run(name, user):
    from leeway.orchestration.context import user_of

    assert user_of(DagRun("manual", name)) == user

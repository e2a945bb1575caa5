"""What people are told of a real model's real ledger, by sinks that take it or do not."""

from __future__ import annotations

import multiprocessing
import shutil
from datetime import UTC, datetime, timedelta

import pytest

import tiny
from leeway import replay
from leeway.alerts.delivery import Patience
from leeway.core import EntryKind
from leeway.settings import settings
from leeway.stages.freeze import freeze
from leeway.telling import look_at_all, overdue, tell, told, try_out
from receivers import web_server

AT_ONCE = Patience(pauses=())
HOUR = timedelta(hours=1)
HOOK = {"kind": "webhook", "url": "${HOOK}"}
LAST = 8


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A model whose inputs drift from day 6 on, kept up to day 8."""
    folder = tmp_path_factory.mktemp("told")
    project = tiny.project(folder, days=12, drift_from=6, gates=["beats_baseline"])
    replay.advance(project.workspace(), project.spec, tiny.day(LAST))
    return folder


@pytest.fixture
def web(monkeypatch):
    with web_server() as server:
        monkeypatch.setenv("HOOK", server.url)
        yield server


@pytest.fixture
def model(kept, tmp_path, web):
    """The model with a sink; a copy, so that each test tells it for the first time."""

    def build(**alerts):
        shutil.copytree(kept, tmp_path / "copy")
        rules = {"to": [HOOK], "replays": True, "least": "info", **alerts}
        project = tiny.project(tmp_path / "copy", days=12, drift_from=6, gates=["beats_baseline"], alerts=rules)
        return project.workspace(), project.spec

    yield build
    settings.cache_clear()


def soon(number, hours=1):
    """A moment after a window's end."""
    return tiny.day(number).end + hours * HOUR


def titles(web):
    return [event["title"] for posted in web.posted for event in posted["events"]]


def test_a_year_of_history_is_one_message_and_is_told_once(model, web):
    ws, spec = model()
    (record,) = tell(ws, spec, now=soon(LAST), patience=AT_ONCE)
    assert record.delivered
    assert len(web.posted) == 1
    assert any("v1 is the champion now" in title for title in titles(web))
    assert tell(ws, spec, now=soon(LAST, 2), patience=AT_ONCE) == []
    assert len(web.posted) == 1
    assert told(ws, spec) == [record]


def test_what_the_message_tells_is_what_was_decided(model, web):
    ws, spec = model()
    tell(ws, spec, now=soon(LAST), patience=AT_ONCE)
    said = {event["sentence"] for posted in web.posted for event in posted["events"]}
    decisions = ws.catalog.decisions("tiny")
    retrains = [found.sentence for found in decisions if found.action == "retrain"]
    alerts = [found.sentence for found in decisions if found.action == "alert"]
    assert said.issuperset([*retrains, alerts[0]])


def test_history_is_not_told_but_the_newest_window_is(model, web):
    ws, spec = model(replays=False)
    tell(ws, spec, now=soon(LAST), patience=AT_ONCE)
    windows = [event["window"]["start"] for posted in web.posted for event in posted["events"]]
    assert all(start >= tiny.day(LAST - 1).start.isoformat().replace("+00:00", "Z") for start in windows)
    late = tell(ws, spec, now=soon(LAST + 3), patience=AT_ONCE)
    assert late == []


def test_a_model_without_a_sink_is_not_even_looked_at(kept):
    project = tiny.project(kept, days=12, drift_from=6, gates=["beats_baseline"])
    assert tell(project.workspace(), project.spec, now=soon(LAST)) == []
    assert told(project.workspace(), project.spec) == []


def test_telling_changes_nothing_that_is_decided_or_measured(model):
    ws, spec = model()
    before = ws.catalog.entries("tiny")
    tell(ws, spec, now=soon(LAST), patience=AT_ONCE)
    assert ws.catalog.entries("tiny") == before
    assert ws.catalog.verify("tiny") == []


def test_a_sink_that_is_down_is_told_with_the_next_message(model, web):
    ws, spec = model()
    web.status = 500
    (record,) = tell(ws, spec, now=soon(LAST), patience=AT_ONCE)
    assert record.failed
    assert "500" in record.why
    assert "S3CRET" not in record.to_json()
    assert tell(ws, spec, now=soon(LAST, 2), patience=AT_ONCE) == []
    web.status = 200
    tell(ws, spec, now=soon(LAST, 3), patience=AT_ONCE)
    assert [event.title for event in record.events] == titles(web)


def test_a_quiet_night_is_told_in_the_morning_by_the_watch(model, web):
    ws, spec = model(quiet={"hours": "00:00-07:00"}, late_after=None)
    (record,) = tell(ws, spec, now=soon(LAST), patience=AT_ONCE)
    assert record.held == "quiet"
    assert web.posted == []
    (seen,) = look_at_all(ws, [spec], now=soon(LAST, 8))
    assert len(seen.records) == 1
    assert len(web.posted) == 1


def test_a_model_nobody_watches_is_critical_told_once_and_over_when_it_goes_on(model, web):
    ws, spec = model(replays=False, least="critical", quiet={"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]})
    worked = datetime.now(UTC)
    later = worked + 7 * HOUR
    assert overdue(ws, spec, worked) is None, "it is catching up"
    assert overdue(ws, spec, later) == (tiny.day(LAST + 1), later - tiny.day(LAST + 1).end - 6 * HOUR)
    for hours in (0, 1):
        tell(ws, spec, now=later + hours * HOUR, patience=AT_ONCE)
    assert titles(web) == ["monitoring is late"]
    assert "tiny__monitoring is paused" in web.posted[0]["events"][0]["sentence"]
    replay.advance(ws, spec, tiny.day(LAST + 1))
    (record,) = tell(ws, spec, now=datetime.now(UTC), patience=AT_ONCE)
    assert [event.title for event in record.events] == ["monitoring works again"]
    assert record.held == "quiet"


def test_a_model_that_nobody_started_or_whose_schedule_is_over_is_not_late(model, tmp_path):
    fresh = tiny.project(tmp_path / "fresh", days=3)
    assert overdue(fresh.workspace(), fresh.spec, soon(100)) is None
    ws, spec = model()
    replay.advance(ws, spec, tiny.day(11))
    assert overdue(ws, spec, soon(100)) is None


def test_what_is_done_by_hand_is_told_too(model, web):
    ws, spec = model()
    tell(ws, spec, now=soon(LAST), patience=AT_ONCE)
    web.posted.clear()
    replay.run_retrain(ws, spec, tiny.day(LAST).end, reasons=(), request="ann:by hand")
    tell(ws, spec, now=soon(LAST, 2), patience=AT_ONCE)
    assert len(web.posted) == 1
    verdicts = [entry.payload["verdict"] for entry in ws.catalog.entries("tiny", EntryKind.EVALUATION)]
    assert ("champion" in titles(web)[0]) == (verdicts[-1] in ("promote", "reject"))


def test_a_freeze_is_no_news(model, web):
    ws, spec = model()
    tell(ws, spec, now=soon(LAST), patience=AT_ONCE)
    freeze(ws, spec, by="ann", reason="holidays")
    assert tell(ws, spec, now=soon(LAST, 2), patience=AT_ONCE) == []


def one_of_two(ws, spec, now):
    tell(ws, spec, now=now, patience=AT_ONCE)


def test_two_processes_at_once_tell_once(model, web):
    ws, spec = model()
    fork = multiprocessing.get_context("fork")
    both = [fork.Process(target=one_of_two, args=(ws, spec, soon(LAST))) for _ in range(2)]
    for process in both:
        process.start()
    for process in both:
        process.join()
    assert [process.exitcode for process in both] == [0, 0]
    assert len(web.posted) == 1


def test_a_test_message_says_that_it_is_one_and_is_not_recorded(model, web):
    ws, spec = model()
    assert list(try_out(spec, patience=AT_ONCE).values()) == [None]
    assert titles(web) == ["this is a test"]
    web.status = 403
    (why,) = try_out(spec, patience=AT_ONCE).values()
    assert "403" in why
    assert told(ws, spec) == []

"""People are told by the tasks themselves: after a decision, a promotion, a failure, and when a run takes too long."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

import tiny
from airflow_home import PATH
from leeway.replay import advance
from receivers import web_server

HOOK = {"kind": "webhook", "url": "${HOOK}"}
AT_ONCE = {"late_after": "0m"}
"""A window is late as soon as it is over."""


@pytest.fixture
def web(monkeypatch):
    with web_server() as server:
        monkeypatch.setenv("HOOK", server.url)
        yield server


@pytest.fixture
def watched(tmp_path, airflow, at_home, web):
    """A model of which everything is told, history too, and Airflow with its DAGs."""

    def build(days=8, rules=None, **changes):
        alerts = {"to": [HOOK], "replays": True, "least": "info", "late_after": None, **(rules or {})}
        project = at_home(tiny.project(tmp_path, days=days, gates=["beats_baseline"], alerts=alerts, **changes))
        return project, airflow(project)

    return build


def told(web):
    return [event["title"] for posted in web.posted for event in posted["events"]]


def test_a_decision_and_what_came_of_it_are_told_by_the_tasks(watched, web):
    project, engine = watched()
    advance(project.workspace(), project.spec, tiny.day(3))
    assert engine.scheduled("tiny__monitoring", tiny.day(4)).go().state == "success"
    assert told(web) == ["retrain: bootstrap"]
    link = web.posted[0]["link"]
    assert link == f"http://localhost{PATH}/plugin/models/tiny?window={tiny.day(4).key}"
    engine.queued("tiny__training")[0].go()
    assert told(web)[1:] == ["v1 is the champion now"]


def test_history_that_is_run_again_is_told_to_nobody(watched, web):
    _, engine = watched(rules={"replays": False})
    run = engine.scheduled("tiny__monitoring", tiny.day(0), kind="backfill").go()
    run.clear("decide").go()
    assert run.state == "success"
    assert web.posted == []


def test_a_task_that_failed_is_told_in_leeways_own_words(watched, web):
    project, engine = watched(data={"on_invalid": "fail"})
    project.file(0).write_text(tiny.rows(0).replace(",web,", ",web,oops,", 1))
    run = engine.scheduled("tiny__monitoring", tiny.day(0)).go()
    assert run.state == "failed"
    (posted,) = web.posted
    assert posted["title"] == "[warning] tiny: task ingest of tiny__monitoring failed"
    assert "[SRC1" in posted["text"]
    assert "2024-01-01.csv" in posted["text"]


def test_a_sink_that_is_down_fails_no_task_and_is_told_by_the_watch(watched, web):
    project, engine = watched()
    advance(project.workspace(), project.spec, tiny.day(3))
    web.status = 500
    assert engine.scheduled("tiny__monitoring", tiny.day(4)).go().state == "success"
    web.status = 200
    assert engine.by_hand("leeway__watch", at=datetime(2024, 6, 1, 4, tzinfo=UTC)).go().state == "success"
    assert "retrain: bootstrap" in told(web)


def test_the_watch_tells_of_a_model_that_nothing_runs_for(watched, web):
    project, engine = watched(rules=AT_ONCE)
    advance(project.workspace(), project.spec, tiny.day(0))
    engine.by_hand("leeway__watch", at=datetime(2024, 6, 1, 4, tzinfo=UTC)).go()
    assert told(web) == ["monitoring is late"]


def test_a_run_past_its_deadline_wakes_up_who_looks(watched, web):
    from airflow.models.deadline import Deadline
    from airflow.triggers.callback import CallbackTrigger
    from airflow.utils.session import create_session
    from sqlalchemy import select

    project, engine = watched(rules=AT_ONCE)
    advance(project.workspace(), project.spec, tiny.day(0))
    engine.scheduled("tiny__monitoring", tiny.day(1))
    with create_session() as session:
        (deadline,) = session.scalars(select(Deadline)).all()
        deadline.handle_miss(session)
        trigger = CallbackTrigger(deadline.callback.data["path"], deadline.callback.data["kwargs"])

    async def fire():
        return [event async for event in trigger.run()]

    last = asyncio.run(fire())[-1]
    assert last.payload["state"] == "success", last.payload
    assert told(web) == ["monitoring is late"]


def test_only_a_model_that_tells_somebody_has_a_deadline(watched):
    _, engine = watched(rules=AT_ONCE)
    assert engine.dag("tiny__monitoring").deadline
    assert not engine.dag("tiny__training").deadline
    _, silent = watched(rules={"to": [], **AT_ONCE})
    assert not silent.dag("tiny__monitoring").deadline


def test_a_deadline_makes_no_new_version_of_the_dag_at_every_parse(watched):
    from airflow.models.dag_version import DagVersion
    from airflow.utils.session import create_session
    from sqlalchemy import func, select

    from airflow_home import DAGS
    from airflow_runs import Airflow

    def versions():
        with create_session() as session:
            return session.scalar(select(func.count()).where(DagVersion.dag_id == "tiny__monitoring"))

    watched(rules=AT_ONCE)
    before = versions()
    Airflow(DAGS)
    assert versions() == before

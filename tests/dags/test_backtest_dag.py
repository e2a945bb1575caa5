"""The DAG of backtests: a person starts it, the page shows what came of it, nothing else changes."""

from __future__ import annotations

import json
import os
from datetime import timedelta

import histories
import tiny
from leeway.backtest import kept
from leeway.backtest.result import Backtest
from leeway.stages.reconcile import reconcile

DAYS = 14
"""Twelve labelled windows are the least that can be replayed."""


def test_a_backtest_is_kept_under_the_name_of_who_asked_and_the_next_takes_its_place(tmp_path, airflow, at_home):
    project = at_home(tiny.project(tmp_path, days=DAYS, **histories.CALM))
    ws = histories.advance_to(project, [DAYS - 1])
    engine, before = airflow(project), ws.catalog.last_seq("tiny")
    assert kept(ws, project.spec) is None

    asked = {"model": "tiny", "policies": ["never"], "retrain_costs": [0.1], "until": "2024-01-13"}
    assert engine.by_hand("leeway__backtest", asked).go().state == "success"
    first = kept(ws, project.spec)
    assert first.by == "ann"
    found = Backtest.model_validate_json(first.result_json)
    assert [policy.name for policy in found.policies] == ["never"]
    assert found.windows[-1].end <= tiny.day(12).end
    assert found.costs == (0.1,)
    assert b"<title>Backtest of tiny</title>" in first.html
    assert ws.catalog.last_seq("tiny") == before, "the ledger knows nothing of it"

    again = {**asked, "policies": ["{kind: every, windows: 3}"]}
    assert engine.by_hand("leeway__backtest", again).go().state == "success"
    second = kept(ws, project.spec)
    assert [policy["name"] for policy in json.loads(second.result_json)["policies"]] == ["every(windows=3)"]
    for file in (project.settings.home / "store").rglob("*.*"):
        os.utime(file, (0, 0))
    reconcile(ws, project.spec)
    assert first.html, "a backup that began before the second one was kept still names the first"
    gone = reconcile(ws, project.spec, older_than=timedelta(0))
    assert {f"removed {first.place[0]}", f"removed {first.page[0]}"} <= set(gone)
    assert Backtest.model_validate_json(kept(ws, project.spec).result_json).policies[0].name == "every(windows=3)"


def test_a_backtest_of_nothing_fails_at_once(tmp_path, airflow, at_home):
    project = at_home(tiny.project(tmp_path, days=2))
    engine = airflow(project)
    for wrong in ({"model": "tony"}, {"model": "tiny"}, {"model": "tiny", "policies": ["nevr"]}):
        assert engine.by_hand("leeway__backtest", wrong).go().state == "failed", "trying again cannot help"

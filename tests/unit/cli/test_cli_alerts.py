"""``leeway alerts`` and ``leeway watch``: seen from a terminal, outside Airflow."""

from __future__ import annotations

import pytest

import tiny
from leeway.replay import advance
from receivers import web_server


@pytest.fixture
def web():
    with web_server() as server:
        yield server


@pytest.fixture
def model(tmp_path, web):
    """A model that has decided one window long ago, with a sink; and the environment that names it."""
    alerts = {"to": [{"kind": "webhook", "url": "${HOOK}"}], "late_after": "0m"}
    project = tiny.project(tmp_path, days=3, alerts=alerts)
    advance(project.workspace(), project.spec, tiny.day(0))
    return {**project.env, "HOOK": web.url, "LEEWAY_AIRFLOW_URL": "https://airflow.example/"}


def test_the_watch_tells_of_a_late_model_once_and_says_so_at_its_exit(model, web, leeway, ask):
    found = leeway(model, "watch")
    assert found.exit_code == 1
    assert "tiny" in found.stdout
    assert [posted["title"] for posted in web.posted] == ["[critical] tiny: monitoring is late"]
    assert web.posted[0]["link"] == "https://airflow.example/plugin/models/tiny"
    (again,) = ask(model, "watch")["models"]
    assert (again["sent"], again["problem"]) == (0, None)
    assert again["late_by"] > 0
    assert len(web.posted) == 1
    (told,) = ask(model, "alerts", "tiny")["told"]
    assert told["events"][0]["title"] == "monitoring is late"
    assert "monitoring is late" in leeway(model, "alerts", "tiny").stdout


def test_a_test_message_says_which_sink_did_not_take_it(model, web, leeway, ask):
    assert ask(model, "alerts", "test", "tiny")["sinks"][0]["ok"]
    assert "this is a test" in web.posted[0]["title"]
    unset = leeway({**model, "HOOK": ""}, "alerts", "test", "tiny", "--json")
    assert unset.exit_code == 1
    assert "ALR103" in unset.stdout
    assert "HOOK is not set" in unset.stdout


def test_a_model_that_tells_nobody_says_so(tmp_path, leeway, ask):
    project = tiny.project(tmp_path, days=1)
    project.workspace()
    assert "Nobody is told of tiny" in leeway(project.env, "alerts", "tiny").stdout
    refused = leeway(project.env, "alerts", "test", "tiny", "--json")
    assert refused.exit_code == 2
    assert "ALR100" in refused.stdout
    assert leeway(project.env, "watch").exit_code == 0


def test_other_words_are_refused(model, leeway):
    assert leeway(model, "alerts", "tiny", "test").exit_code == 2

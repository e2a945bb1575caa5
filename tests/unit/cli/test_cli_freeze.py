"""Steering a model by hand: freeze, unfreeze, approve all the same, and which rows to label."""

from __future__ import annotations

import csv
import getpass
import io

import pytest

import tiny
from scripted import plan


@pytest.fixture(scope="module")
def steered(tmp_path_factory, ask):
    """A model with a champion of one window that found drift no label can judge yet."""
    project = tiny.project(
        tmp_path_factory.mktemp("steered"),
        days=9,
        policy=plan({6: "alert"}),
        gates=["beats_baseline"],
        limits={"labels": {"at_most": 30, "windows": 5}},
        data={"label": {"column": "bought", "delay": "2d"}},
    )
    project.workspace()
    ask(project.env, "run", "all", "-m", "tiny", "--until", "2024-01-07")
    return project


def test_labels_are_listed_as_csv_and_as_json(steered, leeway, ask):
    result = leeway(steered.env, "labels", "tiny")
    listed = list(csv.DictReader(io.StringIO(result.stdout)))
    told = ask(steered.env, "labels", "tiny")
    assert told["window"]["start"] == "2024-01-07T00:00:00Z"
    assert [row["visit"] for row in listed] == [str(row["visit"]) for row in told["rows"]]
    assert len(listed) == 30
    assert all(row["at"].startswith("2024-01-07T") for row in listed)


def test_a_freeze_is_shown_kept_and_ended(steered, leeway, ask):
    frozen = ask(steered.env, "freeze", "tiny", "--reason", "an audit")["freeze"]
    assert (frozen["frozen"], frozen["reason"], frozen["by"]) == (True, "an audit", getpass.getuser())
    assert frozen["effective_from"] == "2024-01-08T00:00:00Z"
    assert ask(steered.env, "freeze", "tiny", "--reason", "another")["freeze"] == frozen
    assert ask(steered.env, "status", "tiny")["models"][0]["frozen"] == frozen
    assert "an audit" in leeway(steered.env, "status", "tiny").stdout

    challenger = ask(steered.env, "run", "retrain", "-m", "tiny")
    assert (challenger["evaluation"]["verdict"], challenger["champion"]) == ("promote", 1)
    assert ask(steered.env, "status", "tiny")["models"][0]["waiting_challenger"] == 2
    said = leeway(steered.env, "approve", "tiny", "v2").stdout
    assert "v2 serves" in said
    assert "stays frozen" in said

    assert not ask(steered.env, "unfreeze", "tiny")["freeze"]["frozen"]
    assert ask(steered.env, "status", "tiny")["models"][0]["frozen"] is None
    assert [found["frozen"] for found in ask(steered.env, "history", "tiny")["freezes"]] == [True, False]
    assert leeway(steered.env, "history", "tiny").exit_code == 0
    assert leeway(steered.env, "verify", "tiny").exit_code == 0


def test_a_freeze_needs_a_reason(steered, leeway):
    assert leeway(steered.env, "freeze", "tiny").exit_code == 2


def test_where_no_label_is_asked_for_it_says_so(tmp_path, leeway, ask):
    project = tiny.project(tmp_path, days=1)
    project.workspace()
    assert leeway(project.env, "labels", "tiny").stdout == "No label of tiny is asked for.\n"
    assert ask(project.env, "labels", "tiny") == {"model": "tiny", "window": None, "rows": []}

"""Backfill equals live: any order, any split, any repetition of the same windows gives the same catalog, byte for byte."""

from __future__ import annotations

import dataclasses
import json

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

import histories
from leeway.core import Verdict

LAST = 4


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    """The model as the schedule keeps it: one window after another, each in a process of its own."""
    project = histories.hurried(tmp_path_factory.mktemp("live"))
    project.workspace()
    for number in range(LAST + 1):
        histories.in_a_fresh_process(histories.advance_to, project, [number])
    return project


@pytest.fixture(scope="module")
def expected(live):
    return histories.contents(live.workspace())


def test_the_history_that_is_compared_has_promotions_in_it(live):
    verdicts = [evaluation.verdict for evaluation in live.workspace().catalog.evaluations("tiny")]
    assert verdicts == [Verdict.PROMOTE, Verdict.PROMOTE]


def test_ids_that_mlflow_makes_are_not_part_of_the_history(live, expected):
    ids = {run for _, _, run in histories.runs(live.workspace())}
    assert ids
    assert not [run for run in ids if run in expected]


def test_one_backfill_up_to_the_last_window_equals_live(expected, tmp_path):
    ws = histories.advance_to(histories.hurried(tmp_path), [LAST])
    assert histories.contents(ws) == expected


@settings(
    max_examples=5,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(asked=st.lists(st.integers(0, LAST), min_size=1, max_size=4))
def test_windows_in_any_order_and_more_than_once_equal_live(expected, tmp_path_factory, asked):
    ws = histories.advance_to(histories.hurried(tmp_path_factory.mktemp("shuffled")), [*asked, LAST])
    assert histories.contents(ws) == expected


@pytest.mark.integration
def test_a_catalog_in_postgresql_holds_the_same(expected, tmp_path, migrated_postgres_url):
    project = histories.hurried(tmp_path)
    project.workspace()
    elsewhere = project.settings.model_copy(update={"catalog_url": SecretStr(migrated_postgres_url)})
    ws = histories.advance_to(dataclasses.replace(project, settings=elsewhere), [2, 0, LAST])
    assert json.loads(histories.contents(ws)) == json.loads(expected)
    ws.catalog.close()

"""Backfill equals live: the same windows in any order and split, and repeated, give the same catalog, byte for byte."""

from __future__ import annotations

import dataclasses
import json

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

import histories
import tiny
from leeway.core import Verdict

LAST = 4


@pytest.fixture(scope="module")
def backfilled(tmp_path_factory):
    """The model after one backfill up to its last window."""
    project = histories.hurried(tmp_path_factory.mktemp("backfilled"))
    histories.advance_to(project, [LAST])
    return project


@pytest.fixture(scope="module")
def expected(backfilled):
    return histories.contents(backfilled.workspace())


def test_the_history_that_is_compared_has_promotions_in_it(backfilled):
    catalog = backfilled.workspace().catalog
    assert [evaluation.verdict for evaluation in catalog.evaluations("tiny")] == [Verdict.PROMOTE, Verdict.PROMOTE]
    assert catalog.champion("tiny", at=tiny.day(LAST).start) == 1


def test_windows_run_one_by_one_in_processes_of_their_own_equal_a_backfill(expected, tmp_path):
    project = histories.hurried(tmp_path)
    for number in range(LAST + 1):
        histories.in_a_fresh_process(histories.advance_to, project, [number])
    assert histories.contents(project.workspace()) == expected


def test_ids_that_mlflow_makes_are_not_part_of_the_history(backfilled, expected):
    ids = {run for _, _, run in histories.runs(backfilled.workspace())}
    assert ids
    assert not [run for run in ids if run in expected]


@settings(
    max_examples=4,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(asked=st.lists(st.integers(0, LAST), min_size=1, max_size=3))
def test_windows_in_any_order_and_more_than_once_equal_a_backfill(expected, tmp_path_factory, asked):
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

"""Trainings that follow one another share a budget of looks at the same held-back windows; the ledger counts them."""

from __future__ import annotations

import pytest

import tiny
from leeway import replay
from leeway.errors import SpecError


@pytest.fixture(scope="module")
def evaluations(tmp_path_factory):
    """A model trained anew for every window, which hardly ever wins: two windows held back, one look allowed."""
    project = tiny.project(
        tmp_path_factory.mktemp("looks"),
        days=9,
        policy={"kind": "every", "windows": 1, "bootstrap_windows": 4, "min_rows": 50},
        training={"holdout_looks": 1},
        limits={"rejections": None},
        gates=[{"kind": "versus_champion", "better": True, "alpha": 0.0001}],
    )
    ws = project.workspace()
    replay.advance(ws, project.spec, tiny.day(8))
    return ws.catalog.evaluations("tiny")


def test_a_look_is_refused_while_its_windows_were_looked_at_and_a_refusal_is_no_look(evaluations):
    against = [found for found in evaluations if found.comparison is not None]
    assert [found.looks for found in against] == [0, 1, 0, 1]
    refused = [any("Wait until new windows" in gate.sentence for gate in found.gates) for found in against]
    assert refused == [False, True, False, True]


def test_an_evaluation_keeps_the_gain_in_points_with_its_interval(evaluations):
    first, *later = evaluations
    assert (first.points, first.metric_gain) == (None, None)
    for found in later:
        assert found.points == found.metric_gain.points
        assert found.metric_gain.metric == "auc"
        assert found.metric_gain.rows == found.comparison.rows


def test_a_margin_of_something_that_is_no_slice_is_refused(tmp_path):
    with pytest.raises(SpecError, match="Did you mean 'channel'"):
        tiny.project(tmp_path, days=1, gates=[{"kind": "per_slice", "margins": {"chanel=web": 0.1}}])

"""Probes: in every window whose labels become known, what a newer model of the champion's recipe would have gained."""

from __future__ import annotations

import pytest

import histories
import tiny
from leeway.core import PartitionKind
from leeway.dataset import labelled_rows
from leeway.evaluation.metrics import losses
from leeway.outcome import recipe_of
from leeway.probing import probe
from leeway.recipes import fit


@pytest.fixture(scope="module")
def ws():
    """Seven days: the champion learned from days 0 to 3, and the labels of days 5 and 6 were known a day later."""
    return histories.grown().workspace()


def test_a_probe_knows_every_labelled_window_before_and_one_of_them_as_few_as_the_champion(ws):
    version = ws.catalog.version("tiny", 1)
    (performance,) = ws.catalog.measurement("tiny", tiny.day(6)).matured
    full, same = ws.catalog.measurement("tiny", tiny.day(6)).probes
    assert (full.history, full.window, full.version) == ("all", performance.window, 1)
    assert full.trained_on == (tiny.day(0), tiny.day(4))
    assert (same.history, same.trained_on) == ("same", (tiny.day(1), tiny.day(4)))
    assert version.trained_on == (tiny.day(0), tiny.day(3))
    assert full.loss == pytest.approx(performance.loss)


def test_its_gain_is_the_champions_loss_less_that_of_the_recipe_fitted_on_those_windows(ws):
    spec = histories.grown().spec
    full, _ = ws.catalog.measurement("tiny", tiny.day(6)).probes
    scored = [p for p in ws.catalog.partitions("tiny", PartitionKind.PREDICTIONS) if p.window == full.window]
    rows, ours = labelled_rows(ws, spec, scored, until=tiny.day(6).end)
    recipe = recipe_of(ws, spec, 1)
    known = _known(ws, spec, last=4)
    newer = fit(spec, recipe.candidate, known.training_set(spec, 1), recipe.params).predict(rows.features)
    expected = losses(spec.loss, rows.target, ours).mean() - losses(spec.loss, rows.target, newer).mean()
    assert full.gain == pytest.approx(expected)


def test_no_probe_is_made_where_it_would_know_no_more_than_the_champion(ws):
    assert ws.catalog.measurement("tiny", tiny.day(5)).probes == ()
    assert probe(ws, histories.grown().spec, tiny.day(6), ()) == ()


def test_a_policy_without_probes_makes_none(tmp_path):
    project = tiny.project(tmp_path, days=7, policy={"probe": None})
    ws = histories.advance_to(project, range(7))
    assert all(found.probes == () for found in ws.catalog.measurements("tiny"))


def _known(ws, spec, *, last):
    """The labelled rows of days 0 to ``last``, as they are known at the end of day 6."""
    import numpy as np

    from leeway.dataset import Rows, features, join_labels, label_partitions, labels, raw_frame

    raw = raw_frame(ws, spec, ws.catalog.partitions("tiny", PartitionKind.RAW, end=tiny.day(last).end))
    target = join_labels(spec, raw, labels(ws, spec, label_partitions(ws, spec, tiny.day(6).end)))
    return Rows(raw, features(spec, raw), target).where(~np.isnan(target))

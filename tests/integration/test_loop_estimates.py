"""Estimates through the whole loop: from what is known then, the same again, silent once labels show them wrong."""

from __future__ import annotations

import pytest

import histories
import tiny
from leeway.core import Action, PartitionKind
from leeway.detectors.base import Detector
from leeway.estimating import estimate
from leeway.kinds import build
from leeway.stages.measure import measure
from streams import flagged_at

DAYS, DRIFT = 17, 10
DETECTORS = [
    {"kind": "estimated_performance", "min_rows": 30, "min_labels": 60},
    {"kind": "calibration_drift", "min_rows": 30},
    {"kind": "slice_loss", "min_rows": 30},
]
WATCHED = {"monitoring": {"detectors": DETECTORS}, "policy": {"growth": None}}
"""Only what is told and never acted on: the first champion goes on serving."""
NUMBER = {
    "task": "regression",
    "data": {
        "label": {"column": "age"},
        "columns": {"age": {"role": "target"}, "bought": {"role": "ignore"}, "channel": {"role": "feature"}},
    },
    "training": {"trainers": [{"kind": "sklearn", "estimator": "sklearn.linear_model.LinearRegression"}]},
    "gates": ["versus_champion"],
}


def lived(folder, *, days=DAYS, drift_from=None, **changes):
    project = tiny.project(folder, days=days, drift_from=drift_from, **{**WATCHED, **changes})
    return project, histories.advance_to(project, range(days))


@pytest.fixture(scope="module")
def drifted(tmp_path_factory):
    """Labels come two days late, so the estimates go on being wrong for two windows."""
    return lived(tmp_path_factory.mktemp("drifted"), drift_from=DRIFT, data={"label": {"delay": "2d"}})


def estimates(ws):
    return {number: ws.catalog.measurement("tiny", tiny.day(number)).estimated for number in range(DAYS)}


def test_a_window_is_estimated_as_soon_as_two_windows_of_its_champion_are_labelled(drifted):
    _, ws = drifted
    found = {number: one for number, one in estimates(ws).items() if one is not None}
    assert list(found) == list(range(9, DAYS))
    assert all(one.window == tiny.day(number) and one.version == 1 for number, one in found.items())
    assert found[9].loss.low <= found[9].loss.value <= found[9].loss.high
    assert {"auc", "accuracy", "brier"} <= set(found[9].metrics)


def test_concept_drift_is_not_seen_by_the_estimate_until_its_labels_mute_it(drifted):
    _, ws = drifted
    realised = {p.window: p.loss for m in ws.catalog.measurements("tiny") for p in m.matured}
    found = estimates(ws)
    for number in (DRIFT, DRIFT + 1):
        assert realised[tiny.day(number)] > found[number].loss.high
    assert [found[number].muted for number in range(DRIFT, DRIFT + 4)] == [False, False, False, True]
    (signal,) = [s for s in ws.catalog.measurement("tiny", tiny.day(DRIFT + 3)).signals if s.kind == "estimate"]
    assert not signal.flagged
    assert "Muted: the realised loss lay outside the interval in 2 of the newest 3 windows" in signal.sentence


def test_it_learns_from_the_new_labels_and_speaks_again(drifted):
    _, ws = drifted
    muted = [number for number, one in estimates(ws).items() if one is not None and one.muted]
    assert muted == [DRIFT + 3, DRIFT + 4, DRIFT + 5]


def test_the_record_outlasts_a_change_of_the_champion(drifted):
    project, ws = drifted
    window, changed = tiny.day(DRIFT + 3), tiny.day(DRIFT - 1)

    def by_another(one):
        return one if one is None or one.window < changed else one.model_copy(update={"version": 2})

    *past, now = (
        m.model_copy(update={"estimated": by_another(m.estimated), "matured": tuple(map(by_another, m.matured))})
        for m in ws.catalog.measurements("tiny")
        if not window < m.window
    )
    scored = ws.catalog.partition("tiny", PartitionKind.PREDICTIONS, window)
    found = estimate(ws, project.spec, scored, inputs=pytest.fail, past=past, matured=now.matured)
    assert (found.version, found.judged, found.misses, found.muted) == (1, 3, 2, True)


def test_what_is_only_told_leads_to_no_decision(drifted):
    _, ws = drifted
    flagged = {signal.kind for m in ws.catalog.measurements("tiny") for signal in m.flagged}
    assert flagged == {"estimate"}
    assert [made.action for made in ws.catalog.decisions("tiny") if made.action is not Action.NONE] == [Action.RETRAIN]


@pytest.mark.parametrize("kind", ["labelled_loss", "confidence_sequence"])
def test_the_labelled_tests_find_the_drift_in_what_was_recorded(drifted, kind):
    _, ws = drifted
    matured = [p for m in ws.catalog.measurements("tiny") for p in m.matured]
    found = flagged_at(build(Detector, {"kind": kind, "min_rows": 30}), matured)
    assert found
    assert all(not matured[place].window < tiny.day(DRIFT) for place in found)


def test_measuring_again_gives_the_same_bytes(drifted):
    project, ws = drifted
    for number in (DRIFT, DRIFT + 3):
        recorded = ws.catalog.measurement("tiny", tiny.day(number))
        revision, again = measure(ws, project.spec, tiny.day(number))
        assert (revision, again.to_json()) == (1, recorded.to_json())


def test_an_estimate_does_not_depend_on_what_comes_later(drifted, tmp_path):
    _, ws = drifted
    _, other = lived(tmp_path, days=DRIFT, data={"label": {"delay": "2d"}})
    for number in range(DRIFT):
        assert other.catalog.measurement("tiny", tiny.day(number)) == ws.catalog.measurement("tiny", tiny.day(number))


def test_a_model_of_numbers_is_estimated_from_a_model_of_its_errors(tmp_path):
    _, ws = lived(tmp_path, days=10, **NUMBER)
    found = [m.estimated for m in ws.catalog.measurements("tiny") if m.estimated is not None]
    assert [one.window for one in found] == [tiny.day(number) for number in (7, 8, 9)]
    realised = {p.window: p for m in ws.catalog.measurements("tiny") for p in m.matured}
    for one in found[:2]:
        assert one.method == "loss_model"
        assert one.loss.value == pytest.approx(realised[one.window].loss, rel=0.5)
        assert realised[one.window].coverage == pytest.approx(0.9)
        assert realised[one.window].loss_high is None

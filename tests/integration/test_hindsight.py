"""What would have been: the same windows under never retraining and under retraining every window."""

import pytest

import tiny
from leeway.core import Action
from leeway.errors import TrainingError
from leeway.hindsight import Hindsight
from leeway.replay import advance

DAYS = 12


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    project = tiny.project(tmp_path_factory.mktemp("hindsight"), days=DAYS, drift_from=8, gates=["beats_baseline"])
    workspace = project.workspace()
    advance(workspace, project.spec, tiny.day(DAYS - 1))
    return workspace, project.spec


def test_all_policies_are_judged_on_the_same_windows(served):
    hindsight = Hindsight(*served)
    policies = [hindsight.never(), hindsight.leeway(), hindsight.every()]
    assert {found.windows for found in policies} == {len(hindsight.windows) - 1}  # the newest has no labels yet
    assert all(0 <= found.metrics["auc"] <= 1 for found in policies)


def test_leeway_is_judged_by_the_predictions_it_published(served):
    workspace, spec = served
    measured = [p for m in workspace.catalog.measurements(spec.name) for p in m.matured]
    mean = sum(performance.metrics["auc"] for performance in measured) / len(measured)
    assert Hindsight(workspace, spec).leeway().metrics["auc"] == pytest.approx(mean)


def test_a_retrain_counts_whether_or_not_it_was_promoted(served):
    workspace, spec = served
    asked = [d for d in workspace.catalog.decisions(spec.name) if d.action is Action.RETRAIN]
    assert Hindsight(workspace, spec).leeway().retrains == len(asked) - 1  # the first one made the first champion


def test_after_drift_retraining_beats_never_retraining(served):
    hindsight = Hindsight(*served)
    assert hindsight.every().metrics["auc"] > hindsight.never().metrics["auc"]


def test_nothing_in_the_catalog_changes(served):
    workspace, spec = served
    before = workspace.catalog.contents()
    Hindsight(workspace, spec).every()
    assert workspace.catalog.contents() == before


def test_without_a_scored_window_it_says_so(tmp_path):
    project = tiny.project(tmp_path, days=3)
    workspace = project.workspace()
    advance(workspace, project.spec, tiny.day(2))
    with pytest.raises(TrainingError, match="no window was scored"):
        Hindsight(workspace, project.spec).leeway()

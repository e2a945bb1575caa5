"""The whole loop on two weeks of data: a first champion, concept drift, a better challenger in its place."""

from __future__ import annotations

from collections import Counter

import pytest

import histories
import tiny
from leeway.core import Action, PartitionKind, Reason, Verdict
from leeway.stages.reconcile import reconcile
from leeway.stages.verify import verify

DAYS, DRIFT = 13, 8
TREE = {
    "kind": "sklearn",
    "estimator": "sklearn.tree.DecisionTreeClassifier",
    "params": {"max_depth": 4, "min_samples_leaf": 5},
}


@pytest.fixture(scope="module")
def lived(tmp_path_factory):
    """A model that has lived through it, one window after another."""
    folder = tmp_path_factory.mktemp("lived")
    changes = {**histories.CALM, "training": {"trainers": [TREE]}}
    project = tiny.project(folder, days=DAYS, drift_from=DRIFT, **changes)
    histories.advance_to(project, range(DAYS))
    return project


@pytest.fixture
def ws(lived):
    return lived.workspace()


def test_the_first_champion_is_trained_when_enough_windows_are_labelled(ws):
    first = next(made for made in ws.catalog.decisions("tiny") if made.action is Action.RETRAIN)
    assert (first.window, first.reasons) == (tiny.day(4), (Reason.BOOTSTRAP,))
    assert ws.catalog.champion("tiny", at=tiny.day(4).start) is None
    assert ws.catalog.champion("tiny", at=tiny.day(5).start) == 1


def test_drift_is_found_when_its_labels_are_known_and_a_better_challenger_is_promoted(ws):
    retrains = {m.window: m.reasons for m in ws.catalog.decisions("tiny") if m.action is Action.RETRAIN}
    assert retrains[tiny.day(DRIFT + 1)] == (Reason.CONCEPT_DRIFT,)
    verdicts = [evaluation.verdict for evaluation in ws.catalog.evaluations("tiny")]
    assert verdicts == [Verdict.PROMOTE, Verdict.PROMOTE]
    assert len(retrains) == len(verdicts)


def test_each_window_is_scored_by_the_champion_of_its_start(ws):
    scored = {found.window: found.champion for found in ws.catalog.partitions("tiny", PartitionKind.PREDICTIONS)}
    first, second = ws.catalog.promotions("tiny")
    assert scored == {
        tiny.day(number): 2 if tiny.day(number).start >= second.effective_from else 1 for number in range(5, DAYS)
    }
    assert first.effective_from < second.effective_from < tiny.day(DAYS - 1).start


def test_the_new_champion_is_better_on_the_new_world(ws):
    losses = {p.window: p.loss for m in ws.catalog.measurements("tiny") for p in m.matured}
    champion = {found.window: found.champion for found in ws.catalog.partitions("tiny", PartitionKind.PREDICTIONS)}
    old = [loss for window, loss in losses.items() if champion[window] == 1 and not window < tiny.day(DRIFT)]
    new = [loss for window, loss in losses.items() if champion[window] == 2]
    assert new
    assert max(new) < min(old)


def test_the_history_is_as_it_was_written(lived, ws):
    assert verify(ws, lived.spec) == []
    assert reconcile(ws, lived.spec) == []


def test_mlflow_shows_what_the_ledger_says(ws):
    assert ws.tracking.alias("tiny", "champion") == ws.catalog.champion("tiny") == 2
    assert ws.tracking.alias("tiny", "challenger") is None
    assert sorted(ws.tracking.versions("tiny")) == [1, 2]


def test_doing_everything_again_changes_nothing(lived):
    ws = lived.workspace()
    before, files, runs = histories.contents(ws), histories.stored(lived), histories.runs(ws)
    again = histories.advance_to(lived, range(DAYS))
    assert histories.contents(again) == before
    assert histories.stored(lived) == files
    assert histories.runs(again) == runs
    assert {key: count for key, count in Counter(key for key, _, _ in runs).items() if count > 1} == {}
    assert {status for _, status, _ in runs} == {"FINISHED"}

"""A model's life in Airflow: bootstrap, promotion, scoring, drift, and what clearing and people change."""

from __future__ import annotations

import pytest

import tiny
from leeway.core import PartitionKind, Verdict

BOOTSTRAPPED = 5
"""Windows until the first model is trained: four days are labelled at the end of the fifth."""


@pytest.fixture
def bootstrapped(tmp_path, airflow, at_home):
    """A model that is about to be trained for the first time: five windows were run, a training is queued."""

    def run(**changes):
        project = at_home(tiny.project(tmp_path, days=8, gates=["beats_baseline"], **changes))
        engine = airflow(project)
        runs = [engine.scheduled("tiny__monitoring", tiny.day(number)).go() for number in range(BOOTSTRAPPED)]
        return project, engine, runs

    return run


def test_a_model_is_bootstrapped_promoted_and_then_scores(bootstrapped):
    project, engine, runs = bootstrapped()
    assert [run.state for run in runs] == ["success"] * BOOTSTRAPPED
    before = {"ingest": "success", "validate": "success", "score": "skipped", "measure": "success", "decide": "success"}
    assert [run.states for run in runs[:-1]] == [{**before, "retrain": "skipped"}] * (BOOTSTRAPPED - 1)
    assert runs[-1].states == {**before, "retrain": "success"}

    (training,) = engine.queued("tiny__training")
    asked = {key: training.conf[key] for key in ("as_of", "reasons")}
    assert training.run_id == f"retrain__{tiny.day(4).key}"
    assert asked == {"as_of": "2024-01-06T00:00:00+00:00", "reasons": ["bootstrap"]}
    assert training.go().state == "success"
    assert set(training.states.values()) == {"success"}

    ws = project.workspace()
    (promotion,) = ws.catalog.promotions("tiny")
    assert (promotion.to_version, promotion.by) == (1, "gates")
    assert ws.catalog.evaluation("tiny", tiny.day(4).end).request == ""
    scored = engine.scheduled("tiny__monitoring", tiny.day(5)).go()
    assert (scored.state, scored.states["score"]) == ("success", "success")
    assert ws.catalog.partition("tiny", PartitionKind.PREDICTIONS, tiny.day(5)).champion == 1

    # Clearing what asked for the retrain does not start a second one.
    again = runs[-1].clear("decide", "retrain").go()
    assert (again.state, again.states["retrain"]) == ("success", "skipped")
    assert engine.queued("tiny__training") == []
    assert len(ws.catalog.decisions("tiny")) == BOOTSTRAPPED + 1


def test_a_person_approves_and_rolls_back(bootstrapped):
    project, engine, _ = bootstrapped(promotion="approval")
    (training,) = engine.queued("tiny__training")
    assert training.go().state == "success"
    assert training.states["ask_for_approval"] == "success"
    assert project.workspace().catalog.champion("tiny") is None

    (approval,) = engine.queued("tiny__promotion")
    assert (approval.run_id, approval.conf) == ("approve__1", {"action": "approve", "version": 1})
    assert approval.go().states["ask"] == "awaiting_input"
    assert approval.question().startswith("Promote version 1 of tiny?\n")
    assert "beats_baseline" in approval.question()
    approval.answer("Approve", user="bob").go()
    assert approval.state == "success"
    assert (approval.states["promote"], approval.states["reject"], approval.states["roll_back"]) == (
        "success",
        "skipped",
        "skipped",
    )
    (promotion,) = project.workspace().catalog.promotions("tiny")
    assert (promotion.to_version, promotion.by) == (1, "bob")


@pytest.mark.parametrize(("answer", "by"), [("Reject", "bob"), (None, "the time limit")])
def test_a_challenger_is_rejected_by_a_person_or_the_time_limit(bootstrapped, answer, by):
    project, engine, _ = bootstrapped(promotion="approval")
    engine.queued("tiny__training")[0].go()
    approval = engine.queued("tiny__promotion")[0].go()
    approval.answer(answer, user=by) if answer else approval.run_out_of_time()
    assert approval.go().state == "success"
    assert (approval.states["promote"], approval.states["reject"]) == ("skipped", "success")
    ws = project.workspace()
    rejected = ws.catalog.evaluations("tiny")[-1]
    assert (rejected.verdict, rejected.sentence) == (Verdict.REJECT, f"Rejected by {by}.")
    assert ws.catalog.champion("tiny") is None

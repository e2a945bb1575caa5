"""A model's life in Airflow: bootstrap, promotion, scoring, drift, and what clearing and people change."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

import tiny
from leeway.core import PartitionKind, Verdict
from leeway.facts.explanation import explanation
from leeway.facts.retrains import retrains_of
from leeway.replay import advance, run_retrain

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
    before["roll_back"] = "skipped"
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

    # Who looks at the model finds the runs that worked for it.
    assert explanation(ws, project.spec, tiny.day(5))["dag_run"] == scored.run_id
    (retrain,) = retrains_of(ws, project.spec).retrains
    assert retrain.dag_run == training.run_id

    # Clearing what asked for the retrain does not start a second one.
    again = runs[-1].clear("decide", "retrain").go()
    assert (again.state, again.states["retrain"]) == ("success", "skipped")
    assert engine.queued("tiny__training") == []
    assert len(ws.catalog.decisions("tiny")) == BOOTSTRAPPED + 1


@pytest.fixture
def waits_for_approval(tmp_path, airflow, at_home):
    """A challenger that passed every gate, and the run of the promotion DAG that waits for a person's answer."""
    project = at_home(tiny.project(tmp_path, days=8, gates=["beats_baseline"], promotion="approval"))
    engine = airflow(project)
    advance(project.workspace(), project.spec, tiny.day(BOOTSTRAPPED - 1))
    asks = engine.by_hand("tiny__promotion", {"action": "approve", "version": 1}).go()
    assert asks.states["ask"] == "awaiting_input"
    return project, engine, asks


def outcome(run):
    assert run.state == "success"
    return {task_id for task_id, state in run.states.items() if state == "success"}


def test_a_training_asks_a_person_who_approves(bootstrapped):
    project, engine, _ = bootstrapped(promotion="approval")
    (training,) = engine.queued("tiny__training")
    assert training.go().state == "success"
    assert training.states["ask_for_approval"] == "success"
    assert project.workspace().catalog.champion("tiny") is None

    (approval,) = engine.queued("tiny__promotion")
    assert (approval.run_id, approval.conf) == ("approve__1", {"action": "approve", "version": 1})
    assert approval.go().question().startswith("Promote version 1 of tiny?\n")
    assert "- beats_baseline: " in approval.question()
    assert outcome(approval.answer("Approve", user="bob").go()) == {"choose", "ask", "promote"}
    (promotion,) = project.workspace().catalog.promotions("tiny")
    assert (promotion.to_version, promotion.by) == (1, "bob")

    # The same challenger is asked for once.
    assert training.clear("ask_for_approval").go().states["ask_for_approval"] == "skipped"


@pytest.mark.parametrize("by", ["bob", "the time limit"])
def test_a_challenger_is_rejected_by_a_person_or_the_time_limit(waits_for_approval, by):
    project, _, approval = waits_for_approval
    approval.answer("Reject", user=by) if by == "bob" else approval.run_out_of_time()
    assert outcome(approval.go()) == {"choose", "ask", "reject"}
    ws = project.workspace()
    rejected = ws.catalog.evaluations("tiny")[-1]
    assert (rejected.verdict, rejected.sentence) == (Verdict.REJECT, f"Rejected by {by}.")
    assert ws.catalog.champion("tiny") is None


def test_a_person_rolls_back_and_trains_on_request(tmp_path, airflow, at_home):
    project = at_home(tiny.project(tmp_path, days=8, gates=[], policy={"kind": "every", "windows": 1}))
    engine, ws = airflow(project), project.workspace()
    advance(ws, project.spec, tiny.day(5))
    assert [promotion.to_version for promotion in ws.catalog.promotions("tiny")] == [1, 2]

    back = engine.by_hand("tiny__promotion", {"action": "roll_back", "reason": "complaints"}).go()
    assert outcome(back) == {"choose", "roll_back"}
    promotion = ws.catalog.promotions("tiny")[-1]
    assert (promotion.to_version, promotion.by, promotion.reason) == (1, "ann", "complaints")

    requested = engine.by_hand("tiny__training").go()
    assert outcome(requested) == {"snapshot", "train", "evaluate", "promote", "close"}
    evaluation = ws.catalog.evaluations("tiny")[-1]
    assert evaluation.request == f"ann:{requested.run_id}"
    assert (evaluation.as_of, evaluation.reasons) == (tiny.day(5).end, ("requested",))
    assert ws.catalog.champion("tiny") == evaluation.challenger == 3


def test_a_training_that_cannot_be_is_recorded_as_failed_and_holds_nobody_up(tmp_path, airflow, at_home):
    project = at_home(tiny.project(tmp_path, days=4))
    engine, ws = airflow(project), project.workspace()
    advance(ws, project.spec, tiny.day(0))
    training = engine.by_hand("tiny__training").go()
    assert training.state == "failed"
    assert {training.states[task_id] for task_id in ("snapshot", "close")} == {"failed"}
    (evaluation,) = ws.catalog.evaluations("tiny")
    assert evaluation.verdict is Verdict.FAILED
    assert "TRN201" in evaluation.sentence
    outside = run_retrain(ws, project.spec, tiny.day(0).end, reasons=(), request="elsewhere")
    assert outside.sentence == evaluation.sentence


def test_a_backfill_that_runs_backwards_gives_the_same_history(tmp_path, airflow, at_home):
    forwards = tiny.project(tmp_path / "forwards", days=3)
    advance(forwards.workspace(), forwards.spec, tiny.day(2))
    backwards = at_home(tiny.project(tmp_path / "backwards", days=3))
    engine = airflow(backwards)
    for number in (2, 1, 0):
        run = engine.scheduled("tiny__monitoring", tiny.day(number), "backfill").go()
        assert run.state == "success"
    histories = [
        [entry.to_json() for entry in project.workspace().catalog.decisions("tiny")]
        for project in (forwards, backwards)
    ]
    assert histories[0] == histories[1]
    assert len(histories[0]) == 3


def test_two_models_work_on_their_own(tmp_path, airflow, at_home):
    tiny.project(tmp_path, days=2, name="other", data={"on_missing": "quarantine"})
    project = at_home(tiny.project(tmp_path, days=2))
    project.file(0).unlink()
    engine, ws = airflow(project), project.workspace()
    assert engine.scheduled("other__monitoring", tiny.day(0)).go().state == "success"
    assert [decision.model for decision in ws.catalog.decisions("other")] == ["other"]
    assert ws.catalog.decisions("tiny") == ()
    # tiny has no input yet, which may pass; other had.
    late = engine.scheduled("tiny__monitoring", tiny.day(0)).go()
    assert (late.state, late.states["ingest"]) == ("running", "up_for_retry")


def test_bad_data_fails_at_once_and_says_why(tmp_path, airflow, at_home, capfd):
    project = at_home(tiny.project(tmp_path, days=2, data={"on_invalid": "fail"}))
    project.file(0).write_text(tiny.rows(0).replace(",web,", ",web,oops,", 1))
    run = airflow(project).scheduled("tiny__monitoring", tiny.day(0)).go()
    assert run.state == "failed"
    assert run.states["ingest"] == "failed"
    assert run.states["measure"] == "upstream_failed"
    said = capfd.readouterr()
    assert "[SRC1" in said.out + said.err
    assert "2024-01-01.csv" in said.out + said.err


def test_maintenance_finds_all_well_and_says_what_is_not(tmp_path, airflow, at_home):
    project = at_home(tiny.project(tmp_path, days=2))
    engine, ws = airflow(project), project.workspace()
    advance(ws, project.spec, tiny.day(0))
    assert engine.by_hand("leeway__maintenance", at=datetime(2024, 6, 1, 4, tzinfo=UTC)).go().state == "success"
    raw = ws.catalog.all_partitions("tiny")[0]
    (project.settings.home / "store" / raw.location).write_bytes(b"altered")
    night = engine.by_hand("leeway__maintenance", at=datetime(2024, 6, 2, 4, tzinfo=UTC)).go()
    assert (night.state, night.states) == ("failed", {"reconcile": "success", "verify": "failed"})


def test_a_run_of_dag_test_is_about_the_newest_window_at_its_date(tmp_path, airflow, at_home):
    project = at_home(tiny.project(tmp_path, days=2))
    dag = airflow(project).dag("tiny__monitoring")
    assert dag.test(logical_date=tiny.day(1).start).state == "success"
    assert [decision.window for decision in project.workspace().catalog.decisions("tiny")] == [tiny.day(0)]

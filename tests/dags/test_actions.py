"""Decisions in Airflow that do more than retrain, and what they leave in the ledger: the same as without Airflow."""

from __future__ import annotations

import histories
import tiny
from leeway.core import PartitionKind, PromotionKind
from leeway.replay import advance
from leeway.stages.freeze import freeze
from scripted import plan

LAST = 10


def acting(folder):
    """A retrain (v2), a roll back to v1, and a recalibration of it (v3)."""
    days = plan({5: "retrain", 7: "roll_back", 9: "recalibrate"})
    return tiny.project(folder, days=12, policy=days, gates=["beats_baseline"])


def test_a_roll_back_and_a_recalibration_are_done_before_the_next_window_is_scored(tmp_path, airflow, at_home):
    alone = acting(tmp_path / "alone")
    expected = histories.contents(histories.advance_to(alone, [LAST]))
    project = at_home(acting(tmp_path / "airflow"))
    engine, ws = airflow(project), project.workspace()
    advance(ws, project.spec, tiny.day(6))

    back = engine.scheduled("tiny__monitoring", tiny.day(7)).go()
    assert (back.state, back.states["roll_back"], back.states["retrain"]) == ("success", "success", "skipped")
    assert ws.catalog.promotions("tiny")[-1].kind is PromotionKind.ROLLBACK
    assert ws.tracking.alias("tiny", "champion") == 1
    assert engine.scheduled("tiny__monitoring", tiny.day(8)).go().states["roll_back"] == "skipped"

    asked = engine.scheduled("tiny__monitoring", tiny.day(9)).go()
    assert (asked.states["roll_back"], asked.states["retrain"]) == ("skipped", "success")
    (training,) = engine.queued("tiny__training")
    assert training.conf["recalibrate"] == 1
    assert training.go().state == "success"
    assert engine.scheduled("tiny__monitoring", tiny.day(LAST)).go().state == "success"
    assert ws.catalog.partition("tiny", PartitionKind.PREDICTIONS, tiny.day(LAST)).champion == 3
    assert histories.contents(ws) == expected

    # Clearing what rolled back does not do it again.
    again = back.clear("decide", "roll_back").go()
    assert (again.state, again.states["roll_back"]) == ("success", "skipped")
    assert len(ws.catalog.promotions("tiny")) == 4


def test_a_roll_back_that_nobody_did_is_made_good_by_the_next_window(tmp_path, airflow, at_home):
    project = at_home(acting(tmp_path))
    engine, ws = airflow(project), project.workspace()
    advance(ws, project.spec, tiny.day(6))
    from leeway.replay import catch_up
    from leeway.stages.decide import decide
    from leeway.stages.ingest import ingest
    from leeway.stages.measure import measure
    from leeway.stages.score import score
    from leeway.stages.validate import validate

    spec, window = project.spec, tiny.day(7)
    catch_up(ws, spec, window)
    validate(ws, spec, window, ingest(ws, spec, window))
    score(ws, spec, window)
    measure(ws, spec, window)
    decide(ws, spec, window)  # and then the worker dies
    assert ws.catalog.champion("tiny") == 2
    assert engine.scheduled("tiny__monitoring", tiny.day(8)).go().state == "success"
    assert ws.catalog.partition("tiny", PartitionKind.PREDICTIONS, tiny.day(8)).champion == 1


def test_a_frozen_models_challenger_is_not_promoted(tmp_path, airflow, at_home):
    project = at_home(acting(tmp_path))
    engine, ws = airflow(project), project.workspace()
    advance(ws, project.spec, tiny.day(5))
    freeze(ws, project.spec, by="ann", reason="an audit")
    requested = engine.by_hand("tiny__training").go()
    assert (requested.state, requested.states["promote"]) == ("success", "skipped")
    assert ws.catalog.champion("tiny") == 2

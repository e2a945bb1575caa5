"""In what order runs work: they wait while somebody works on what comes before, and do it themselves if nobody does."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

import tiny
from leeway.orchestration.waiting import ASKED_ABOUT, Patience, run_id_of, wait_for_rows, wait_for_turn
from leeway.replay import advance
from leeway.stages.decide import decide
from leeway.stages.ingest import ingest
from leeway.stages.measure import measure
from leeway.stages.score import score
from leeway.stages.validate import validate

NONE, QUICK = Patience(seconds=0), Patience(look_again=0)


@dataclass
class Runs:
    """Airflow's runs: which DAG has runs at work for which windows, or under which id."""

    at_work: dict[str, list[object]] = field(default_factory=dict)
    asked: list[list[object]] = field(default_factory=list)

    def get_dr_count(self, dag_id, logical_dates=None, run_ids=None, states=None):
        self.asked.append([*(logical_dates or []), *(run_ids or [])])
        return len(set(self.at_work.get(dag_id, [])) & set(self.asked[-1]))


@pytest.fixture
def project(tmp_path, at_home):
    return at_home(tiny.project(tmp_path, days=8, gates=["beats_baseline"]))


def decided(ws, spec):
    return [decision.window for decision in ws.catalog.decisions(spec.name)]


def stop_before_training(ws, spec):
    """Everything up to the decision to train for the first time."""
    advance(ws, spec, tiny.day(3))
    validate(ws, spec, tiny.day(4), ingest(ws, spec, tiny.day(4)))
    score(ws, spec, tiny.day(4))
    measure(ws, spec, tiny.day(4))
    return decide(ws, spec, tiny.day(4))


def test_the_first_window_waits_for_nobody(project):
    runs = Runs()
    wait_for_turn(project.workspace(), project.spec, tiny.day(0), runs=runs)
    assert runs.asked == []


def test_a_run_gives_its_worker_back_while_an_earlier_window_is_worked_on(project):
    from airflow.sdk.exceptions import AirflowRescheduleException

    ws, runs = project.workspace(), Runs({"tiny__monitoring": [tiny.day(1).start]})
    with pytest.raises(AirflowRescheduleException) as raised:
        wait_for_turn(ws, project.spec, tiny.day(2), runs=runs, patience=NONE)
    assert raised.value.reschedule_date > datetime.now(UTC)
    assert decided(ws, project.spec) == []


def test_a_run_at_work_on_a_later_window_is_not_waited_for(project):
    ws, runs = project.workspace(), Runs({"tiny__monitoring": [tiny.day(2).start, tiny.day(3).start]})
    wait_for_turn(ws, project.spec, tiny.day(2), runs=runs, patience=NONE)
    assert decided(ws, project.spec) == [tiny.day(0), tiny.day(1)]


def test_a_run_goes_on_when_the_one_before_it_has_finished(project):
    ws, spec = project.workspace(), project.spec

    class Finishes(Runs):
        def get_dr_count(self, *args, **kwargs):
            advance(ws, spec, tiny.day(0))
            return 1

    wait_for_turn(ws, spec, tiny.day(1), runs=Finishes(), patience=QUICK)
    assert decided(ws, spec) == [tiny.day(0)]


def test_a_retrain_is_waited_for_while_its_run_is_queued_or_about_to_be(project):
    from airflow.sdk.exceptions import AirflowRescheduleException

    ws, spec = project.workspace(), project.spec
    stop_before_training(ws, spec)
    for dag_id, work in (("tiny__training", run_id_of(tiny.day(4))), ("tiny__monitoring", tiny.day(4).start)):
        with pytest.raises(AirflowRescheduleException):
            wait_for_turn(ws, spec, tiny.day(5), runs=Runs({dag_id: [work]}), patience=NONE)
    assert ws.catalog.champion("tiny") is None

    # Nobody works on it any more: its run failed or was deleted.
    wait_for_turn(ws, spec, tiny.day(5), runs=Runs(), patience=NONE)
    assert ws.catalog.champion("tiny") == 1


def test_airflow_is_not_asked_about_thousands_of_windows(tmp_path, at_home):
    hourly = {"cron": "0 * * * *", "start": tiny.START, "end": None}
    project = at_home(tiny.project(tmp_path, days=1, schedule=hourly))
    first = project.spec.schedule.first
    late = project.spec.schedule.window_at(datetime(2024, 3, 1, tzinfo=UTC))
    newest_before = project.spec.schedule.before(late).start
    runs = Runs({"tiny__monitoring": [newest_before]})
    from airflow.sdk.exceptions import AirflowRescheduleException

    with pytest.raises(AirflowRescheduleException):
        wait_for_turn(project.workspace(), project.spec, late, runs=runs, patience=NONE)
    (asked,) = runs.asked
    assert len(asked) == 2 * ASKED_ABOUT
    assert asked[0] == first.start


def test_rows_are_ingested_while_the_retrain_before_them_is_under_way(project):
    ws, spec = project.workspace(), project.spec
    stop_before_training(ws, spec)
    busy = Runs({"tiny__training": [run_id_of(tiny.day(4))]})
    wait_for_rows(ws, spec, tiny.day(5), runs=busy, patience=NONE)
    assert busy.asked == []
    assert ws.catalog.champion("tiny") is None


def test_rows_wait_for_the_rows_before_them_whose_labels_they_bring(project):
    from airflow.sdk.exceptions import AirflowRescheduleException

    ws = project.workspace()
    with pytest.raises(AirflowRescheduleException):
        wait_for_rows(
            ws, project.spec, tiny.day(1), runs=Runs({"tiny__monitoring": [tiny.day(0).start]}), patience=NONE
        )

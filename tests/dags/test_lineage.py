"""What OpenLineage's provider is told; where the provider is not installed, nothing of it is imported."""

from __future__ import annotations

import sys

import pytest

import tiny
from leeway.replay import advance
from leeway.workspace import Workspace


@pytest.fixture
def asked(tmp_path, airflow, at_home):
    """What a task's operator answers the provider, in a run of day 6; version 1 has scored it."""
    project = at_home(tiny.project(tmp_path, days=8, gates=["beats_baseline"], drift_from=6))
    advance(project.workspace(), project.spec, tiny.day(6))
    engine = airflow(project)

    class TaskInstance:
        def __init__(self, dag_id):
            self.dag_id = dag_id

        def get_template_context(self):
            return {"params": {"window": str(tiny.day(6).start)}, "dag_run": None}

    def ask(task_id, purpose="monitoring"):
        dag = engine.dag(f"tiny__{purpose}")
        return dag.get_task(task_id).get_openlineage_facets_on_complete(TaskInstance(dag.dag_id))

    return ask


def test_a_task_without_datasets_asks_for_nothing_of_the_provider(asked):
    assert asked("decide") is None
    assert asked("snapshot", "training") is None
    assert "leeway.orchestration.lineage" in sys.modules


def test_the_tasks_tell_what_they_read_and_wrote(asked):
    pytest.importorskip("airflow.providers.openlineage")
    (raw,) = asked("validate").outputs
    assert (raw.namespace, raw.name) == ("leeway", "tiny.raw")
    assert {field.name: field.type for field in raw.facets["schema"].fields}["amount"] == "float"
    assert raw.outputFacets["outputStatistics"].rowCount == tiny.ROWS
    scored = asked("score")
    assert [found.name for found in (*scored.inputs, *scored.outputs)] == ["tiny.raw", "tiny.predictions"]
    assert scored.inputs[0].facets["version"].datasetVersion == raw.facets["version"].datasetVersion


def test_findings_are_assertions_about_the_raw_rows(asked):
    pytest.importorskip("airflow.providers.openlineage")
    raw, predictions = asked("measure").inputs
    flagged = {found.column for found in raw.inputFacets["dataQualityAssertions"].assertions if not found.success}
    assert "amount" in flagged
    assert "dataQualityAssertions" not in predictions.inputFacets
    assert raw.inputFacets["dataQualityMetrics"].rowCount == tiny.ROWS


def test_a_training_tells_its_snapshot_and_the_version_it_made(asked):
    pytest.importorskip("airflow.providers.openlineage")
    ws = Workspace.open()
    lineage = asked("evaluate", "training")
    newest = ws.catalog.evaluations("tiny")[-1]
    assert lineage.outputs[0].facets["version"].datasetVersion == str(newest.challenger)
    assert lineage.inputs[0].facets["version"].datasetVersion == newest.snapshot

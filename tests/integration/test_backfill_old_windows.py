"""Windows that are history: measured again with what is known now; what was decided stays decided."""

from __future__ import annotations

import dataclasses
import json

import pytest

import histories
import tiny
from leeway.core import Action, PartitionKind, Reason
from leeway.errors import ConflictError
from leeway.replay import advance
from leeway.spec import load_spec
from leeway.stages.measure import measure
from leeway.stages.verify import verify


@pytest.fixture
def project(tmp_path):
    return histories.copied(histories.grown(), tmp_path)


def test_a_decided_window_whose_rows_changed_is_measured_again_and_nothing_else_changes(project):
    ws, changed = project.workspace(), tiny.day(5)
    ledger, decision = ws.catalog.entries("tiny"), ws.catalog.decision("tiny", changed)
    before = json.loads(histories.contents(ws))
    project.file(5).write_text(tiny.rows(5, count=60))
    assert advance(ws, project.spec, changed) == decision
    assert ws.catalog.entries("tiny") == ledger
    assert ws.catalog.revisions("tiny", changed) == 2
    first, second = (ws.catalog.measurement("tiny", changed, revision) for revision in (1, 2))
    assert (first.rows, second.rows) == (40, 60)
    after = json.loads(histories.contents(ws))
    elsewhere = changed.start.isoformat()
    for name in ("partition", "current_partition", "measurement", "signal"):
        untouched = [row for row in before.get(name, []) if row["window_start"] != elsewhere]
        assert [row for row in after.get(name, []) if row["window_start"] != elsewhere] == untouched
    assert verify(ws, project.spec) == []


def test_rows_that_changed_are_not_measured_with_the_scores_of_others(project):
    from leeway.stages.ingest import ingest
    from leeway.stages.validate import validate

    ws = project.workspace()
    project.file(5).write_text(tiny.rows(5, count=60))
    validate(ws, project.spec, tiny.day(5), ingest(ws, project.spec, tiny.day(5)))
    with pytest.raises(ConflictError, match=r"CAT113.*not scored by v1.*Score the window"):
        measure(ws, project.spec, tiny.day(5))


def test_windows_before_the_first_decided_one_are_measured_only(tmp_path):
    project = tiny.project(tmp_path, days=6, schedule={"start": tiny.START.replace(day=3)})
    ws = histories.advance_to(project, [3])
    ledger = ws.catalog.entries("tiny")
    path = project.spec.path
    path.write_text(path.read_text().replace("start: 2024-01-03", "start: 2024-01-01"))
    earlier = dataclasses.replace(project, spec=load_spec(path))
    decision = advance(ws, earlier.spec, tiny.day(0))
    assert (decision.action, decision.reasons) == (Action.NONE, (Reason.NOT_DECIDED_THEN,))
    assert ws.catalog.entries("tiny") == ledger
    assert ws.catalog.measurement("tiny", tiny.day(0)).status == "unscored"
    assert ws.catalog.partition("tiny", PartitionKind.PREDICTIONS, tiny.day(0)) is None
    assert advance(ws, earlier.spec, tiny.day(4)).window == tiny.day(4)
    assert ws.catalog.head("tiny") == tiny.day(4)

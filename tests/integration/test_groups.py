"""A sensitive column from the model file to the ledger: never learnt from, judged by in gates, watched in windows."""

from __future__ import annotations

import pytest

import tiny
from histories import advance_to
from leeway.dataset import served_model

ROWS = 300
HARMED_FROM = 7
DAYS = 9
GATES = ["beats_baseline", {"kind": "worst_group"}, {"kind": "group_gap", "margin": 50}]


def harmed(text: str) -> str:
    """The same rows, but whoever came by the web does the opposite of before."""
    header, *lines = text.splitlines()
    opposite = {"true": "false", "false": "true"}
    parts = [line.rpartition(",") for line in lines]
    turned = [f"{row},{opposite[said]}" if row.endswith(",web") else f"{row},{said}" for row, _, said in parts]
    return "\n".join([header, *turned]) + "\n"


@pytest.fixture(scope="module")
def watched(tmp_path_factory):
    """A model whose customers by the web are served badly from a day on."""
    columns = {"channel": {"type": "string", "role": "sensitive", "levels": ["web", "shop"]}}
    project = tiny.project(tmp_path_factory.mktemp("groups"), days=DAYS, gates=GATES, data={"columns": columns})
    for number in range(DAYS):
        rows = tiny.rows(number, count=ROWS)
        project.file(number).write_text(harmed(rows) if number >= HARMED_FROM else rows)
    return project, advance_to(project, [DAYS - 1])


def test_no_model_learns_from_it(watched):
    project, ws = watched
    assert set(served_model(ws, project.spec, 1).columns) == {"amount", "age"}


def test_the_gates_judge_by_it_and_the_evaluation_keeps_the_figures(watched):
    _, ws = watched
    first = ws.catalog.evaluations("tiny")[0]
    assert [(gate.gate, gate.passed) for gate in first.gates] == [
        ("beats_baseline", True),
        ("worst_group", True),
        ("group_gap", True),
    ]
    assert [(group.column, group.level) for group in first.groups] == [("channel", "shop"), ("channel", "web")]
    assert "equalized_odds_difference" in first.gaps["channel"]
    assert first.intervals["auc"].value == first.metrics["auc"]


def test_every_labelled_window_keeps_the_gap_and_a_gap_that_grows_is_flagged(watched):
    _, ws = watched
    matured = {found.window: found for m in ws.catalog.measurements("tiny") for found in m.matured}
    gaps = {window: found.gaps["channel"]["equalized_odds_difference"] for window, found in matured.items()}
    assert set(gaps) == {tiny.day(number) for number in range(5, DAYS - 1)}
    assert max(gaps, key=lambda window: gaps[window]) == tiny.day(HARMED_FROM)
    last = ws.catalog.measurement("tiny", tiny.day(DAYS - 1))
    assert last is not None
    assert [(s.subject, s.kind) for s in last.flagged if s.detector == "gap_drift"] == [("channel", "slice")]

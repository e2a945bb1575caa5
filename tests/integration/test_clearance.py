"""A challenger serves by itself only after the policy of its model file has passed a backtest."""

from __future__ import annotations

import histories
import tiny
from leeway.clearance import cleared, record
from leeway.core import Verdict
from leeway.spec import load_spec


def test_challengers_wait_for_a_person_until_a_backtest_has_passed(tmp_path):
    waiting = tiny.project(tmp_path / "waiting", days=7, promotion="auto_after_backtest")
    ws = histories.advance_to(waiting, range(6))
    assert [found.verdict for found in ws.catalog.evaluations("tiny")] == [Verdict.AWAIT_APPROVAL]
    assert ws.catalog.champion("tiny") is None

    passed = tiny.project(tmp_path / "passed", days=7, promotion="auto_after_backtest")
    record(passed.workspace(), passed.spec, passed=True)
    ws = histories.advance_to(passed, range(6))
    assert [found.verdict for found in ws.catalog.evaluations("tiny")] == [Verdict.PROMOTE]
    assert ws.catalog.champion("tiny") == 1


def test_the_newest_backtest_counts_and_only_for_what_the_file_says_now(tmp_path):
    project = tiny.project(tmp_path, days=2, promotion="auto_after_backtest")
    ws = project.workspace()
    assert not cleared(ws, project.spec)
    record(ws, project.spec, passed=True)
    assert cleared(ws, project.spec)
    file = project.spec.path
    file.write_text(file.read_text(encoding="utf-8") + "retrain_cost: 0.3\n", encoding="utf-8")
    assert not cleared(ws, load_spec(file))
    record(ws, project.spec, passed=False)
    assert not cleared(ws, project.spec)

"""Days that go wrong: bad files, retrains that fail or are not good enough, people who say no, and going back."""

from __future__ import annotations

import pytest

import histories
import tiny
from leeway import failpoints
from leeway.core import Action, PartitionKind, PartitionState, Reason, Verdict
from leeway.errors import ConflictError, LeewayError
from leeway.evaluation.gates import BeatsBaseline
from leeway.replay import advance, run_retrain
from leeway.stages.promote import promote, reject
from leeway.stages.reconcile import reconcile
from leeway.stages.roll_back import roll_back
from leeway.stages.verify import verify
from leeway.turns import open_order

TRAINER = {"kind": "sklearn", "estimator": "sklearn.linear_model.LogisticRegression"}
NEXT = histories.GROWN
"""Number of the first window that is not decided."""


@pytest.fixture
def project(tmp_path):
    return histories.copied(histories.grown(), tmp_path)


@pytest.fixture
def ws(project):
    return project.workspace()


def retrained(ws, project, request="by a test"):
    """Retrain on request as of the newest decided window."""
    as_of = ws.catalog.head("tiny").end
    return run_retrain(ws, project.spec, as_of, reasons=(Reason.REQUESTED,), request=request)


def with_changes(tmp_path, **changes):
    """A model like `grown`, with other words in its model file."""
    project = tiny.project(tmp_path, **{**histories.CALM, **changes})
    return project, histories.advance_to(project, [4])


class TestABadFile:
    BAD, MENDED = NEXT, tiny.rows(NEXT)

    @pytest.fixture
    def blocked(self, project, ws):
        project.file(self.BAD).write_text(self.MENDED.replace("2024-01-08T", "yesterday ", 1))
        advance(ws, project.spec, tiny.day(self.BAD + 2))
        return ws

    def test_it_blocks_its_window_with_the_reason_and_nothing_is_scored(self, blocked):
        raw = blocked.catalog.partition("tiny", PartitionKind.RAW, tiny.day(self.BAD))
        assert (raw.state, raw.reason_code[:3]) == (PartitionState.QUARANTINED, "SRC")
        assert "column at" in raw.reason
        assert blocked.catalog.decision("tiny", tiny.day(self.BAD)).action is Action.BLOCK
        assert blocked.catalog.partition("tiny", PartitionKind.PREDICTIONS, tiny.day(self.BAD)) is None

    def test_the_windows_after_it_go_on_with_the_same_champion(self, blocked):
        scored = [blocked.catalog.partition("tiny", PartitionKind.PREDICTIONS, tiny.day(self.BAD + n)) for n in (1, 2)]
        assert [found.champion for found in scored] == [1, 1]
        assert blocked.tracking.alias("tiny", "champion") == 1

    def test_training_never_sees_it(self, project, blocked):
        snapshot = blocked.catalog.snapshot(retrained(blocked, project).snapshot)
        assert tiny.day(self.BAD) not in {window for window, _ in snapshot.raw}
        assert tiny.day(self.BAD) not in snapshot.labelled
        assert tiny.day(self.BAD - 1) in snapshot.labelled

    def test_mended_it_is_scored_and_measured_as_history_and_its_labels_count_when_their_window_is_run_again(
        self, project, blocked
    ):
        ledger = blocked.catalog.entries("tiny")
        project.file(self.BAD).write_text(self.MENDED)
        assert advance(blocked, project.spec, tiny.day(self.BAD)).action is Action.BLOCK
        assert blocked.catalog.measurement("tiny", tiny.day(self.BAD)).status == "measured"
        assert blocked.catalog.revisions("tiny", tiny.day(self.BAD)) == 2
        advance(blocked, project.spec, tiny.day(self.BAD + 1))
        (judged,) = blocked.catalog.measurement("tiny", tiny.day(self.BAD + 1)).matured
        assert (judged.window, judged.labelled) == (tiny.day(self.BAD), tiny.ROWS)
        assert blocked.catalog.entries("tiny") == ledger
        assert verify(blocked, project.spec) == []


def test_a_file_that_cannot_be_read_does_not_keep_back_the_labels_of_others(tmp_path):
    times = {"label": {"delay": None, "time": "at", "within": "1d"}}
    project = tiny.project(tmp_path, days=2, data=times)
    for number in (0, 1):
        rows = tiny.rows(number).splitlines(keepends=True)
        project.file(number).write_text("".join(rows))
    project.file(1).write_text("not,a,table\n")
    ws = histories.advance_to(project, [1])
    assert ws.catalog.partition("tiny", PartitionKind.LABELS, tiny.day(0)).rows == tiny.ROWS
    assert ws.catalog.partition("tiny", PartitionKind.LABELS, tiny.day(1)).usable
    assert not ws.catalog.partition("tiny", PartitionKind.RAW, tiny.day(1)).usable


def test_labels_that_are_refused_are_an_alert_and_not_silence(project, ws):
    project.file(NEXT - 1).write_text(tiny.rows(NEXT - 1).replace("true", "maybe", 1))
    decision = advance(ws, project.spec, tiny.day(NEXT))
    (signal,) = (found for found in ws.catalog.measurement("tiny", tiny.day(NEXT)).flagged if found.kind == "quality")
    assert signal.subject == "bought"
    assert "maybe" in signal.sentence
    assert (decision.action, decision.reasons) == (Action.ALERT, (Reason.QUALITY,))
    assert signal.sentence in decision.sentence


class TestARetrainThatBringsNothing:
    def test_one_that_fails_is_recorded_its_run_ends_and_the_next_window_goes_on(self, tmp_path):
        project, ws = with_changes(
            tmp_path, training={"trainers": [{**TRAINER, "params": {"solver": "liblinear", "l1_ratio": 7}}]}
        )
        (failed,) = ws.catalog.evaluations("tiny")
        assert (failed.verdict, failed.challenger) == (Verdict.FAILED, None)
        assert "TRN" in failed.sentence
        assert "RUNNING" not in {status for _, status, _ in histories.runs(ws)}
        assert advance(ws, project.spec, tiny.day(5)).window == tiny.day(5)

    def test_a_challenger_that_does_not_pass_leaves_the_champion_and_no_version(self, project, ws):
        strict = project.spec.model_copy(update={"gates": (BeatsBaseline(kind="beats_baseline", margin=0.9),)})
        evaluation = retrained(ws, tiny.Project(project.settings, strict))
        assert evaluation.verdict is Verdict.REJECT
        assert [gate.passed for gate in evaluation.gates].count(False) >= 1
        assert ws.catalog.champion("tiny") == ws.tracking.alias("tiny", "champion") == 1
        assert list(ws.tracking.versions("tiny")) == [1]
        assert advance(ws, project.spec, tiny.day(NEXT)).champion == 1

    def test_asked_again_it_gives_the_recorded_evaluation(self, project, ws):
        assert retrained(ws, project) == retrained(ws, project)
        assert len(ws.catalog.evaluations("tiny")) == 2


class TestGoingBack:
    @pytest.fixture
    def promoted(self, project, ws):
        """A second champion, which has scored a window."""
        project = tiny.Project(project.settings, project.spec.model_copy(update={"gates": project.spec.gates[:1]}))
        assert retrained(ws, project).verdict is Verdict.PROMOTE
        advance(ws, project.spec, tiny.day(NEXT))
        return project

    def test_the_champion_before_serves_from_the_first_window_that_is_not_scored(self, promoted, ws):
        back = roll_back(ws, promoted.spec, by="ada")
        assert (back.from_version, back.to_version, back.effective_from) == (2, 1, tiny.day(NEXT).end)
        assert ws.tracking.alias("tiny", "champion") == 1
        assert advance(ws, promoted.spec, tiny.day(NEXT + 1)).champion == 1
        assert ws.catalog.partition("tiny", PartitionKind.PREDICTIONS, tiny.day(NEXT)).champion == 2

    def test_a_version_that_serves_or_never_served_is_no_way_back(self, promoted, ws):
        for to, code in ((2, "LWY012"), (7, "LWY011")):
            with pytest.raises(LeewayError) as refused:
                roll_back(ws, promoted.spec, to=to, by="ada")
            assert refused.value.code == code
        assert ws.catalog.champion("tiny") == 2

    def test_a_model_with_one_champion_has_no_way_back(self, project, ws):
        with pytest.raises(LeewayError, match="no earlier champion"):
            roll_back(ws, project.spec, by="ada")


def test_a_person_who_goes_back_before_a_promotion_has_the_last_word(tmp_path, monkeypatch):
    """The outcome of a retrain is recorded, its promotion is not: the next window must not wait for it for ever."""
    project = histories.hurried(tmp_path, days=6)
    ws = histories.advance_to(project, [4])
    failpoints.reset()
    monkeypatch.setenv("LEEWAY_FAULT", "ledger.appended:2:raise")  # the first passage is the decision
    with pytest.raises(OSError, match="ledger"):
        advance(ws, project.spec, tiny.day(5))
    monkeypatch.delenv("LEEWAY_FAULT")
    unpromoted = ws.catalog.evaluations("tiny")[-1]
    assert (unpromoted.verdict, unpromoted.champion, unpromoted.challenger) == (Verdict.PROMOTE, 2, 3)
    assert open_order(ws.catalog, project.spec, tiny.day(6)) is not None
    roll_back(ws, project.spec, by="ada")
    assert open_order(ws.catalog, project.spec, tiny.day(6)) is None
    with pytest.raises(ConflictError, match="the champion is version 1, not 2"):
        promote(ws, project.spec, unpromoted)
    assert ws.tracking.alias("tiny", "champion") == 1


class TestApproval:
    @pytest.fixture
    def waiting(self, tmp_path):
        return with_changes(tmp_path, promotion="approval", gates=["beats_baseline"])

    def test_a_challenger_waits_and_does_not_serve(self, waiting):
        project, ws = waiting
        (evaluation,) = ws.catalog.evaluations("tiny")
        assert evaluation.verdict is Verdict.AWAIT_APPROVAL
        assert promote(ws, project.spec, evaluation) is None
        assert (ws.tracking.alias("tiny", "challenger"), ws.tracking.alias("tiny", "champion")) == (1, None)
        assert open_order(ws.catalog, project.spec, tiny.day(5)) is None

    def test_approved_it_serves_from_the_first_undecided_window_and_decided_ones_stay_as_they_were(self, waiting):
        project, ws = waiting
        advance(ws, project.spec, tiny.day(5))
        before = histories.contents(ws, until=tiny.day(4))
        promotion = promote(ws, project.spec, ws.catalog.evaluations("tiny")[0], by="ada")
        assert (promotion.by, promotion.effective_from) == ("ada", tiny.day(5).end)
        assert (ws.tracking.alias("tiny", "challenger"), ws.tracking.alias("tiny", "champion")) == (None, 1)
        assert advance(ws, project.spec, tiny.day(5)).champion is None
        assert ws.catalog.revisions("tiny", tiny.day(5)) == 1
        assert histories.contents(ws, until=tiny.day(4)) == before
        assert advance(ws, project.spec, tiny.day(6)).champion == 1

    def test_rejected_it_never_serves_and_saying_no_twice_is_the_same_as_once(self, waiting):
        project, ws = waiting
        evaluation = ws.catalog.evaluations("tiny")[0]
        for _ in range(2):
            reject(ws, project.spec, evaluation, by="ada")
        assert len(ws.catalog.evaluations("tiny")) == 2
        assert ws.tracking.alias("tiny", "challenger") is None
        assert ws.catalog.champion("tiny") is None
        assert reconcile(ws, project.spec) == []

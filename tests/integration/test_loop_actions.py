"""Decisions that do more than retrain: roll back, recalibrate, and what a freeze, a limit and a bad file stop."""

from __future__ import annotations

import numpy as np
import pytest

import histories
import tiny
from leeway import failpoints
from leeway.core import Action, EntryKind, PartitionKind, PromotionKind, Reason, Verdict
from leeway.dataset import served_model
from leeway.hindsight import Hindsight
from leeway.labelling import last_ask, rows_to_label
from leeway.replay import advance, finish, run_retrain
from leeway.stages.freeze import freeze, unfreeze
from leeway.stages.promote import promote
from leeway.stages.roll_back import roll_back, roll_back_as_decided
from leeway.stages.verify import verify
from leeway.trainers.recalibrated import Recalibrated
from leeway.turns import is_open, open_order
from scripted import plan

GATES = ["beats_baseline"]


def grown(folder, days, until, **changes):
    """A model whose policy follows a plan, brought up to a day; v1 serves from day 5."""
    project = tiny.project(folder, **{"days": 14, "policy": plan(days), "gates": GATES, **changes})
    return project, histories.advance_to(project, [until])


@pytest.fixture(scope="module")
def acted(tmp_path_factory):
    """A retrain (v2), a roll back to v1 and a recalibration of it (v3), and two windows more."""
    return grown(tmp_path_factory.mktemp("acted"), {5: "retrain", 7: "roll_back", 9: "recalibrate"}, 11)


class TestARollBack:
    def test_it_is_done_before_the_next_window_and_the_ledger_says_by_whom(self, acted):
        _, ws = acted
        back = next(p for p in ws.catalog.promotions("tiny") if p.kind is PromotionKind.ROLLBACK)
        assert (back.from_version, back.to_version, back.by) == (2, 1, "policy")
        assert (back.effective_from, back.reason) == (tiny.day(7).end, "The plan says so.")
        scored = [ws.catalog.partition("tiny", PartitionKind.PREDICTIONS, tiny.day(n)).champion for n in range(6, 10)]
        assert scored == [2, 2, 1, 1]

    def test_it_is_done_once_per_decision(self, acted):
        project, ws = acted
        decision = ws.catalog.decision("tiny", tiny.day(7))
        ledger = ws.catalog.entries("tiny")
        assert not is_open(ws.catalog, decision)
        assert roll_back_as_decided(ws, project.spec, decision) is None
        finish(ws, project.spec, tiny.day(8))
        assert ws.catalog.entries("tiny") == ledger

    @pytest.mark.parametrize("person", ["rolls back", "freezes"])
    def test_a_person_who_was_quicker_has_the_last_word(self, acted, tmp_path, person):
        project = histories.copied(acted[0], tmp_path)
        ws = project.workspace()
        asked = ws.catalog.decision("tiny", tiny.day(7)).model_copy(update={"window": tiny.day(11), "champion": 3})
        assert is_open(ws.catalog, asked)
        if person == "freezes":
            freeze(ws, project.spec, by="ann", reason="an audit")
        else:
            roll_back(ws, project.spec, to=2, by="ann")
        assert not is_open(ws.catalog, asked)
        assert roll_back_as_decided(ws, project.spec, asked) is None

    def test_one_whose_files_are_damaged_is_recorded_as_failed_and_holds_nobody_up(self, tmp_path):
        project, ws = grown(tmp_path, {5: "retrain", 7: "roll_back"}, 6)
        cached = project.settings.cache / "models" / ws.catalog.version("tiny", 1).artifact / "model.json"
        described = cached.read_bytes()
        for file in project.settings.home.rglob("model.json"):
            if file.read_bytes() == described:
                file.write_text("{}")
        advance(ws, project.spec, tiny.day(8))
        failed = ws.catalog.evaluation("tiny", tiny.day(7).end, request="roll_back")
        assert failed.verdict is Verdict.FAILED
        assert failed.sentence.startswith("The roll back failed, the champion stays: [ART020]")
        assert ws.catalog.partition("tiny", PartitionKind.PREDICTIONS, tiny.day(8)).champion == 2


class TestARecalibration:
    def test_it_goes_through_the_same_path_and_gates_with_one_candidate(self, acted):
        _, ws = acted
        made = ws.catalog.evaluation("tiny", tiny.day(9).end)
        assert (made.verdict, made.winner, made.challenger, made.champion) == (Verdict.PROMOTE, "recalibrated", 3, 1)
        assert [tried.candidate.name for tried in made.candidates] == ["recalibrated", "baseline"]
        assert [gate.gate for gate in made.gates] == GATES
        assert made.comparison is not None
        assert ws.catalog.partition("tiny", PartitionKind.PREDICTIONS, tiny.day(10)).champion == 3

    def test_it_learns_from_the_windows_that_the_champion_has_not_learnt_from(self, acted):
        _, ws = acted
        base, made = ws.catalog.version("tiny", 1), ws.catalog.version("tiny", 3)
        assert (base.trained_on[1], made.trained_on[1]) == (tiny.day(3), tiny.day(8))
        tried = ws.catalog.evaluation("tiny", tiny.day(9).end).candidates[0]
        assert tried.candidate.since == tiny.day(3).end
        assert tried.rows == 3 * tiny.ROWS, "days 4 to 6; 7 and 8 are held back"
        assert (made.trained_on[0], made.reference) == (base.trained_on[0], base.reference)

    def test_the_version_is_the_champion_with_its_scores_corrected_and_names_it(self, acted):
        project, ws = acted
        base, made = served_model(ws, project.spec, 1), served_model(ws, project.spec, 3)
        assert isinstance(made.fitted, Recalibrated)
        assert made.columns == base.columns
        assert ws.tracking.versions("tiny")[3]["recalibrates"] == "1"
        assert verify(ws, project.spec) == []

    def test_mlflow_loads_it_as_any_other_version(self, acted, tmp_path):
        from leeway.trainers.artifact import _load_pyfunc

        _, ws = acted
        ws.tracking.download("tiny", 3, tmp_path / "files")
        assert isinstance(_load_pyfunc(str(tmp_path / "files")).fitted, Recalibrated)

    def test_without_windows_to_learn_from_it_fails_and_the_champion_stays(self, tmp_path):
        _, ws = grown(tmp_path, {6: "recalibrate"}, 7)
        failed = ws.catalog.evaluation("tiny", tiny.day(6).end)
        assert (failed.verdict, failed.challenger) == (Verdict.FAILED, None)
        assert "TRN202" in failed.sentence
        assert ws.catalog.champion("tiny") == 1

    def test_hindsight_retrains_with_the_newest_recipe_that_trains(self, acted):
        project, ws = acted
        assert Hindsight(ws, project.spec)._newest_recipe.candidate.base is None


class TestRivals:
    def test_a_window_is_scored_again_by_the_champion_before(self, acted):
        project, ws = acted
        (rival,) = ws.catalog.measurement("tiny", tiny.day(7)).rivals
        assert (rival.window, rival.version, rival.rival, rival.rows) == (tiny.day(6), 2, 1, tiny.ROWS)
        ours = served_model(ws, project.spec, 2)
        assert ours is not None
        (judged,) = ws.catalog.measurement("tiny", tiny.day(7)).matured
        brier = [judged.metrics["brier"], judged.metrics["brier"] - rival.gain]
        assert brier[1] == pytest.approx(self.brier_of(ws, project, 1, 6))
        assert rival.variance > 0
        assert rival.points is not None

    @staticmethod
    def brier_of(ws, project, version, number):
        from leeway.dataset import labelled_rows

        scored = ws.catalog.partition("tiny", PartitionKind.PREDICTIONS, tiny.day(number))
        rows, _ = labelled_rows(ws, project.spec, [scored], until=tiny.day(number + 1).end)
        return float(np.mean((served_model(ws, project.spec, version).predict(rows.features) - rows.target) ** 2))

    def test_after_a_roll_back_it_is_the_version_that_was_left(self, acted):
        _, ws = acted
        (rival,) = ws.catalog.measurement("tiny", tiny.day(9)).rivals
        assert (rival.version, rival.rival) == (1, 2)

    def test_the_first_champion_has_none(self, acted):
        assert acted[1].catalog.measurement("tiny", tiny.day(6)).rivals == ()

    def test_a_version_that_cannot_be_loaded_is_left_out(self, acted, tmp_path):
        from leeway.rivals import rivals

        project = histories.copied(acted[0], tmp_path)
        ws = project.workspace()
        matured = ws.catalog.measurement("tiny", tiny.day(7)).matured
        assert len(rivals(ws, project.spec, tiny.day(7), matured)) == 1
        for file in (project.settings.home).rglob("model.json"):
            file.write_text("{}")
        assert rivals(ws, project.spec, tiny.day(7), matured) == ()


class TestAFreeze:
    @pytest.fixture
    def project(self, tmp_path):
        return grown(tmp_path, {6: "retrain", 7: "retrain", 8: "retrain"}, 5)[0]

    def test_decisions_become_one_alert_and_go_on_when_it_ends(self, project):
        ws = project.workspace()
        freeze(ws, project.spec, by="ann", reason="an audit")
        made = [advance(ws, project.spec, tiny.day(number)) for number in (6, 7)]
        assert [decision.action for decision in made] == [Action.ALERT, Action.NONE]
        assert {decision.reasons for decision in made} == {(Reason.CONCEPT_DRIFT, Reason.FROZEN)}
        unfreeze(ws, project.spec, by="ann")
        assert advance(ws, project.spec, tiny.day(8)).action is Action.RETRAIN
        assert ws.catalog.champion("tiny") == 2
        assert [e.kind for e in ws.catalog.entries("tiny")].count(EntryKind.FREEZE) == 2
        assert verify(ws, project.spec) == []

    def test_a_challenger_under_way_waits_for_a_person(self, project):
        ws, as_of = project.workspace(), tiny.day(5).end
        freeze(ws, project.spec, by="ann", reason="an audit")
        made = run_retrain(ws, project.spec, as_of, reasons=(Reason.REQUESTED,), request="ann:1")
        assert (made.verdict, ws.catalog.champion("tiny")) == (Verdict.PROMOTE, 1)
        assert ws.tracking.alias("tiny", "challenger") == made.challenger
        assert promote(ws, project.spec, made, by="ann").to_version == made.challenger

    def test_a_retrain_that_a_decision_asked_for_holds_nobody_up(self, project, monkeypatch):
        ws = project.workspace()
        monkeypatch.setenv("LEEWAY_FAULT", "catalog.snapshot:1:raise")  # the process dies after the decision
        failpoints.reset()
        with pytest.raises(OSError, match="failpoint"):
            advance(ws, project.spec, tiny.day(6))
        monkeypatch.delenv("LEEWAY_FAULT")
        assert open_order(ws.catalog, project.spec, tiny.day(7)).trains
        freeze(ws, project.spec, by="ann", reason="an audit")
        finish(ws, project.spec, tiny.day(7))
        assert ws.catalog.evaluation("tiny", tiny.day(6).end).verdict is Verdict.PROMOTE
        assert (ws.catalog.champion("tiny"), open_order(ws.catalog, project.spec, tiny.day(7))) == (1, None)
        unfreeze(ws, project.spec, by="ann")
        finish(ws, project.spec, tiny.day(7))
        assert ws.catalog.champion("tiny") == 2


class TestLimits:
    def test_no_more_retrains_than_allowed(self, tmp_path):
        limits = {"retrains": {"at_most": 1, "windows": 3}}
        _, ws = grown(tmp_path, dict.fromkeys(range(5, 9), "retrain"), 8, limits=limits)
        made = {d.window: d for d in ws.catalog.decisions("tiny")}
        actions = [made[tiny.day(number)].action for number in range(4, 9)]
        assert actions == [Action.RETRAIN, Action.ALERT, Action.NONE, Action.RETRAIN, Action.ALERT]

    def test_hours_are_measured_and_kept_out_of_the_ledger(self, tmp_path):
        limits = {"training_hours": {"at_most": 1e-9, "windows": 5}}
        _, ws = grown(tmp_path, {5: "retrain"}, 5, limits=limits)
        stopped = ws.catalog.decision("tiny", tiny.day(5))
        assert (stopped.action, stopped.reasons) == (Action.ALERT, (Reason.CONCEPT_DRIFT, Reason.LIMIT))
        assert {made.seconds for made in ws.catalog.evaluations("tiny")} == {0.0}

    def test_rows_to_label_are_drawn_once_and_those_with_a_label_are_left_out(self, tmp_path):
        limits = {"labels": {"at_most": 25, "windows": 9}}
        late = {"label": {"column": "bought", "delay": "2d"}}
        project, ws = grown(tmp_path, {7: "alert"}, 7, limits=limits, data=late, training={"holdback_windows": 1})
        ask = last_ask(ws, project.spec)
        assert ask.evidence["label"]["rows"] == 25
        wanted = rows_to_label(ws, project.spec, ask)
        assert (len(wanted), list(wanted.columns)) == (25, ["visit", "at"])
        assert wanted.equals(rows_to_label(ws, project.spec, ask))
        assert set(wanted["visit"] // 10_000) == {7}
        advance(ws, project.spec, tiny.day(9))
        assert len(rows_to_label(ws, project.spec, ask)) == 0


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A model of which the newest labelled window is kept for the comparison alone, after a retrain."""
    training = {"holdback_windows": 2, "final_windows": 1}
    return grown(tmp_path_factory.mktemp("final"), {7: "retrain"}, 7, training=training)


class TestFinalWindows:
    def test_the_newest_window_is_kept_apart(self, kept):
        _, ws = kept
        pinned = ws.catalog.snapshot(ws.catalog.evaluation("tiny", tiny.day(7).end).snapshot)
        assert pinned.holdback == (tiny.day(4), tiny.day(5))
        assert pinned.final == (tiny.day(6),)

    def test_it_alone_is_compared_and_the_others_choose(self, kept):
        _, ws = kept
        made = ws.catalog.evaluation("tiny", tiny.day(7).end)
        assert made.comparison.rows == tiny.ROWS
        winner = next(tried for tried in made.candidates if tried.candidate.name == made.winner)
        assert made.metrics == winner.metrics
        assert winner.rows == 4 * tiny.ROWS, "days 0 to 3"
        assert winner.loss != pytest.approx(winner.metrics["brier"]), "chosen on other rows than judged"


def test_a_batch_that_failed_validation_is_neither_scored_nor_trained_on_and_the_decision_says_block(tmp_path):
    project = tiny.project(tmp_path, days=9, policy=plan({7: "retrain"}), gates=GATES)
    bad = 6
    project.file(bad).write_text(tiny.rows(bad).replace("-0.", "-9990.", 3))  # amounts far below the minimum
    ws = histories.advance_to(project, [7])
    decision = ws.catalog.decision("tiny", tiny.day(bad))
    assert (decision.action, decision.reasons) == (Action.BLOCK, (Reason.QUARANTINED,))
    assert ws.catalog.partition("tiny", PartitionKind.PREDICTIONS, tiny.day(bad)) is None
    made = ws.catalog.evaluation("tiny", tiny.day(7).end)
    assert tiny.day(bad) not in {window for window, _ in ws.catalog.snapshot(made.snapshot).raw}
    assert made.candidates[0].rows == 4 * tiny.ROWS, "days 0 to 3; 4 and 5 are held back, 6 is in quarantine"

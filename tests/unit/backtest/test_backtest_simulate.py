"""Policies are played as they decide in production: on what was known then, through the gates."""

from __future__ import annotations

from typing import Any

import planted
import pytest
from pydantic import Field

from leeway.backtest.frontier import Schedules
from leeway.backtest.judge import Judge
from leeway.backtest.matrix import Trained
from leeway.backtest.simulate import play
from leeway.core import Action, Decision, Reason, Verdict
from leeway.errors import BacktestError
from leeway.evaluation.gates import BeatsBaseline
from leeway.evaluation.versus import VersusChampion
from leeway.kinds import build
from leeway.policies.base import History, Policy
from leeway.policies.steps import decision

WARMUP = 4


class Scripted(Policy):
    """Does what is written for each decision, and notes what it was shown."""

    kind: str = "scripted"
    script: tuple[Action, ...] = ()
    blind: bool = False
    shown: list[Any] = Field(default_factory=list)

    def decide(self, history: History) -> Decision:
        place = len(self.shown)
        self.shown.append(history)
        action = self.script[place] if place < len(self.script) else Action.NONE
        return decision(self, history, action=action, reasons=(Reason.REQUESTED,), sentence="as written")

    @property
    def weighs(self) -> frozenset[Any]:
        return frozenset() if self.blind else super().weighs


def judge(given, root):
    rules = planted.rules()
    return Judge(planted.matrix(given, root), rules.detectors)


def played(given, root, policy, *, cost=0.1, **changes):
    return play(judge(given, root), planted.rules(**changes), policy, warmup=WARMUP, cost=cost)


def scripted(*script, **fields):
    return Scripted(kind="scripted", script=script, **fields)


def test_without_gates_every_window_is_the_periodic_schedule_of_one(tmp_path):
    for delay in (0, 2):
        given = planted.stream(flip=7, delay=delay)
        found = played(given, tmp_path, build(Policy, "every"))
        point = Schedules(planted.matrix(given, tmp_path), WARMUP).periodic(1)
        assert found.retrains == found.trainings == point.retrains
        assert sum(found.values) / len(found.values) == pytest.approx(point.score)


def test_never_is_the_first_model_on_every_window(tmp_path):
    given = planted.stream()
    found = played(given, tmp_path, build(Policy, "never"))
    assert found.changes == ()
    first = planted.matrix(given, tmp_path).values(Trained(0, WARMUP - 1))
    assert list(found.values) == list(first[WARMUP:])


def test_a_change_is_found_from_labels_and_answered(tmp_path):
    given = planted.stream(flip=8, windows=16)
    policy = build(Policy, {"kind": "evidence", "growth": None})
    found = played(given, tmp_path, policy)
    assert next(change.window for change in found.changes) == 8
    assert found.changes[0].reasons == (Reason.CONCEPT_DRIFT,)
    assert played(planted.stream(windows=16), tmp_path, policy).changes == ()


def test_labels_that_are_not_known_yet_change_nothing(tmp_path):
    """Decisions after window 8 see labels up to window 6; those of later windows may be anything."""
    given = planted.stream(flip=6, delay=2, windows=14)
    shown = []
    for number, stream in enumerate((given, planted.flipped_from(given, 7))):
        policy = scripted(*[Action.RETRAIN] * 3)
        played(stream, tmp_path / str(number), policy)
        seen = [history for history in policy.shown if history.current.window < given.windows[9]]
        shown.append([(h.current.model_dump(), h.evaluations, h.promotions, h.labelled_rows) for h in seen])
    assert len(shown[0]) == 3
    assert shown[0] == shown[1]


def test_no_decision_is_made_before_new_labels_are_known(tmp_path):
    policy = scripted()
    played(planted.stream(delay=3), tmp_path, policy)
    first = policy.shown[0].current.window
    assert first == planted.stream().windows[WARMUP + 3]


def test_matured_windows_are_judged_by_who_served_them(tmp_path):
    policy = scripted(Action.RETRAIN)
    played(planted.stream(delay=1), tmp_path, policy)
    matured = [(found.window, found.version) for history in policy.shown for found in history.current.matured]
    windows = planted.stream().windows
    # The retrain is decided after window 5: the first model still served 5, the second one serves 6.
    assert matured[:4] == [(windows[4], 1), (windows[5], 1), (windows[6], 2), (windows[7], 2)]


def test_the_champion_before_is_shown_as_a_rival(tmp_path):
    policy = scripted(Action.RETRAIN)
    given = planted.stream(flip=5)
    played(given, tmp_path, policy)
    rivals = [rival for history in policy.shown for rival in history.current.rivals]
    assert {(rival.version, rival.rival) for rival in rivals} == {(2, 1)}
    assert rivals[0].window == given.windows[5]
    matrix = planted.matrix(given, tmp_path)
    ours, theirs = matrix.values(Trained(0, 4))[5], matrix.values(Trained(0, 3))[5]
    assert rivals[0].points == pytest.approx(100 * (theirs - ours))


def test_a_rejected_challenger_never_serves_and_still_counts_as_a_training(tmp_path):
    strict = VersusChampion(kind="versus_champion", better=True, alpha=0.0001)
    found = played(planted.stream(), tmp_path, build(Policy, "every"), gates=(strict,))
    assert found.retrains == 0
    assert found.trainings == len(found.changes) > 0
    first = planted.matrix(planted.stream(), tmp_path).values(Trained(0, WARMUP - 1))
    assert list(found.values) == list(first[WARMUP:])


def test_the_outcome_of_a_retrain_is_known_at_the_next_decision(tmp_path):
    policy = scripted(Action.RETRAIN)
    played(planted.stream(), tmp_path, policy, gates=(BeatsBaseline(kind="beats_baseline"),))
    bootstrap, evaluation = policy.shown[1].evaluations
    assert (bootstrap.verdict, evaluation.champion, evaluation.challenger) == (Verdict.PROMOTE, 1, 2)
    assert evaluation.points is not None
    assert [promotion.to_version for promotion in policy.shown[1].promotions] == [1, 2]
    assert policy.shown[1].current.champion == 2


def test_after_a_roll_back_the_model_before_serves_again(tmp_path):
    given = planted.stream(flip=6)
    found = played(given, tmp_path, scripted(Action.RETRAIN, Action.ROLL_BACK))
    first = planted.matrix(given, tmp_path).values(Trained(0, WARMUP - 1))
    assert [change.action for change in found.changes] == [Action.RETRAIN, Action.ROLL_BACK]
    assert list(found.values[2:]) == list(first[WARMUP + 2 :])
    assert found.retrains == 1


def test_recent_history_wins_where_old_windows_mislead(tmp_path):
    given = planted.stream(flip=6, windows=14)
    script = [Action.NONE] * 7 + [Action.RETRAIN]
    found = played(given, tmp_path, scripted(*script), histories=("all", "recent"), recent=4)
    assert found.changes[0].winner.endswith("/recent")


def test_a_play_notes_whether_the_policy_weighs_the_cost(tmp_path):
    assert played(planted.stream(), tmp_path, scripted()).weighs_cost
    assert not played(planted.stream(), tmp_path, build(Policy, "every")).weighs_cost


def test_no_detector_is_asked_for_a_policy_that_weighs_no_signal(tmp_path):
    seeing, blind = scripted(), scripted(blind=True)
    for policy in (seeing, blind):
        played(planted.stream(), tmp_path, policy)
    assert any(history.current.signals for history in seeing.shown)
    assert not any(history.current.signals for history in blind.shown)


def test_a_failed_retrain_leaves_the_champion(tmp_path):
    given = planted.stream()
    given.target[WARMUP * planted.ROWS :] = 1.0
    found = played(given, tmp_path, scripted(*[Action.NONE] * 5, Action.RETRAIN), histories=("recent",), recent=2)
    assert found.retrains == 0
    assert "failed" in found.changes[0].outcome


def test_too_short_a_history_is_refused(tmp_path):
    with pytest.raises(BacktestError, match="BKT003"):
        played(planted.stream(windows=WARMUP + 1), tmp_path, scripted())

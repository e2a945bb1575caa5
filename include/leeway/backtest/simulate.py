"""One policy played over the matrix, with the functions that decide in production."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leeway.backtest.champions import Champions
from leeway.backtest.observing import Observer
from leeway.backtest.played import Change, Played
from leeway.backtest.retraining import Outcome, Retraining, Served
from leeway.backtest.stream import check_enough
from leeway.core import Action, Decision, Evaluation, Measurement, Reason, Verdict
from leeway.errors import TrainingError
from leeway.policies.base import History
from leeway.policies.envelope import within
from leeway.policies.steps import decision as decided

if TYPE_CHECKING:
    from leeway.backtest.judge import Judge
    from leeway.backtest.rules import Rules
    from leeway.policies.base import Policy

MIN_COVERAGE = 0.5
"""Labels judge a window only if at least this share of its rows has one."""


def play(judge: Judge, rules: Rules, policy: Policy, *, warmup: int, cost: float) -> Played:
    """Let a policy decide after every window from the end of the warm-up to the last but one.

    The first ``warmup`` windows train the first model, with all of their labels. A window is served by the champion
    before it is learnt from. No decision is made while no label is known from after the champion's training.

    Args:
        judge: of the stream's models.
        rules: by which a retrain goes.
        policy: what decides.
        warmup: windows of the first model.
        cost: of a retrain, in points of the primary metric.

    Raises:
        BacktestError: BKT003 if there are too few windows.
        TrainingError: if the first model cannot be fitted.
    """
    check_enough(judge.stream, warmup)
    return _Play(judge, rules, policy, warmup=warmup, cost=cost).run()


class _Play:
    def __init__(self, judge: Judge, rules: Rules, policy: Policy, *, warmup: int, cost: float) -> None:
        self.judge, self.stream = judge, judge.stream
        self.rules, self.policy = rules, policy
        self.warmup, self.cost = warmup, cost
        self.retraining = Retraining(judge, rules)
        self.champions = Champions(self.stream.name, rules.trained("all", warmup - 1))
        self.observer = Observer(judge, self.champions, policy, warmup=warmup)
        self.decisions: list[Decision] = []
        self.evaluations: list[Evaluation] = []
        self.changes: list[Change] = []
        self.changed: int | None = None
        """The window that last showed concept drift."""

    def run(self) -> Played:
        last = len(self.stream.windows) - 1
        self._begin()
        for window in range(self.warmup, last + 1):
            self.champions.serve(window)
            if window < last:
                self._close(window)
        served = self.champions.serving.items()
        values = [float(self.judge.matrix.values(self.champions.model(by))[window]) for window, by in served]
        return Played(
            values=tuple(values), changes=tuple(self.changes), weighs_cost="retrain_cost" in self.policy.weighs
        )

    def _begin(self) -> None:
        """The first training, as every policy asks for it."""
        window = self.warmup - 1
        current = self.observer.unscored(window)
        history = self._history(current, window, known=window)
        sentence = f"First training: there are {history.labelled_windows} labelled windows."
        reasons = (Reason.BOOTSTRAP,)
        first = decided(self.policy, history, action=Action.RETRAIN, reasons=reasons, sentence=sentence)
        self.observer.past.append(current)
        self.decisions.append(first)
        self.evaluations.append(_first_evaluation(first))
        self.champions.enter(first)

    def _close(self, window: int) -> None:
        """Measure a served window, decide, and do what was decided."""
        version, known = self.champions.serving[window], self.stream.known[window]
        current = self.observer.measured(window, self.decisions)
        if known > self.champions.model(version).last:
            history = self._history(current, window, known=known)
            made = within(self.rules.limits, history, self.policy.decide(history))
            self.decisions.append(made)
            if made.action is Action.RETRAIN:
                self._retrain(made, window, known)
            elif made.action is Action.ROLL_BACK:
                self._note(made, window, promoted=self.champions.roll_back(made))
        self.observer.past.append(current)

    def _history(self, current: Measurement, window: int, *, known: int) -> History:
        recent = self.stream.windows[max(0, window - 2)].start
        return History(
            current=current,
            past=tuple(self.observer.past),
            decisions=tuple(self.decisions),
            labelled_windows=known + 1,
            labelled_rows=int(self.stream.labelled_rows[: known + 1].sum()),
            retrain_on=self.rules.retrain_on,
            judged=any(
                found.version == current.champion and found.window.start >= recent and found.coverage >= MIN_COVERAGE
                for found in current.matured
            ),
            evaluations=tuple(self.evaluations),
            promotions=tuple(self.champions.promotions),
            retrain_cost=self.cost,
            task=self.stream.task,
        )

    def _retrain(self, made: Decision, window: int, known: int) -> None:
        if Reason.CONCEPT_DRIFT in made.reasons:
            self.changed = known
        version = self.champions.serving[window]
        champion = Served(version, self.champions.model(version))
        try:
            outcome = self.retraining.run(made, known, champion, self.champions.following, changed=self.changed)
        except TrainingError as error:
            outcome = Outcome(_failed(made, version, error), champion.model)
        self.evaluations.append(outcome.evaluation)
        promoted = outcome.evaluation.challenger is not None
        if promoted:
            self.champions.promote(made, outcome.model)
        self._note(made, window, promoted=promoted, evaluation=outcome.evaluation)

    def _note(self, made: Decision, window: int, *, promoted: bool, evaluation: Evaluation | None = None) -> None:
        self.changes.append(
            Change(
                window=window,
                action=made.action,
                reasons=made.reasons,
                sentence=made.sentence,
                promoted=promoted,
                winner=evaluation.winner if evaluation else "",
                outcome=evaluation.sentence if evaluation else "",
            )
        )


def _first_evaluation(made: Decision) -> Evaluation:
    return Evaluation(
        model=made.model,
        as_of=made.window.end,
        reasons=made.reasons,
        snapshot="",
        champion=None,
        challenger=1,
        winner="",
        metrics={},
        verdict=Verdict.PROMOTE,
        sentence="The first model serves without an examination.",
    )


def _failed(made: Decision, champion: int, error: TrainingError) -> Evaluation:
    return Evaluation(
        model=made.model,
        as_of=made.window.end,
        reasons=made.reasons,
        snapshot="",
        champion=champion,
        challenger=None,
        winner="",
        metrics={},
        verdict=Verdict.FAILED,
        sentence=f"The retrain failed, the champion stays: {error}",
    )

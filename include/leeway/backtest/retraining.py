"""What a retrain does in a replay: candidates held back, a winner, its examination, and the refitted challenger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leeway.core import Candidate, CandidateResult, Evaluation, Verdict
from leeway.errors import TrainingError
from leeway.evaluation.base import Exam
from leeway.evaluation.metrics import metrics, points
from leeway.evaluation.tournament import may_forget

if TYPE_CHECKING:
    from leeway.backtest.judge import Judge
    from leeway.backtest.matrix import Trained
    from leeway.backtest.rules import Rules
    from leeway.core import Decision


@dataclass(frozen=True)
class Served:
    """A model by its number and what it has learnt from."""

    version: int
    model: Trained


@dataclass(frozen=True)
class Outcome:
    """How a retrain ended; ``model`` serves from the next window on if it was promoted."""

    evaluation: Evaluation
    model: Trained


@dataclass(frozen=True)
class Retraining:
    """Retrains on what is known, by the rules of the model.

    Raises:
        TrainingError: by `run`, if no candidate can be fitted.
    """

    judge: Judge
    rules: Rules

    def run(
        self, decision: Decision, known: int, champion: Served, version: int, *, changed: int | None = None
    ) -> Outcome:
        """Choose, examine and refit.

        Args:
            decision: that asks for it.
            known: the newest window whose labels are known.
            champion: who serves now.
            version: the number that the challenger gets.
            changed: the window that last showed concept drift.
        """
        held = self.rules.held_back(known)
        results = self._candidates(known, held, changed)
        winner = self._best(results, held, changed)
        history = winner.candidate.history
        exam, gained = self._exam(self.rules.trained(history, held[0] - 1, changed), champion.model, held)
        gates = tuple(gate.examine(exam) for gate in self.rules.gates)
        promoted = all(gate.passed for gate in gates)
        failed = " ".join(gate.sentence for gate in gates if not gate.passed)
        evaluation = Evaluation(
            model=decision.model,
            as_of=decision.window.end,
            reasons=decision.reasons,
            snapshot="",
            champion=champion.version,
            challenger=version if promoted else None,
            winner=winner.candidate.name,
            metrics=exam.metrics,
            champion_metrics=exam.champion_metrics,
            baseline_metrics=exam.baseline_metrics,
            candidates=results,
            comparison=exam.comparison,
            gates=gates,
            points=gained,
            verdict=Verdict.PROMOTE if promoted else Verdict.REJECT,
            sentence=f"{winner.candidate.name} was the best of the candidates; {failed or 'passed every gate.'}",
        )
        return Outcome(evaluation, self.rules.trained(history, known, changed))

    def _candidates(self, known: int, held: tuple[int, int], changed: int | None) -> tuple[CandidateResult, ...]:
        """Each history's candidate, fitted without the windows that are held back; one that cannot be is left out."""
        found, problem = [], TrainingError("no candidate could be trained", code="TRN203")
        for index, history in enumerate(self.rules.possible(known, changed)):
            model = self.rules.trained(history, held[0] - 1, changed)
            candidate = Candidate(name=f"{self.rules.label}/{history}", trainer=0, history=history, index=index)
            try:
                found.append(
                    CandidateResult(
                        candidate=candidate,
                        params={},
                        trials=0,
                        rows=int(self.judge.stream.labelled_rows[model.first : model.last + 1].sum()),
                        loss=self.judge.loss(model, *held),
                        metrics=self.judge.examined(model, *held),
                    )
                )
            except TrainingError as error:
                problem = error
        if not found:
            raise problem
        return tuple(found)

    def _best(
        self, results: tuple[CandidateResult, ...], held: tuple[int, int], changed: int | None
    ) -> CandidateResult:
        """The least loss; a short history has to be better by more than chance (`leeway.stages.evaluate`)."""
        ordered = sorted(results, key=lambda result: (result.loss, result.candidate.index))
        best, full = ordered[0], next((result for result in ordered if result.candidate.history == "all"), None)
        if full is None or full is best:
            return best
        shorter, whole = (self.rules.trained(one.candidate.history, held[0] - 1, changed) for one in (best, full))
        return best if may_forget(*self.judge.paired_losses(whole, shorter, *held)) else full

    def _exam(self, challenger: Trained, champion: Trained, held: tuple[int, int]) -> tuple[Exam, float | None]:
        """The challenger beside the trivial baseline, and beside the champion where that has not learnt from."""
        judge, task, metric = self.judge, self.judge.stream.task, self.judge.stream.metric
        own = judge.examined(challenger, *held)
        trivial = self._trivial(challenger, held)
        unseen = (max(held[0], champion.last + 1), held[1])
        if unseen[0] > unseen[1]:
            alone = judge.groups(None, challenger, *held)
            found = Exam(
                task=task, metric=metric, metrics=own, baseline_metrics=trivial, has_champion=True, groups=alone
            )
            return found, None
        theirs, ours = judge.examined(champion, *unseen), judge.examined(challenger, *unseen)
        exam = Exam(
            task=task,
            metric=metric,
            metrics=own,
            baseline_metrics=trivial,
            champion_metrics=theirs,
            comparison=judge.compared(champion, challenger, *unseen),
            has_champion=True,
            slices=judge.compared_slices(champion, challenger, *unseen),
            groups=judge.groups(champion, challenger, *unseen),
        )
        defined = metric in theirs and metric in ours
        return exam, points(metric, theirs[metric], ours[metric]) if defined else None

    def _trivial(self, challenger: Trained, held: tuple[int, int]) -> dict[str, float]:
        import numpy as np

        stream = self.judge.stream
        rows = stream.rows(*held)
        target = stream.target[rows][stream.labelled[rows]]
        value = self.judge.matrix.learner.trivial(stream, 0, challenger.last)
        return metrics(stream.task, target, np.full(len(target), value))

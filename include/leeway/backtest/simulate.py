"""One policy played over the matrix, with the functions that decide in production."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Self

from pydantic import PrivateAttr

from leeway.backtest.matrix import Trained
from leeway.backtest.retraining import Outcome, Retraining, Served
from leeway.backtest.stream import check_enough
from leeway.core import (
    Action,
    Decision,
    Evaluation,
    Measurement,
    Number,
    Performance,
    Probe,
    Promotion,
    PromotionKind,
    Reason,
    Rival,
    Signal,
    Value,
    Verdict,
)
from leeway.errors import TrainingError
from leeway.policies.base import History
from leeway.policies.envelope import within
from leeway.policies.steps import decision as decided

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from leeway.backtest.judge import Judge
    from leeway.backtest.rules import Rules
    from leeway.policies.base import Policy

MIN_COVERAGE = 0.5
"""Labels judge a window only if at least this share of its rows has one."""


class Change(Value):
    """A retrain, a roll-back or a recalibration that was decided after a window, and what came of it.

    ``window`` is the window's number in the stream, from 0.
    """

    window: int
    action: Action
    reasons: tuple[Reason, ...]
    sentence: str
    promoted: bool
    winner: str = ""
    outcome: str = ""


class Played(Value):
    """What a policy made of a stream: the primary metric of each served window, and what it changed.

    ``asked_cost`` says whether the policy looked at the cost of a retrain at all.
    """

    values: tuple[Number, ...]
    changes: tuple[Change, ...]
    asked_cost: bool

    @property
    def retrains(self) -> int:
        """Models that were trained and promoted."""
        return sum(change.promoted for change in self.changes if change.action is Action.RETRAIN)

    @property
    def trainings(self) -> int:
        """Retrains that were tried."""
        return sum(change.action is Action.RETRAIN for change in self.changes)


class _Measured(Measurement):
    """A measurement whose signals are made when they are first looked at: many policies never do."""

    _make: Callable[[], tuple[Signal, ...]] | None = PrivateAttr(default=None)

    @classmethod
    def lazily(cls, make: Callable[[], tuple[Signal, ...]], **fields: Any) -> Self:
        """A measurement with these fields, and signals that ``make`` gives."""
        made = cls(**fields)
        made._make = make
        return made

    def __getattribute__(self, name: str) -> Any:
        if name == "signals" and (make := self._make) is not None:
            self._make = None
            self.__dict__["signals"] = make()
        return super().__getattribute__(name)


class _Watched(History):
    """A history that remembers whether the cost of a retrain was looked at."""

    asked_cost = False

    def __getattribute__(self, name: str) -> object:
        if name == "retrain_cost":
            object.__setattr__(self, "asked_cost", True)
        return super().__getattribute__(name)


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
        self.models: list[Trained] = [rules.trained("all", warmup - 1)]
        self.serving: dict[int, int] = {}
        """Window -> version."""
        self.past: list[Measurement] = []
        self.decisions: list[Decision] = []
        self.evaluations: list[Evaluation] = []
        self.promotions: list[Promotion] = []
        self.before: dict[int, int | None] = {}
        """Window -> the champion before the one that served it."""
        self.changes: list[Change] = []
        self.changed: int | None = None
        """The window that last showed concept drift."""
        self.asked_cost = False

    def run(self) -> Played:
        last = len(self.stream.windows) - 1
        self._begin()
        for window in range(self.warmup, last + 1):
            self.serving[window] = self.promotions[-1].to_version
            self.before[window] = self._champion_before(self.serving[window])
            if window < last:
                self._close(window)
        values = [float(self.judge.matrix.values(self._model(v))[w]) for w, v in self.serving.items()]
        return Played(values=tuple(values), changes=tuple(self.changes), asked_cost=self.asked_cost)

    def _begin(self) -> None:
        """The first training, as every policy asks for it."""
        window = self.stream.windows[self.warmup - 1]
        current = Measurement(model=self.stream.name, window=window, champion=None, status="unscored")
        first = self._decide(self._history(current, self.warmup - 1, (), known=self.warmup - 1), bootstrap=True)
        self.past.append(current)
        self.decisions.append(first)
        self.evaluations.append(_first_evaluation(first))
        self._promote(first, PromotionKind.PROMOTION, None, 1)

    def _close(self, window: int) -> None:
        """Measure a served window, decide, and do what was decided."""
        version, known = self.serving[window], self.stream.known[window]
        current = self._measurement(window)
        if known > self._model(version).last:
            made = self._decide(self._history(current, window, tuple(self.past), known=known))
            self.decisions.append(made)
            if made.action is Action.RETRAIN:
                self._retrain(made, window, known)
            elif made.action is Action.ROLL_BACK:
                self._roll_back(made, window)
        self.past.append(current)

    def _decide(self, history: _Watched, *, bootstrap: bool = False) -> Decision:
        if bootstrap:
            sentence = f"First training: there are {history.labelled_windows} labelled windows."
            return decided(self.policy, history, action=Action.RETRAIN, reasons=(Reason.BOOTSTRAP,), sentence=sentence)
        made = within(self.rules.limits, history, self.policy.decide(history))
        self.asked_cost |= history.asked_cost
        return made

    def _measurement(self, window: int) -> Measurement:
        version = self.serving[window]
        matured = tuple(self._performance(earlier) for earlier in self._matured(window))
        rows = self.stream.rows(window, window)
        return _Measured.lazily(
            partial(
                self.judge.signals,
                self._model(version),
                window,
                served=[number for number, by in self.serving.items() if by == version and number < window],
                matured=tuple(found for found in matured if found.version == version),
                earlier=tuple(found for one in self.past for found in one.matured if found.version == version),
                further=getattr(self.policy, "needs", ()),
            ),
            model=self.stream.name,
            window=self.stream.windows[window],
            champion=version,
            status="measured",
            rows=rows.stop - rows.start,
            matured=matured,
            rivals=tuple(self._rivals(window)),
            probes=tuple(self._probes(window)),
        )

    def _matured(self, window: int) -> range:
        """The served windows whose labels became known in this one."""
        return range(max(self.warmup, self.stream.known[window - 1] + 1), self.stream.known[window] + 1)

    def _performance(self, window: int) -> Performance:
        version = self.serving[window]
        return self.judge.performance(self._model(version), window, version)

    def _rivals(self, window: int) -> Iterator[Rival]:
        for earlier in self._matured(window):
            version, rival = self.serving[earlier], self.before[earlier]
            if rival is None or self._model(rival).last >= earlier:
                continue
            found = self.judge.rival((self._model(version), self._model(rival)), earlier, (version, rival))
            if found is not None:
                yield found

    def _probes(self, window: int) -> Iterator[Probe]:
        """Newer models on the windows of the champion whose labels became known, as `leeway.probing` makes them."""
        version = self.serving[window]
        champion = self._model(version)
        judged = [earlier for earlier in self._matured(window) if self.serving[earlier] == version]
        wanted = self.policy.probes(tuple(self.decisions)) if judged and champion.last < judged[0] - 1 else ()
        for history in wanted:
            last = judged[0] - 1
            newer = Trained(0 if history == "all" else last - (champion.last - champion.first), last)
            for earlier in judged:
                with suppress(TrainingError):
                    found = self.judge.probe(champion, newer, earlier, version=version, history=history)
                    if found is not None:
                        yield found

    def _champion_before(self, version: int) -> int | None:
        """The last version that was made champion and is not this one."""
        others = (made.to_version for made in reversed(self.promotions) if made.to_version != version)
        return next(others, None)

    def _history(self, current: Measurement, window: int, past: tuple[Measurement, ...], *, known: int) -> _Watched:
        recent = self.stream.windows[max(0, window - 2)].start
        return _Watched(
            current=current,
            past=past,
            decisions=tuple(self.decisions),
            labelled_windows=known + 1,
            labelled_rows=int(self.stream.labelled_rows[: known + 1].sum()),
            retrain_on=self.rules.retrain_on,
            judged=any(
                found.version == current.champion and found.window.start >= recent and found.coverage >= MIN_COVERAGE
                for found in current.matured
            ),
            evaluations=tuple(self.evaluations),
            promotions=tuple(self.promotions),
            retrain_cost=self.cost,
            task=self.stream.task,
        )

    def _retrain(self, made: Decision, window: int, known: int) -> None:
        if Reason.CONCEPT_DRIFT in made.reasons:
            self.changed = known
        version = self.serving[window]
        try:
            champion = Served(version, self._model(version))
            outcome = self.retraining.run(made, known, champion, len(self.models) + 1, changed=self.changed)
        except TrainingError as error:
            outcome = Outcome(_failed(made, version, error), self._model(version))
        self.evaluations.append(outcome.evaluation)
        promoted = outcome.evaluation.challenger is not None
        if promoted:
            self.models.append(outcome.model)
            self._promote(made, PromotionKind.PROMOTION, version, len(self.models))
        self._note(made, window, promoted=promoted, evaluation=outcome.evaluation)

    def _roll_back(self, made: Decision, window: int) -> None:
        """The version that the decision names serves again, or the champion before."""
        back = made.evidence.get("to", self.promotions[-1].from_version)
        if back is not None:
            self._promote(made, PromotionKind.ROLLBACK, self.serving[window], back)
        self._note(made, window, promoted=back is not None)

    def _promote(self, made: Decision, kind: PromotionKind, from_version: int | None, to_version: int) -> None:
        promotion = Promotion(
            model=self.stream.name,
            kind=kind,
            from_version=from_version,
            to_version=to_version,
            effective_from=made.window.end,
            reason=made.sentence,
            by="gates",
        )
        self.promotions.append(promotion)

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

    def _model(self, version: int) -> Trained:
        return self.models[version - 1]


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

"""The default policy: retrain when the evidence says that it pays, and say which evidence that was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field

from leeway.core import Action, Reason, Signal
from leeway.policies.base import History, Policy
from leeway.policies.steps import cooling, decision, first_steps, windows_since_retrain

if TYPE_CHECKING:
    from leeway.core import Decision

DRIFT = ("data", "prediction")
TOLD = ("estimate", "calibration", "slice")
"""Kinds of signals that are passed on to people and lead to nothing else."""


class Evidence(Policy):
    """Weighs what was found; the first of these that applies decides.

    1. The data are quarantined: block.
    2. There is no champion: train the first one as soon as there are enough labels.
    3. The labelled loss got worse (concept drift): retrain.
    4. Inputs or predictions differ in the same column for ``lasting`` windows in a row: retrain, or alert, as
       ``retrain_on`` says.
    5. Much more is known than at the last training (``growth``), or it is long ago (``max_age``): retrain.
    6. The quality of the data got worse: alert.

    A retrain is not decided while the last one cools down or labels are too few; it becomes an alert. What goes on
    from one window to the next is alerted once, when it starts.
    """

    kind: str = "evidence"
    cooldown: int = Field(default=1, ge=0, description="Windows after a retrain in which no other is decided.")
    drift_cooldown: int = Field(default=4, ge=0, description="The same for retrains because of data drift alone.")
    lasting: int = Field(default=2, ge=1, description="Windows in a row that drift must be seen in the same column.")
    growth: float | None = Field(
        default=1.12, gt=1, description="Retrain when labelled rows grew by this factor since the last training."
    )
    max_age: int | None = Field(default=None, ge=1, description="Retrain after this many windows without.")

    def decide(self, history: History) -> Decision:
        """Weigh the evidence of the window."""
        if (made := first_steps(self, history, cooldown=self.cooldown)) is not None:
            return made
        worse = [signal for signal in history.current.flagged if signal.kind == "performance"]
        if worse:
            return self._concept(history, worse)
        drifted = self._drifted(history)
        if drifted and self._answers_drift(history) and not cooling(history, self.drift_cooldown):
            return self._retrain(history, Reason.DATA_DRIFT, _told(drifted, f"in {self.lasting} windows in a row"))
        if due := self._due(history):
            return self._retrain(history, Reason.SCHEDULED, due)
        return self._watch(history, drifted)

    def _concept(self, history: History, worse: list[Signal]) -> Decision:
        sentence = f"Concept drift: {_told(worse)}"
        if history.retrain_on.concept_drift:
            return self._retrain(history, Reason.CONCEPT_DRIFT, sentence)
        return self._decide(
            history, Action.ALERT, (Reason.CONCEPT_DRIFT,), f"{sentence}. Retraining on it is switched off."
        )

    def _retrain(self, history: History, reason: Reason, sentence: str) -> Decision:
        """Retrain, unless something stands against it; then say what."""
        if cooling(history, self.cooldown):
            ago = windows_since_retrain(history)
            against, why = (
                Reason.COOLDOWN,
                f"the last retrain was {ago} window(s) ago, and {self.cooldown} have to pass",
            )
        elif history.labelled_rows < self.min_rows:
            against, why = (
                Reason.NOT_ENOUGH_DATA,
                f"only {history.labelled_rows:,} of {self.min_rows:,} labels are known",
            )
        else:
            return self._decide(history, Action.RETRAIN, (reason,), f"{sentence}.")
        return self._decide(history, Action.ALERT, (reason, against), f"{sentence}. No retrain: {why}.")

    def _watch(self, history: History, drifted: list[Signal]) -> Decision:
        """Nothing to retrain for: alert if something has begun that people should know."""
        broken = [signal for signal in history.current.flagged if signal.kind == "quality"]
        reasons: list[Reason] = []
        sentences: list[str] = []
        if drifted:
            reasons += [Reason.DATA_DRIFT, *self._why_not(history)]
            sentences.append(f"{_told(drifted)}. No retrain: {self._excuse(history)}")
        if broken:
            reasons.append(Reason.QUALITY)
            sentences.append(f"Quality: {_told(broken)}")
        ongoing = sorted({_key(signal) for signal in (*drifted, *broken)})
        reported = history.decisions[-1].evidence.get("ongoing", []) if history.decisions else []
        news = set(ongoing) - set(reported)
        if ongoing and not news:
            sentences.append("All of it was already so in the window before")
        return self._decide(
            history,
            Action.ALERT if news else Action.NONE,
            tuple(reasons) or (Reason.QUIET,),
            ". ".join(sentences or [self._silence(history)]) + ".",
            ongoing=ongoing,
        )

    def _drifted(self, history: History) -> list[Signal]:
        """Drift signals of columns that were flagged in each of the last ``lasting`` windows of this champion."""
        current = history.current
        same = [m for m in history.past if m.status == "measured" and m.champion == current.champion]
        before = same[len(same) - self.lasting + 1 :] if self.lasting > 1 else []
        if len(before) < self.lasting - 1:
            return []
        seen = [{_key(signal) for signal in measured.flagged} for measured in before]
        drifting = [signal for signal in current.flagged if signal.kind in DRIFT]
        return [signal for signal in drifting if all(_key(signal) in keys for keys in seen)]

    def _answers_drift(self, history: History) -> bool:
        mode = history.retrain_on.data_drift
        return mode == "always" or (mode == "when_unjudged" and not history.judged)

    def _why_not(self, history: History) -> tuple[Reason, ...]:
        if self._answers_drift(history):
            return (Reason.COOLDOWN,)
        return (Reason.HARMLESS,) if history.retrain_on.data_drift == "when_unjudged" else ()

    def _excuse(self, history: History) -> str:
        if self._answers_drift(history):
            ago = windows_since_retrain(history)
            return f"the last one was {ago} window(s) ago, and for data drift {self.drift_cooldown} have to pass"
        if history.retrain_on.data_drift == "when_unjudged":
            return "labels judge the champion and show no harm"
        return "retraining on data drift is switched off"

    def _due(self, history: History) -> str:
        """Say why a retrain is due though nothing is wrong, or nothing."""
        ago = windows_since_retrain(history)
        if ago is None or cooling(history, self.cooldown) or history.labelled_rows < self.min_rows:
            return ""
        known = history.decisions[-ago].evidence.get("labelled_rows")
        if self.growth and known and history.labelled_rows >= self.growth * known:
            more = 100 * (history.labelled_rows / known - 1)
            return (
                f"{history.labelled_rows:,} labels are known, {more:.0f} % more than the {known:,} at the last training"
            )
        if self.max_age and ago >= self.max_age:
            return f"The last retrain was {ago} windows ago; it may be {self.max_age}"
        return ""

    def _silence(self, history: History) -> str:
        measured = len(history.current.signals)
        passing = [signal for signal in history.current.flagged if signal.kind in DRIFT]
        if passing:
            return f"{_told(passing)}. It has to last {self.lasting} windows in the same column to count"
        told = [signal for signal in history.current.flagged if signal.kind in TOLD]
        if told:
            return f"Nothing to act on in {measured} signals. For information: {_told(told)}"
        return f"Nothing was flagged in {measured} signals"

    def _decide(
        self,
        history: History,
        action: Action,
        reasons: tuple[Reason, ...],
        sentence: str,
        *,
        ongoing: list[str] | None = None,
    ) -> Decision:
        evidence: dict[str, Any] = {
            "judged": history.judged,
            "ongoing": ongoing or [],
            "flagged": [_facts(signal) for signal in history.current.flagged],
        }
        return decision(self, history, action=action, reasons=reasons, sentence=sentence, evidence=evidence)


def _key(signal: Signal) -> str:
    return f"{signal.kind}:{signal.subject}"


def _facts(signal: Signal) -> dict[str, Any]:
    return signal.model_dump(
        mode="json", include={"kind", "subject", "test", "statistic", "p_value", "effect", "threshold"}
    )


def _told(signals: list[Signal], where: str = "") -> str:
    """Name what was found: the three largest effects in full, the others by name."""
    ranked = sorted(signals, key=lambda signal: (-signal.effect, signal.subject))
    text = "; ".join(signal.sentence for signal in ranked[:3])
    if ranked[3:]:
        text += f"; and {', '.join(f'`{signal.subject}`' for signal in ranked[3:])}"
    return f"{text}, {where}" if where else text

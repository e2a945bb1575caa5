"""The default policy: retrain when the evidence says that it pays, and say which evidence that was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pydantic import Field

from leeway.core import Action, Reason, Signal
from leeway.core.metric import COST_WINDOWS
from leeway.policies import gains
from leeway.policies.base import History, Policy
from leeway.policies.steps import cooling, decision, first_steps, windows_since_retrain
from leeway.policies.telling import facts, key, told

if TYPE_CHECKING:
    from leeway.core import Decision

DRIFT = ("data", "prediction")
TOLD = ("estimate", "calibration", "slice")
"""Kinds of signals that are passed on to people and lead to nothing else."""
SHOWN: Final = "drift_shown"
"""Where the evidence of a decision notes that the world was seen to change; later decisions read it there."""
Z_SHOWN: Final = 3.5
"""Standard errors by which newer rows have to make a better model to show that the world changes."""
Z_HARM: Final = 3.0
"""Standard errors by which an earlier champion has to be better before it returns."""
STAYS: Final = 3
"""Windows that a risen loss is expected to stay, when nothing is known of it but that it rose."""


class Evidence(Policy):
    """Weighs what was found; the first of these that applies decides.

    1. The data are quarantined: block.
    2. There is no champion: train the first one as soon as there are enough labels.
    3. The labelled loss got worse (concept drift): retrain, if it is the first time or a loss so much higher costs more
       than a retrain.
    4. The champion before would have done better, by more than a retrain costs and beyond chance: roll back.
    5. What a newer model would have gained since the last retrain has reached the cost of one: retrain. Not before the
       world was seen to change once: that more rows make a slightly better model is no drift.
    6. Inputs or predictions differ in the same column for ``lasting`` windows in a row: retrain, or alert, as
       ``retrain_on`` says; where earlier labels are known, half of the gains of line 5 have to be there.
    7. Much more is known than at the last training (``growth``), or it is long ago (``max_age``): retrain.
    8. Only the calibration is off, in three windows in a row: recalibrate.
    9. The quality of the data got worse: alert.

    A retrain is not decided while the last one cools down or labels are too few; it becomes an alert. What goes on
    from one window to the next is alerted once, when it starts.
    """

    kind: str = "evidence"
    probe: int | None = Field(
        default=1, ge=1, description="Windows from one probe to the next; null: nothing is probed, and gains not known."
    )
    payback: float = Field(
        default=0.75, gt=0, description="Share of a retrain's cost that newer models must have gained since the last."
    )
    drift_cooldown: int = Field(default=4, ge=0, description="Windows after a retrain before data drift causes one.")
    lasting: int = Field(default=2, ge=1, description="Windows in a row that drift must be seen in the same column.")
    growth: float | None = Field(
        default=None, gt=1, description="Retrain when labelled rows grew by this factor since the last training."
    )
    max_age: int | None = Field(default=None, ge=1, description="Retrain after this many windows without.")

    def probes(self, decisions: tuple[Decision, ...]) -> tuple[str, ...]:
        """Probe every ``probe`` windows; while no change was seen, with as few rows as the champion had, too."""
        if self.probe is None or len(decisions) % self.probe:
            return ()
        return (gains.ALL,) if _shown_in(decisions) else (gains.ALL, gains.SAME)

    def decide(self, history: History) -> Decision:
        """Weigh the evidence of the window."""
        if (made := first_steps(self, history, cooldown=self.cooldown)) is not None:
            return made
        worse = [signal for signal in history.current.flagged if signal.kind == "performance"]
        if worse and (not _shown_in(history.decisions) or gains.rise(history, worse) * STAYS >= gains.price(history)):
            return self._concept(history, worse)
        if (made := self._harm(history)) is not None:
            return made
        if paid := self._paid(history):
            return self._retrain(history, Reason.WORTH_IT, paid)
        drifted = self._drifted(history)
        if drifted and self._answers_drift(history) and self._may_pay(history) and not self._cools(history):
            return self._retrain(history, Reason.DATA_DRIFT, told(drifted, f"in {self.lasting} windows in a row"))
        if due := self._due(history):
            return self._retrain(history, Reason.SCHEDULED, due)
        if (made := self._calibration(history, worse)) is not None:
            return made
        return self._watch(history, drifted, worse)

    def _concept(self, history: History, worse: list[Signal]) -> Decision:
        sentence = f"Concept drift: {told(worse)}"
        if history.retrain_on.concept_drift:
            return self._retrain(history, Reason.CONCEPT_DRIFT, sentence)
        return self._decide(
            history, Action.ALERT, (Reason.CONCEPT_DRIFT,), f"{sentence}. Retraining on it is switched off."
        )

    def _harm(self, history: History) -> Decision | None:
        """Let the champion before return, if it would have done better, and no newer model would do better still."""
        lead, price = gains.lead_of_predecessor(history), gains.price(history)
        if lead is None or lead.z < Z_HARM or lead.points < price * self.payback:
            return None
        if self._gained(history).points >= lead.points:
            return None
        champion = history.current.champion
        sentence = (
            f"v{lead.version} would have done better than v{champion} since that serves: by {lead.points:.2f} points "
            f"in {lead.windows} windows together (z = {lead.z:.1f}), and a retrain costs {price:.2f}."
        )
        return self._decide(history, Action.ROLL_BACK, (Reason.HARM,), sentence, to=lead.version)

    def _paid(self, history: History) -> str:
        """Say that a retrain pays, or nothing."""
        gained, needed = self._gained(history), gains.price(history) * self.payback
        if not gained.windows or gained.points < needed or not self._shown(history):
            return ""
        if cooling(history, self.cooldown) or history.labelled_rows < self.min_rows:
            return ""
        return (
            f"A model trained on all that was known would have gained {gained.points:.2f} points in {gained.windows} "
            f"windows together since the last retrain; that pays for one, at {needed:.2f} "
            f"(retrain_cost {history.retrain_cost:g}, kept up for {COST_WINDOWS} windows, x {self.payback:g})"
        )

    def _gained(self, history: History) -> gains.Gains:
        return gains.accumulated(history, every=self.probe or 1)

    def _shown(self, history: History) -> bool:
        """Whether the world was seen to change, now or ever."""
        return (
            _shown_in(history.decisions)
            or any(signal.kind == "performance" for signal in history.current.flagged)
            or gains.newer_is_better(history, z=Z_SHOWN)
        )

    def _calibration(self, history: History, worse: list[Signal]) -> Decision | None:
        """Correct the scores, if only their level is off, in this and the last two windows that were judged."""
        found = [signal for signal in history.current.flagged if signal.kind == "calibration"]
        earlier = [m for m in history.past if m.champion == history.current.champion]
        judged = [m for m in earlier if any(signal.kind == "calibration" for signal in m.signals)]
        lasting = len(judged) > 1 and all(any(s.kind == "calibration" for s in m.flagged) for m in judged[-2:])
        if not found or worse or not lasting or cooling(history, self.drift_cooldown, Action.RECALIBRATE):
            return None
        if history.labelled_rows < self.min_rows or cooling(history, self.cooldown):
            return None
        sentence = f"Only the calibration is off, in three windows in a row: {told(found)}."
        return self._decide(history, Action.RECALIBRATE, (Reason.MISCALIBRATED,), sentence)

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

    def _watch(self, history: History, drifted: list[Signal], worse: list[Signal]) -> Decision:
        """Nothing to retrain for: alert if something has begun that people should know."""
        broken = [signal for signal in history.current.flagged if signal.kind == "quality"]
        reasons: list[Reason] = []
        sentences: list[str] = []
        if worse:
            reasons += [Reason.CONCEPT_DRIFT, Reason.NOT_WORTH_IT]
            sentences.append(f"{told(worse)}. No retrain: so small a rise costs less than a retrain")
        if drifted:
            reasons += [Reason.DATA_DRIFT, *self._why_not(history)]
            sentences.append(f"{told(drifted)}. No retrain: {self._excuse(history)}")
        if broken:
            reasons.append(Reason.QUALITY)
            sentences.append(f"Quality: {told(broken)}")
        ongoing = sorted({key(signal) for signal in (*drifted, *broken, *worse)})
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
        seen = [{key(signal) for signal in measured.flagged} for measured in before]
        drifting = [signal for signal in current.flagged if signal.kind in DRIFT]
        return [signal for signal in drifting if all(key(signal) in keys for keys in seen)]

    def _answers_drift(self, history: History) -> bool:
        mode = history.retrain_on.data_drift
        return mode == "always" or (mode == "when_unjudged" and not history.judged)

    def _may_pay(self, history: History) -> bool:
        """Whether labels of earlier windows, as far as they are known, do not speak against a retrain.

        Drift that nobody can judge makes a retrain twice as likely to pay as it was, but not likely by itself.
        """
        if history.retrain_on.data_drift == "always":
            return True
        gained = self._gained(history)
        return not gained.windows or gained.points >= gains.price(history) * self.payback / 2

    def _cools(self, history: History) -> bool:
        return cooling(history, self.drift_cooldown)

    def _why_not(self, history: History) -> tuple[Reason, ...]:
        if self._answers_drift(history):
            return (Reason.COOLDOWN,) if self._cools(history) else (Reason.NOT_WORTH_IT,)
        return (Reason.HARMLESS,) if history.retrain_on.data_drift == "when_unjudged" else ()

    def _excuse(self, history: History) -> str:
        if self._answers_drift(history) and not self._cools(history):
            gained, needed = self._gained(history), gains.price(history) * self.payback / 2
            known = f"newer models gained {gained.points:.2f} points in {gained.windows} windows together"
            return f"as far as labels are known, {known}, and {needed:.2f} are needed"
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
            return f"{told(passing)}. It has to last {self.lasting} windows in the same column to count"
        others = [signal for signal in history.current.flagged if signal.kind in TOLD]
        if others:
            return f"Nothing to act on in {measured} signals. For information: {told(others)}"
        return f"Nothing was flagged in {measured} signals"

    def _decide(
        self,
        history: History,
        action: Action,
        reasons: tuple[Reason, ...],
        sentence: str,
        *,
        ongoing: list[str] | None = None,
        to: int | None = None,
    ) -> Decision:
        gained = self._gained(history)
        evidence: dict[str, Any] = {
            SHOWN: self._shown(history),
            "gained": {"points": gained.points, "windows": gained.windows, "price": gains.price(history)},
            "judged": history.judged,
            "ongoing": ongoing or [],
            "flagged": [facts(signal) for signal in history.current.flagged],
        }
        evidence |= {"to": to} if to is not None else {}
        return decision(self, history, action=action, reasons=reasons, sentence=sentence, evidence=evidence)


def _shown_in(decisions: tuple[Decision, ...]) -> bool:
    """What the newest decision says that looked for it: a blocked window does not."""
    return next((bool(made.evidence[SHOWN]) for made in reversed(decisions) if SHOWN in made.evidence), False)

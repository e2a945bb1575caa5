"""The default policy: retrain when the evidence says that it pays, and say which evidence that was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pydantic import Field

from leeway.core import Action, Reason, Signal
from leeway.core.metric import COST_WINDOWS
from leeway.policies import gains
from leeway.policies.base import History, Policy
from leeway.policies.lasting import lasting_drift, miscalibrated
from leeway.policies.steps import cooling, decision, first_steps, windows_since_retrain
from leeway.policies.telling import facts, told
from leeway.policies.watching import watch

if TYPE_CHECKING:
    from leeway.core import Decision

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
       ``retrain_on`` says; labels that come late are waited for.
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
        drift = lasting_drift(history, windows=self.lasting, cooldown=self.drift_cooldown)
        if drift.calls_for_retrain:
            return self._retrain(history, Reason.DATA_DRIFT, told(drift.signals, f"in {self.lasting} windows in a row"))
        if due := self._due(history):
            return self._retrain(history, Reason.SCHEDULED, due)
        if (made := self._calibration(history, worse)) is not None:
            return made
        news = watch(history, worse=worse, drift=drift, lasting=self.lasting)
        return self._decide(history, news.action, news.reasons, news.sentence, ongoing=news.ongoing)

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
        found = miscalibrated(history)
        if not found or worse or cooling(history, self.drift_cooldown, Action.RECALIBRATE):
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

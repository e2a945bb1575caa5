"""A change of model has to bring more than it costs."""

from __future__ import annotations

from pydantic import Field

from leeway.core import GateResult
from leeway.core.metric import COST_WINDOWS
from leeway.evaluation.base import Exam, Gate
from leeway.evaluation.wording import finite, not_compared, rows, undefined
from leeway.evaluation.worth import Prior, needed


class Pays(Gate):
    """The expected gain in the primary metric must exceed what ``retrain_cost`` demands over the life of a retrain.

    A measured gain is partly luck: it is drawn towards the mean gain of this model's earlier retrains, the more the
    larger its standard error is (`leeway.evaluation.worth.Prior`). Strict: what refitting with the held-back rows
    brings is not counted.
    """

    windows: int | None = Field(
        default=None,
        ge=1,
        description="Windows that a retrain serves; default: as long as this model's champions have served.",
    )

    def examine(self, exam: Exam) -> GateResult:
        """Hold the expected gain against the cost."""
        if (settled := not_compared(self, exam)) is not None:
            return settled
        gain = exam.gain
        if gain is None or not finite(gain.points, gain.error):
            return undefined(self, exam.metric, "comparison")
        life = self.windows or exam.life
        prior, wanted = Prior.of(exam.past_gains), needed(exam.retrain_cost, life)
        expected = prior.expected(gain)
        past = f"{len(exam.past_gains)} earlier retrain{'s' * (len(exam.past_gains) != 1)}"
        sentence = (
            f"{gain.metric} gains {gain.points:.3g} points ({gain.confidence:.0%} interval {gain.low:.3g} to "
            f"{gain.high:.3g}) on {rows(gain)}; with what {past} gained, {expected:.3g} are to be expected. A retrain "
            f"serves about {life:.3g} windows, so more than {wanted:.3g} are needed (retrain_cost "
            f"{exam.retrain_cost:g} over {COST_WINDOWS} windows)."
        )
        facts = {
            "points": gain.points,
            "error": gain.error,
            "expected": expected,
            "needed": wanted,
            "life": life,
            "prior_mean": prior.mean,
            "prior_spread": prior.spread,
        }
        return GateResult(gate=self.kind, passed=expected > wanted, sentence=sentence, facts=facts)

"""The challenger beside the champion, on the same rows: over all of them, and slice by slice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from leeway.core import Comparison, GateResult
from leeway.evaluation.base import Exam, Gate
from leeway.evaluation.compare import chance_not_worse, freedom, standard_error
from leeway.evaluation.multiplicity import holm, spent
from leeway.evaluation.power import POWER, detectable
from leeway.evaluation.wording import finite, not_compared, rows, share, undefined

if TYPE_CHECKING:
    from collections.abc import Mapping


class VersusChampion(Gate):
    """The challenger must not do worse than the champion on the same held-back rows; ``better`` asks for a win.

    Not to be worse is enough by default, because the challenger that will serve is refitted with the held-back rows,
    which are the newest ones: what they bring cannot show on them. Measured in docs/policies.md.

    Trainings that follow one another are compared on partly the same rows, and who looks often enough sees a win by
    chance. So ``alpha`` is split among the looks (`leeway.evaluation.multiplicity.spent`), and after
    ``training.holdout_looks`` of them new rows are needed.
    """

    margin: float = Field(
        default=0.01, ge=0, lt=1, description="How much worse it may be, as a share of the champion's loss."
    )
    better: bool = Field(default=False, description="It must have less loss, by more than chance.")
    alpha: float = Field(
        default=0.2,
        gt=0,
        lt=1,
        description="With better: chance of a false win, over all looks at the same held-back rows.",
    )

    def examine(self, exam: Exam) -> GateResult:
        """Judge the paired comparison."""
        if (settled := not_compared(self, exam)) is not None:
            return settled
        found = exam.comparison
        assert found is not None
        if not finite(found.gain, found.p_value, found.champion_loss):
            return undefined(self, "loss", "comparison")
        if exam.looks >= exam.holdout_looks:
            return self._used_up(exam)
        alpha = spent(self.alpha, earlier=exam.looks, looks=exam.holdout_looks)
        way = "falls" if found.gain > 0 else "rises" if found.gain < 0 else "changes"
        change = f"The loss {way} by {share(found.gain, found.champion_loss)} (p {found.p_value:.2g}) on {rows(found)}"
        facts = {"gain": found.gain, "p_value": found.p_value, "low": found.low, "high": found.high}
        facts |= {"looks": float(exam.looks), "alpha": alpha, "detectable": self._noticed(found, alpha)}
        return GateResult(
            gate=self.kind,
            passed=self._passes(found, alpha),
            sentence=f"{change}; {self._wanted(exam, alpha)}. {self._power(found, alpha)}.",
            facts=facts,
        )

    def _passes(self, found: Comparison, alpha: float) -> bool:
        if self.better:
            return found.gain > 0 and found.p_value <= alpha
        return found.gain >= -self.margin * abs(found.champion_loss)

    def _wanted(self, exam: Exam, alpha: float) -> str:
        if not self.better:
            return f"allowed: a rise of at most {self.margin:.2%}"
        look = f"look {exam.looks + 1} of {exam.holdout_looks} at such rows, which share {self.alpha:g}"
        return f"needed: a fall with p at most {alpha:.2g} ({look})"

    def _power(self, found: Comparison, alpha: float) -> str:
        if standard_error(found) == 0:
            return "The difference is the same on every row"
        size = share(self._noticed(found, alpha), found.champion_loss)
        noticed = f"fall of {size} would be seen" if self.better else f"rise of {size} would be stopped"
        return f"A true {noticed} in {10 * POWER:g} of 10 cases"

    def detectable(self, error: float, freedom: int, *, loss: float, alpha: float) -> float:
        """The difference of the mean loss that this gate notices in 8 of 10 cases.

        With ``better`` the smallest improvement that would pass, without it the smallest harm that would be stopped.

        Args:
            error: standard error of the difference; not the difference that was found.
            freedom: its degrees of freedom.
            loss: the champion's mean loss.
            alpha: what this look may spend.
        """
        if self.better:
            return detectable(error, freedom, alpha)
        return self.margin * abs(loss) + detectable(error, freedom, 0.5)

    def _noticed(self, found: Comparison, alpha: float) -> float:
        return self.detectable(standard_error(found), freedom(found), loss=found.champion_loss, alpha=alpha)

    def _used_up(self, exam: Exam) -> GateResult:
        sentence = (
            f"{exam.looks} trainings were compared with this champion on some of these held-back windows already, and "
            f"{exam.holdout_looks} are allowed (training.holdout_looks): one more could win by chance. "
            "Wait until new windows have labels."
        )
        return GateResult(gate=self.kind, passed=False, sentence=sentence, facts={"looks": float(exam.looks)})


class PerSlice(Gate):
    """No slice may be worse off than with the champion, by more than a margin and by more than chance."""

    margin: float = Field(default=0.02, ge=0, description="Rise of a slice's loss that is allowed, as a share of it.")
    margins: dict[str, Annotated[float, Field(ge=0)]] = Field(
        default={}, description="Other margins: of a slice, `carrier=B6`, or of all slices of a column, `carrier`."
    )
    min_rows: int = Field(default=100, ge=2, description="Slices with fewer rows are not judged.")
    alpha: float = Field(default=0.05, gt=0, lt=1, description="Chance of a false alarm over all slices together.")

    def examine(self, exam: Exam) -> GateResult:
        """Test every slice; Holm's method keeps the chance of a false alarm over all of them."""
        if not exam.has_champion:
            return GateResult(gate=self.kind, passed=True, sentence="There is no champion to compare with.")
        judged = {name: found for name, found in exam.slices.items() if found.rows >= self.min_rows}
        broken = [name for name, found in judged.items() if not finite(found.gain, found.low, found.high)]
        if broken:
            return undefined(self, "loss", f"slice {broken[0]}")
        if not judged:
            sentence = f"There is no slice with at least {self.min_rows} rows to compare."
            return GateResult(gate=self.kind, passed=True, sentence=sentence, facts={"slices": 0.0})
        chances = {
            name: chance_not_worse(found, margin=self.margin_of(name) * abs(found.champion_loss))
            for name, found in judged.items()
        }
        worse = holm(chances, self.alpha)
        facts = {
            "slices": float(len(judged)),
            "worse": float(len(worse)),
            "smallest_p_value": min(chances.values()),
        }
        return GateResult(gate=self.kind, passed=not worse, sentence=self._say(judged, worse), facts=facts)

    def margin_of(self, name: str) -> float:
        """The margin of a slice like ``carrier=B6``: its own, or that of its column, or the common one."""
        return self.margins.get(name, self.margins.get(name.partition("=")[0], self.margin))

    def _say(self, judged: Mapping[str, Comparison], worse: tuple[str, ...]) -> str:
        tested = f"{len(judged)} slice{'s' * (len(judged) != 1)} of at least {self.min_rows} rows"
        limits = sorted({self.margin_of(name) for name in judged})
        margin = f"{limits[0]:.2%}" if len(limits) == 1 else f"its margin ({limits[0]:.2%} to {limits[-1]:.2%})"
        chance = f"{margin} and chance (Holm's method, {self.alpha:g} for all slices together)"
        if not worse:
            return f"In none of {tested} the loss rises by more than {chance}."
        named = "; ".join(
            f"{name}: {share(judged[name].gain, judged[name].champion_loss)} on {rows(judged[name])}"
            for name in worse[:3]
        )
        more = f" and {len(worse) - 3} more" if len(worse) > 3 else ""
        return f"In {len(worse)} of {tested} the loss rises by more than {chance}: {named}{more}."

"""The conditions a challenger has to meet. What cannot be judged is not passed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Self

from pydantic import Field, field_validator, model_validator

from leeway.core import Comparison, GateResult
from leeway.errors import did_you_mean
from leeway.evaluation.base import METRICS, Exam, Gate
from leeway.evaluation.compare import MIN_BLOCKS, chance_not_worse
from leeway.evaluation.metrics import goodness, higher_is_better

if TYPE_CHECKING:
    from collections.abc import Mapping

NO_CHAMPION = "There is no champion to compare with."


class Absolute(Gate):
    """A metric must reach a fixed value: what the business needs, whatever served before."""

    metric: str = Field(description="Any metric of the task.")
    at_least: float | None = Field(default=None, description="Smallest value that passes.")
    at_most: float | None = Field(default=None, description="Largest value that passes.")

    @field_validator("metric")
    @classmethod
    def _metric(cls, value: str) -> str:
        known = [name for names in METRICS.values() for name in names]
        if value not in known:
            raise ValueError(f"unknown metric {value!r}; {did_you_mean(value, known)}")
        return value

    @model_validator(mode="after")
    def _has_a_limit(self) -> Self:
        if self.at_least is None and self.at_most is None:
            raise ValueError("say 'at_least' or 'at_most'")
        return self

    def examine(self, exam: Exam) -> GateResult:
        """Compare the metric with the limits."""
        value = _metric(exam.metrics, self.metric)
        if value is None:
            return _undefined(self, self.metric, "challenger")
        low, high = self.at_least, self.at_most
        passed = (low is None or value >= low) and (high is None or value <= high)
        limits = {"at least": low, "at most": high}
        wanted = " and ".join(f"{name} {limit:g}" for name, limit in limits.items() if limit is not None)
        sentence = f"{self.metric} is {value:.4g}; {wanted} is required."
        return GateResult(gate=self.kind, passed=passed, sentence=sentence, facts={self.metric: value})


class BeatsBaseline(Gate):
    """The primary metric must be better than that of the trivial model, which predicts one number for all."""

    margin: float = Field(default=0.0, ge=0, description="Better by more than this, in points of the metric.")

    def examine(self, exam: Exam) -> GateResult:
        """Compare with the baseline on the same rows."""
        value, trivial = _metric(exam.metrics, exam.metric), _metric(exam.baseline_metrics, exam.metric)
        if value is None or trivial is None:
            return _undefined(self, exam.metric, "challenger" if value is None else "baseline")
        ahead = goodness(exam.metric, value) - goodness(exam.metric, trivial)
        sentence = f"{exam.metric} is {value:.4g}, of the trivial baseline {trivial:.4g} ({_wish(exam.metric)})"
        if self.margin:
            sentence += f"; it must be better by more than {self.margin:g}"
        facts = {"challenger": value, "baseline": trivial}
        return GateResult(gate=self.kind, passed=ahead > self.margin, sentence=sentence + ".", facts=facts)


class VersusChampion(Gate):
    """The challenger must not do worse than the champion on the same held-back rows; ``better`` asks for a win.

    Not to be worse is enough by default, because the challenger that will serve is refitted with the held-back rows,
    which are the newest ones: what they bring cannot show on them. Measured in docs/policies.md.
    """

    margin: float = Field(
        default=0.01, ge=0, lt=1, description="How much worse it may be, as a share of the champion's loss."
    )
    better: bool = Field(default=False, description="It must have less loss, by more than chance.")
    alpha: float = Field(default=0.2, gt=0, lt=1, description="With better: largest one-sided p-value that passes.")

    def examine(self, exam: Exam) -> GateResult:
        """Judge the paired comparison."""
        if not exam.has_champion:
            return GateResult(gate=self.kind, passed=True, sentence=NO_CHAMPION)
        found = exam.comparison
        if found is None:
            sentence = "The champion was trained on all held-back rows, so there is no fair comparison yet."
            return GateResult(gate=self.kind, passed=False, sentence=sentence)
        if not _finite(found.gain, found.p_value, found.champion_loss):
            return _undefined(self, "loss", "comparison")
        sentence = (
            f"The loss {'falls' if found.gain > 0 else 'rises' if found.gain < 0 else 'changes'} by "
            f"{_share(found)} (p {found.p_value:.2g}) on {_rows(found)}; {self._wanted()}."
        )
        facts = {"gain": found.gain, "p_value": found.p_value, "low": found.low, "high": found.high}
        return GateResult(gate=self.kind, passed=self._passes(found), sentence=sentence, facts=facts)

    def _passes(self, found: Comparison) -> bool:
        if self.better:
            return found.gain > 0 and found.p_value <= self.alpha
        return found.gain >= -self.margin * abs(found.champion_loss)

    def _wanted(self) -> str:
        if self.better:
            return f"needed: a fall with p at most {self.alpha:g}"
        return f"allowed: a rise of at most {self.margin:.2%}"


class PerSlice(Gate):
    """No slice may be worse off than with the champion, by more than a margin and by more than chance."""

    margin: float = Field(default=0.02, ge=0, description="Rise of a slice's loss that is allowed, as a share of it.")
    min_rows: int = Field(default=100, ge=2, description="Slices with fewer rows are not judged.")
    alpha: float = Field(default=0.05, gt=0, lt=1, description="Chance of a false alarm over all slices together.")

    def examine(self, exam: Exam) -> GateResult:
        """Test every slice; the level is divided by their number (Bonferroni)."""
        if not exam.has_champion:
            return GateResult(gate=self.kind, passed=True, sentence=NO_CHAMPION)
        judged = {name: found for name, found in exam.slices.items() if found.rows >= self.min_rows}
        broken = [name for name, found in judged.items() if not _finite(found.gain, found.low, found.high)]
        if broken:
            return _undefined(self, "loss", f"slice {broken[0]}")
        if not judged:
            sentence = f"There is no slice with at least {self.min_rows} rows to compare."
            return GateResult(gate=self.kind, passed=True, sentence=sentence, facts={"slices": 0.0})
        chances = {
            name: chance_not_worse(found, margin=self.margin * abs(found.champion_loss))
            for name, found in judged.items()
        }
        worse = sorted(name for name, chance in chances.items() if chance <= self.alpha / len(judged))
        worst = min(chances, key=lambda name: (chances[name], name))
        facts = {"slices": float(len(judged)), "worse": float(len(worse)), "smallest_p_value": chances[worst]}
        return GateResult(gate=self.kind, passed=not worse, sentence=self._say(judged, worse), facts=facts)

    def _say(self, judged: Mapping[str, Comparison], worse: list[str]) -> str:
        tested = f"{len(judged)} slice{'s' * (len(judged) != 1)} of at least {self.min_rows} rows"
        if not worse:
            return f"In none of {tested} the loss rises by more than {self.margin:.2%} and chance."
        named = "; ".join(f"{name}: {_share(judged[name])} on {_rows(judged[name])}" for name in worse[:3])
        more = f" and {len(worse) - 3} more" if len(worse) > 3 else ""
        return f"In {len(worse)} of {tested} the loss rises by more than {self.margin:.2%} and chance: {named}{more}."


def _metric(found: Mapping[str, float], name: str) -> float | None:
    """A metric's value, or None if it was not defined."""
    value = found.get(name)
    return value if value is not None and math.isfinite(value) else None


def _undefined(gate: Gate, what: str, whose: str) -> GateResult:
    sentence = f"The {what} of the {whose} is not defined on the held-back rows, so this gate cannot be passed."
    return GateResult(gate=gate.kind, passed=False, sentence=sentence)


def _finite(*values: float) -> bool:
    return all(math.isfinite(value) for value in values)


def _wish(metric: str) -> str:
    if metric == "bias":
        return "nearer to 0 is better"
    return "higher is better" if higher_is_better(metric) else "lower is better"


def _share(found: Comparison) -> str:
    """The size of a gain, as a share of the champion's loss if that says anything."""
    size = f"{abs(found.gain):.4g}"
    return f"{size} ({abs(found.gain / found.champion_loss):.2%})" if found.champion_loss else size


def _rows(found: Comparison) -> str:
    blocks = f"{found.blocks} block{'s' * (found.blocks != 1)}"
    return f"{found.rows} rows in {blocks}{' (few: the interval is widened)' * (found.blocks < MIN_BLOCKS)}"

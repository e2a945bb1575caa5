"""What a challenger has to be worth by itself. What cannot be judged is not passed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Self

from pydantic import Field, model_validator

from leeway.core import GateResult
from leeway.core.metric import MetricName
from leeway.evaluation.base import Exam, Gate
from leeway.evaluation.metrics import goodness, higher_is_better
from leeway.evaluation.wording import undefined

if TYPE_CHECKING:
    from collections.abc import Mapping


class Absolute(Gate):
    """A metric must reach a fixed value: what the business needs, whatever served before."""

    metric: MetricName = Field(description="Any metric of the task.")
    at_least: float | None = Field(default=None, description="Smallest value that passes.")
    at_most: float | None = Field(default=None, description="Largest value that passes.")

    @model_validator(mode="after")
    def _has_a_limit(self) -> Self:
        if self.at_least is None and self.at_most is None:
            raise ValueError("say 'at_least' or 'at_most'")
        return self

    def examine(self, exam: Exam) -> GateResult:
        """Compare the metric with the limits."""
        value = _metric(exam.metrics, self.metric)
        if value is None:
            return undefined(self, self.metric, "challenger")
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
            return undefined(self, exam.metric, "challenger" if value is None else "baseline")
        ahead = goodness(exam.metric, value) - goodness(exam.metric, trivial)
        sentence = f"{exam.metric} is {value:.4g}, of the trivial baseline {trivial:.4g} ({_wish(exam.metric)})"
        if self.margin:
            sentence += f"; it must be better by more than {self.margin:g}"
        facts = {"challenger": value, "baseline": trivial}
        return GateResult(gate=self.kind, passed=ahead > self.margin, sentence=sentence + ".", facts=facts)


def _metric(found: Mapping[str, float], name: str) -> float | None:
    """A metric's value, or None if it was not defined."""
    value = found.get(name)
    return value if value is not None and math.isfinite(value) else None


def _wish(metric: str) -> str:
    if metric == "bias":
        return "nearer to 0 is better"
    return "higher is better" if higher_is_better(metric) else "lower is better"

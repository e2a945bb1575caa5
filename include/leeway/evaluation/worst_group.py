"""Nobody may be worse off: the group that a challenger serves worst, beside the one that the champion serves worst."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from pydantic import Field, model_validator

from leeway.core import GateResult
from leeway.core.metric import MetricName, goodness
from leeway.evaluation.group_gate import Drawn, GroupGate, NotDefinedError
from leeway.evaluation.metrics import points_in_one
from leeway.evaluation.multiplicity import holm
from leeway.evaluation.wording import in_points

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from leeway.evaluation.base import Exam
    from leeway.evaluation.groups import Group, Groups

    Array = np.ndarray[Any, Any]


class WorstGroup(GroupGate):
    """The group that the challenger serves worst must not be worse off than the one that the champion serves worst.

    The two may be different groups: it is the worst that anybody gets which must not get worse (Rawls's maximin rule,
    as in Martinez, Bertran and Sapiro 2020, Minimax Pareto fairness, ICML).
    """

    metric: MetricName | None = Field(default=None, description="Any metric of the task; default: the primary one.")
    margin: float | None = Field(
        default=1.0,
        ge=0,
        description="Points of the metric by which the worst may get worse: hundredths, or for a metric with a unit "
        "hundredths of the champion's value. null: not compared.",
    )
    floor: float | None = Field(
        default=None, description="Value of the metric that every group has to reach; of an error: may not exceed."
    )

    @model_validator(mode="after")
    def _has_a_limit(self) -> Self:
        if self.margin is None and self.floor is None:
            raise ValueError("say 'margin' or 'floor'")
        return self

    def _judge(self, exam: Exam, groups: Groups, columns: Sequence[str]) -> GateResult:
        metric = self.metric or exam.metric
        found, small = groups.of(columns, min_rows=self.min_rows)
        if not found:
            raise NotDefinedError(f"With no group of at least {self.min_rows} rows, the worst group")
        where, ours = _worst(groups, metric, found, groups.challenger)
        value = groups.drawn(metric, where, groups.challenger)[0]
        said = f"{metric} of {len(found)} groups is worst where {where} with {value:.4g} on {where.rows} rows"
        facts = {"groups": float(len(found)), "challenger": float(value)}
        chances: dict[str, float] = {}
        if self.floor is not None:
            below = Drawn.of(goodness(metric, self.floor) - ours, groups.errors, metric)
            chances["floor"] = below.beyond(0.0)
            said += f"; {self.floor:g} has to be reached"
        if self._compares(exam) and self.margin is not None and groups.champion is not None:
            there, theirs = _worst(groups, metric, found, groups.champion)
            before = float(groups.drawn(metric, there, groups.champion)[0])
            worse = Drawn.of(points_in_one(metric, before) * (theirs - ours), groups.errors, metric)
            chances["margin"] = worse.beyond(self.margin)
            said += f"; the champion's worst is {there} with {before:.4g}: {_change(worse)}"
            said += f"; at most {in_points(self.margin)} worse is allowed"
            facts |= {"champion": before, "points_worse": worse.value}
        if not chances:
            said += "; there is no champion to compare with"
        missed = holm(chances, self.alpha)
        facts |= {f"p_value_{name}": chance for name, chance in chances.items()}
        return GateResult(gate=self.kind, passed=not missed, sentence=f"{said}.{self._small(small)}", facts=facts)


def _worst(groups: Groups, metric: str, found: Sequence[Group], scores: Array) -> tuple[Group, Array]:
    """The group that is worst off, and in every draw how good the metric is for the one that is worst off there.

    Raises:
        NotDefinedError: if the metric is not defined for one of the groups.
    """
    import numpy as np

    good = np.array([goodness(metric, groups.drawn(metric, group, scores)) for group in found])
    for group, value in zip(found, good[:, 0], strict=True):
        if not np.isfinite(value):
            raise NotDefinedError(f"{metric} of {group}")
    return found[int(good[:, 0].argmin())], np.nanmin(good, axis=0)


def _change(worse: Drawn) -> str:
    if not worse.value:
        return "that is the same"
    way = "worse" if worse.value > 0 else "better"
    sign, half = (1 if worse.value > 0 else -1), worse.errors.half_width(worse.values)
    low, high = (sign * worse.value - half, sign * worse.value + half)
    return f"that is {in_points(abs(worse.value))} {way} (95 % interval {low:.3g} to {high:.3g})"

"""Gates on groups: whom a model serves worst, and how unlike it treats them."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from pydantic import Field, model_validator

from leeway.core import GateResult
from leeway.core.metric import GAPS, GapName, MetricName, goodness
from leeway.evaluation.base import Exam, Gate
from leeway.evaluation.metrics import points_in_one
from leeway.evaluation.multiplicity import holm
from leeway.evaluation.wording import not_compared

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from leeway.evaluation.groups import Group, Groups
    from leeway.evaluation.resampling import Errors

    Array = np.ndarray[Any, Any]

MIN_DEFINED = 0.5
"""Share of the draws in which a figure has to be defined."""


class NotDefinedError(Exception):
    """A figure that a gate needs is not defined on these rows; the text says which."""


@dataclass(frozen=True)
class Drawn:
    """A figure in every draw, the estimate first; the draws in which it is not defined are left out.

    Args:
        values: float64 of shape (1 + draws,).
        errors: what the draws say of how far it may be off.
    """

    values: Array
    errors: Errors

    @classmethod
    def of(cls, values: Array, errors: Errors, what: str) -> Drawn:
        """Leave out what is not defined.

        Raises:
            NotDefinedError: if the estimate is not, or most of the draws.
        """
        import numpy as np

        finite = np.isfinite(values)
        if not finite[0] or finite.mean() < MIN_DEFINED:
            raise NotDefinedError(what)
        return cls(values[finite], errors)

    @property
    def value(self) -> float:
        """The estimate."""
        return float(self.values[0])

    def beyond(self, limit: float) -> float:
        """One-sided p-value: the chance of so large a figure if it were at most ``limit`` in truth."""
        return self.errors.chance(self.value - limit, self.errors.error(self.values))

    def __str__(self) -> str:
        half = self.errors.half_width(self.values)
        return f"95 % interval {self.value - half:.3g} to {self.value + half:.3g}"


class GroupGate(Gate):
    """Looks at the levels of some columns; what is not defined or rests on too few rows is not passed.

    Days are drawn anew (`leeway.evaluation.resampling`), and in every draw the worst group or the widest gap is looked
    for anew: that another group may be the worst belongs to the uncertainty. A limit is missed if it is exceeded by
    more than chance.
    """

    columns: tuple[str, ...] = Field(
        default=(), description="Sensitive or slice columns; default: every sensitive column."
    )
    min_rows: int = Field(default=100, ge=2, description="Groups with fewer rows are not judged.")
    alpha: float = Field(
        default=0.05, gt=0, lt=1, description="Chance of a false alarm over all that the gate looks at."
    )

    def examine(self, exam: Exam) -> GateResult:
        """Judge the groups, where they can be judged."""
        groups, against = exam.groups, self._against_champion(exam)
        if against and (settled := not_compared(self, exam)) is not None:
            return settled
        columns = self.columns or (groups.sensitive if groups is not None else ())
        if groups is None or not columns or not len(groups.target) or (against and groups.champion is None):
            return self._refused("What the groups get is not defined on the held-back rows")
        try:
            return self._judge(exam, groups, columns)
        except NotDefinedError as undefined:
            return self._refused(f"{undefined} is not defined on the held-back rows")

    @abstractmethod
    def _judge(self, exam: Exam, groups: Groups, columns: Sequence[str]) -> GateResult:
        """Judge groups that are there, with the champion's scores if there is a champion to compare with."""

    @abstractmethod
    def _against_champion(self, exam: Exam) -> bool:
        """Whether the champion's scores are needed."""

    def _refused(self, why: str) -> GateResult:
        return GateResult(gate=self.kind, passed=False, sentence=f"{why}, so this gate cannot be passed.")

    def _small(self, groups: Sequence[Group]) -> str:
        """What is said of groups that are not judged."""
        if not groups:
            return ""
        named = ", ".join(str(group) for group in groups[:3]) + " ..." * (len(groups) > 3)
        return f" Not judged, as there are fewer than {self.min_rows} rows: {named}."


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

    def _against_champion(self, exam: Exam) -> bool:
        return exam.has_champion and self.margin is not None

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
        if self._against_champion(exam) and self.margin is not None and groups.champion is not None:
            there, theirs = _worst(groups, metric, found, groups.champion)
            before = float(groups.drawn(metric, there, groups.champion)[0])
            worse = Drawn.of(points_in_one(metric, before) * (theirs - ours), groups.errors, metric)
            chances["margin"] = worse.beyond(self.margin)
            said += f"; the champion's worst is {there} with {before:.4g}: {_change(worse)}"
            said += f"; at most {self.margin:g} points worse are allowed"
            facts |= {"champion": before, "points_worse": worse.value}
        if not chances:
            said += "; there is no champion to compare with"
        missed = holm(chances, self.alpha)
        facts |= {f"p_value_{name}": chance for name, chance in chances.items()}
        return GateResult(gate=self.kind, passed=not missed, sentence=f"{said}.{self._small(small)}", facts=facts)


class GroupGap(GroupGate):
    """How unlike the groups of a column are treated must stay within limits, and not grow with a new model."""

    gap: GapName | None = Field(
        default=None,
        description="equalized_odds, equal_opportunity, demographic_parity (binary), or any metric of the task; "
        "default: equalized_odds or mae.",
    )
    limit: float | None = Field(default=None, ge=0, description="Largest difference between two groups.")
    ratio: float | None = Field(
        default=None, ge=0, le=1, description="Smallest ratio of two groups' figures; 0.8 is the four-fifths rule."
    )
    margin: float | None = Field(
        default=5.0,
        ge=0,
        description="Points by which the difference may exceed the champion's, as in worst_group. null: not compared.",
    )

    def _against_champion(self, exam: Exam) -> bool:
        return exam.has_champion and self.margin is not None

    @model_validator(mode="after")
    def _has_a_limit(self) -> Self:
        if self.limit is None and self.ratio is None and self.margin is None:
            raise ValueError("say 'limit', 'ratio' or 'margin'")
        return self

    def _judge(self, exam: Exam, groups: Groups, columns: Sequence[str]) -> GateResult:
        gap = self.gap or next(iter(GAPS[exam.task]))
        chances: dict[str, float] = {}
        facts: dict[str, float] = {}
        said, unjudged = [], []
        for column in columns:
            found, small = groups.of([column], min_rows=self.min_rows)
            unjudged += small
            if len(found) < 2:
                raise NotDefinedError(f"Without two levels of at least {self.min_rows} rows, the gap of `{column}`")
            column_chances, figures, sentence = self._column(gap, groups, found, exam=exam)
            chances |= {f"{column}: {limit}": chance for limit, chance in column_chances.items()}
            facts |= {f"{column}_{name}": value for name, value in figures.items()}
            said.append(f"Between {len(found)} levels of `{column}` {gap} differs by {sentence}")
        missed = holm(chances, self.alpha)
        wanted = f" Missed by more than chance: {'; '.join(missed)}." if missed else ""
        sentence = f"{'. '.join(said)}. {self._allowed()}.{wanted}{self._small(unjudged)}"
        return GateResult(gate=self.kind, passed=not missed, sentence=sentence, facts=facts)

    def _column(
        self, gap: str, groups: Groups, found: Sequence[Group], *, exam: Exam
    ) -> tuple[dict[str, float], dict[str, float], str]:
        """The p-values of the limits that there are, the figures, and the figures in words."""
        difference, ratio = groups.gap(gap, found, groups.challenger)
        ours = Drawn.of(difference, groups.errors, f"{gap} of a group")
        chances, facts, said = {}, {"difference": ours.value}, f"{ours.value:.3g} ({ours})"
        if self.limit is not None:
            chances["limit"] = ours.beyond(self.limit)
        if self.ratio is not None:
            short = Drawn.of(-ratio, groups.errors, f"The ratio of {gap}")
            chances["ratio"] = short.beyond(-self.ratio)
            facts["ratio"] = -short.value
            said += f", ratio {-short.value:.3g}"
        if self._against_champion(exam) and self.margin is not None and groups.champion is not None:
            theirs = groups.gap(gap, found, groups.champion)[0]
            in_points = points_in_one(gap, exam.champion_metrics.get(gap, 0.0)) * (difference - theirs)
            growth = Drawn.of(in_points, groups.errors, f"{gap} of the champion")
            chances["margin"] = growth.beyond(self.margin)
            facts |= {"champion": float(theirs[0]), "points_wider": growth.value}
            said += f", with the champion by {theirs[0]:.3g}"
        return chances, facts, said

    def _allowed(self) -> str:
        limits = {
            "a difference of at most {:g}": self.limit,
            "a ratio of at least {:g}": self.ratio,
            "at most {:g} points more than the champion's": self.margin,
        }
        return "Allowed: " + ", ".join(text.format(value) for text, value in limits.items() if value is not None)


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
    return f"that is {abs(worse.value):.3g} points {way} (95 % interval {low:.3g} to {high:.3g})"

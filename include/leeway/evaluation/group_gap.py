"""How unlike a challenger treats the groups of a column, and whether more so than the champion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from pydantic import Field, model_validator

from leeway.core import GateResult
from leeway.core.metric import GAPS, GapName
from leeway.evaluation.fairness import WITHOUT_RATIO
from leeway.evaluation.group_gate import Drawn, GroupGate, NotDefinedError
from leeway.evaluation.metrics import points_in_one
from leeway.evaluation.multiplicity import holm
from leeway.evaluation.wording import in_points

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leeway.evaluation.base import Exam
    from leeway.evaluation.groups import Group, Groups


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

    @model_validator(mode="after")
    def _has_a_limit(self) -> Self:
        if self.limit is None and self.ratio is None and self.margin is None:
            raise ValueError("say 'limit', 'ratio' or 'margin'")
        if self.ratio is not None and self.gap in WITHOUT_RATIO:
            raise ValueError(f"{self.gap} may be below 0, so a ratio of it says nothing: say 'limit'")
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
        if self._compares(exam) and self.margin is not None and groups.champion is not None:
            theirs = groups.gap(gap, found, groups.champion)[0]
            scale = "mae" if gap == "bias" else gap  # a bias near 0 is no unit
            points = points_in_one(scale, exam.champion_metrics.get(scale, 0.0))
            growth = Drawn.of(points * (difference - theirs), groups.errors, f"{gap} of the champion")
            chances["margin"] = growth.beyond(self.margin)
            facts |= {"champion": float(theirs[0]), "points_wider": growth.value}
            said += f", with the champion by {theirs[0]:.3g}"
        return chances, facts, said

    def _allowed(self) -> str:
        limits = {
            f"a difference of at most {self.limit}": self.limit,
            f"a ratio of at least {self.ratio}": self.ratio,
            f"at most {in_points(self.margin or 0)} more than the champion's": self.margin,
        }
        return "Allowed: " + ", ".join(said for said, limit in limits.items() if limit is not None)

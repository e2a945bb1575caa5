"""What gates on groups have in common: which groups they judge, and what is more than chance."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import Field

from leeway.core import GateResult
from leeway.evaluation.base import Exam, Gate
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
    margin: float | None = Field(default=None, ge=0, description="How much worse than with the champion it may be.")

    def examine(self, exam: Exam) -> GateResult:
        """Judge the groups, where they can be judged."""
        groups, against = exam.groups, self._compares(exam)
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

    def _compares(self, exam: Exam) -> bool:
        """Whether the champion's scores are needed."""
        return exam.has_champion and self.margin is not None

    def _refused(self, why: str) -> GateResult:
        return GateResult(gate=self.kind, passed=False, sentence=f"{why}, so this gate cannot be passed.")

    def _small(self, groups: Sequence[Group]) -> str:
        """What is said of groups that are not judged."""
        if not groups:
            return ""
        named = ", ".join(str(group) for group in groups[:3]) + " ..." * (len(groups) > 3)
        return f" Not judged, as there are fewer than {self.min_rows} rows: {named}."

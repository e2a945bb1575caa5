"""Challenger and champion on the same rows, group by group: any figure in every resample of days."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from leeway.core import GroupFigures, Interval, Task
from leeway.core.metric import GAPS
from leeway.evaluation.fairness import figures, gaps
from leeway.evaluation.redrawn import redrawn
from leeway.evaluation.resampling import Errors, Side, blocks

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import pandas as pd

    Array = np.ndarray[Any, Any]


MIN_TOLD: Final = 50
"""A level with fewer rows is not told apart."""
MOST_TOLD: Final = 20
"""Levels of a column that are told, those with the most rows."""


@dataclass(frozen=True)
class Group:
    """The rows of one level of a column: bool of shape (rows,)."""

    column: str
    level: str
    chosen: Array

    def __str__(self) -> str:
        return f"`{self.column}={self.level}`"

    @property
    def rows(self) -> int:
        """How many they are."""
        return int(self.chosen.sum())


@dataclass(frozen=True, kw_only=True)
class Groups:
    """Rows on which two models are held against one another; all parts have their length and the order of time.

    Args:
        task: what is predicted.
        target: float64 of shape (rows,), 0/1 for binary.
        challenger: its scores, float64 of shape (rows,).
        champion: the same; None if there is none, or none that has not learnt from these rows.
        levels: frame of shape (rows, slice and sensitive columns), as text.
        sensitive: those columns that gates look at if they name none.
        days: integers of shape (rows,), the day of each row's event time.
        seed: of the draws.
    """

    task: Task
    target: Array
    challenger: Array
    champion: Array | None
    levels: pd.DataFrame
    sensitive: tuple[str, ...]
    days: Array
    seed: int = 0

    def of(self, columns: Sequence[str], *, min_rows: int) -> tuple[list[Group], list[Group]]:
        """The groups of some columns, by column and level: the ones with enough rows, and the others."""
        found = [
            Group(column, str(level), (self.levels[column] == level).to_numpy())
            for column in columns
            for level in sorted(self.levels[column].unique())
        ]
        return [group for group in found if group.rows >= min_rows], [g for g in found if g.rows < min_rows]

    def told(self, metric: str) -> tuple[GroupFigures, ...]:
        """The figures of all groups that are large enough, by column and level.

        Args:
            metric: whose interval is told.
        """
        return tuple(self._figures(group, metric) for column in self.levels for group in self._large(str(column)))

    def gaps(self) -> dict[str, dict[str, float]]:
        """The challenger's gaps between the told levels of each sensitive column."""
        import numpy as np

        found = {}
        for column in self.sensitive:
            chosen = np.zeros(len(self.target), dtype=bool)
            for group in self._large(column):
                chosen |= group.chosen
            names = self.levels[column].to_numpy()[chosen]
            found[column] = gaps(self.task, self.target[chosen], self.challenger[chosen], names)
        return found

    def _large(self, column: str) -> list[Group]:
        found = self.of([column], min_rows=MIN_TOLD)[0]
        kept = sorted(found, key=lambda group: (-group.rows, group.level))[:MOST_TOLD]
        return sorted(kept, key=lambda group: group.level)

    def _figures(self, group: Group, metric: str) -> GroupFigures:
        target, ours = self.target[group.chosen], self.challenger[group.chosen]
        known = figures(self.task, target, ours)
        theirs = figures(self.task, target, self.champion[group.chosen]) if self.champion is not None else {}
        interval = self._interval(group, metric, known[metric]) if metric in known else None
        return GroupFigures(
            column=group.column,
            level=group.level,
            rows=group.rows,
            metrics=known,
            champion_metrics=theirs,
            interval=interval,
        )

    def _interval(self, group: Group, metric: str, value: float) -> Interval:
        import numpy as np

        drawn = self.drawn(metric, group, self.challenger)
        half = self.errors.half_width(drawn[np.isfinite(drawn)])
        return Interval(value=value, low=value - half, high=value + half)

    def drawn(self, figure: str, group: Group, scores: Array) -> Array:
        """A metric or a rate of a group in every draw, float64 of shape (1 + draws,); NaN where it is not defined."""
        return redrawn(figure, self.target[group.chosen], scores[group.chosen], self._side.where(group.chosen))

    def gap(self, name: str, groups: Sequence[Group], scores: Array) -> tuple[Array, Array]:
        """A gap between groups in every draw: the difference and the ratio, each float64 of shape (1 + draws,).

        What is not defined for some group is not defined for the gap.

        Args:
            name: one of the task's `GAPS`.
            groups: of one column, at least two.
            scores: of the model, float64 of shape (rows,).
        """
        import numpy as np

        differences, ratios = [], []
        for figure in GAPS[self.task][name]:
            values = np.array([self.drawn(figure, group, scores) for group in groups])
            least, most = values.min(axis=0), values.max(axis=0)
            differences.append(most - least)
            with np.errstate(divide="ignore", invalid="ignore"):
                ratios.append(least / most)
        return np.max(differences, axis=0), np.min(ratios, axis=0)

    @cached_property
    def errors(self) -> Errors:
        """What the draws say of how far a figure may be off."""
        return Errors.between(self.days, self.days)

    @cached_property
    def _side(self) -> Side:
        import numpy as np

        return Side.of(blocks(self.days), np.random.default_rng(self.seed))

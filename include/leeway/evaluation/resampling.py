"""How far an average may be off whose rows depend on one another within a day: days are drawn anew, not rows.

Each resample draws one day less than there are, with replacement: then its variance is that of the original, also with
few days (Rao and Wu 1988, Resampling inference with complex survey data, JASA 83). Intervals take Student's quantile
with one degree of freedom less than the side with fewer days has, for the reason given in `leeway.evaluation.compare`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from leeway.evaluation.compare import MIN_BLOCKS, WIDENED

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

DRAWS = 1_000
RUNS = 12
"""Runs of consecutive rows that stand for days where there are too few days; intervals are then widened."""


def blocks(days: Array) -> Array:
    """Number the days of rows from 0; with fewer than `MIN_BLOCKS` days, runs of consecutive rows instead.

    Args:
        days: integers of shape (rows,), rows in order of time.
    """
    import numpy as np

    numbers: Array = np.unique(days, return_inverse=True)[1]
    return numbers if numbers.max() + 1 >= MIN_BLOCKS else np.arange(len(days)) * RUNS // len(days)


@dataclass(frozen=True)
class Side:
    """The blocks of one side, and how often each is drawn.

    Args:
        blocks: of shape (rows,), counted from 0.
        draws: of shape (1 + `DRAWS`, blocks); the first row draws each block once: it gives the estimate itself.
    """

    blocks: Array
    draws: Array

    @classmethod
    def of(cls, numbers: Array, random: np.random.Generator) -> Side:
        """Draw."""
        import numpy as np

        count = int(numbers.max()) + 1
        drawn = random.multinomial(count - 1, np.full(count, 1 / count), size=DRAWS)
        return cls(numbers, np.vstack([np.ones(count, dtype=drawn.dtype), drawn]).astype("float64"))

    def where(self, chosen: Array) -> Side:
        """The same draws of days, of some of the rows only.

        Args:
            chosen: bool of shape (rows,), true at least once.
        """
        import numpy as np

        numbers, blocks = np.unique(self.blocks[chosen], return_inverse=True)
        return Side(blocks, self.draws[:, numbers])

    @cached_property
    def rows(self) -> Array:
        """Rows in each draw: shape (1 + `DRAWS`,)."""
        import numpy as np

        total: Array = self.draws @ np.bincount(self.blocks)
        return total

    def sums(self, values: Array) -> Array:
        """Sum over the rows of each draw: shape (1 + `DRAWS`,)."""
        import numpy as np

        total: Array = self.draws @ np.bincount(self.blocks, weights=values)
        return total

    def means(self, values: Array) -> Array:
        """Mean over the rows of each draw: shape (1 + `DRAWS`,)."""
        mean: Array = self.sums(values) / self.rows
        return mean


@dataclass(frozen=True)
class Errors:
    """Standard errors and intervals of figures that were computed in every draw.

    Args:
        widening: factor on every standard error.
        freedom: Student's degrees of freedom.
    """

    widening: float
    freedom: int

    @classmethod
    def between(cls, before: Array, now: Array) -> Errors:
        """For the days of the rows of two sides."""
        import numpy as np

        days = min(len(np.unique(side)) for side in (before, now))
        return cls(1.0, days - 1) if days >= MIN_BLOCKS else cls(WIDENED, RUNS - 1)

    def half_width(self, drawn: Array, *, tests: int = 1) -> float:
        """Half of the 95 % interval of the figure ``drawn[0]``; with several ``tests``, of all of them at once."""
        from scipy.special import stdtrit

        return float(stdtrit(self.freedom, 1 - 0.025 / tests)) * self.error(drawn)

    def error(self, drawn: Array) -> float:
        """Standard error of the figure ``drawn[0]``."""
        return float(drawn[1:].std()) * self.widening

    def chance(self, estimate: float, error: float) -> float:
        """One-sided p-value: chance of so large a figure if it were 0 or less in truth."""
        from scipy.special import stdtr

        if error == 0:
            return 0.0 if estimate > 0 else 1.0
        return float(stdtr(self.freedom, -estimate / error))

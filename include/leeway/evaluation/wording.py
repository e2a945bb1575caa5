"""What several gates say."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from leeway.core import GateResult
from leeway.evaluation.compare import MIN_BLOCKS

if TYPE_CHECKING:
    from leeway.core import Comparison, MetricGain
    from leeway.evaluation.base import Exam, Gate


def not_compared(gate: Gate, exam: Exam) -> GateResult | None:
    """The result of a gate that compares with the champion where there is nothing to compare, else None."""
    if not exam.has_champion:
        return GateResult(gate=gate.kind, passed=True, sentence="There is no champion to compare with.")
    if exam.comparison is None:
        sentence = "The champion was trained on all held-back rows, so there is no fair comparison yet."
        return GateResult(gate=gate.kind, passed=False, sentence=sentence)
    return None


def undefined(gate: Gate, what: str, whose: str) -> GateResult:
    """The result of a gate whose figure is not a number."""
    sentence = f"The {what} of the {whose} is not defined on the held-back rows, so this gate cannot be passed."
    return GateResult(gate=gate.kind, passed=False, sentence=sentence)


def finite(*values: float) -> bool:
    """Whether all are numbers to reckon with."""
    return all(math.isfinite(value) for value in values)


def share(size: float, of: float) -> str:
    """A difference of losses, as a share of the champion's loss if that says anything."""
    return f"{abs(size):.4g} ({abs(size / of):.2%})" if of else f"{abs(size):.4g}"


def in_points(number: float) -> str:
    """So many points of a metric.

    >>> in_points(1), in_points(0.25)
    ('1 point', '0.25 points')
    """
    said = f"{number:.3g}"
    return f"{said} point{'s' * (said != '1')}"


def rows(found: Comparison | MetricGain) -> str:
    """How many rows a comparison rests on, and in how many days they are."""
    blocks = f"{found.blocks} block{'s' * (found.blocks != 1)}"
    return f"{found.rows} rows in {blocks}{' (few: the interval is widened)' * (found.blocks < MIN_BLOCKS)}"

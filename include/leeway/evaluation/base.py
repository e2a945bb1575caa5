"""What every gate promises."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import ClassVar

from leeway.core import Comparison, GateResult, Task
from leeway.core.metric import METRICS as METRICS
from leeway.kinds import Kind

LOSSES = {Task.BINARY: ("brier", "log_loss"), Task.REGRESSION: ("absolute_error", "squared_error")}
"""Loss per row, on which models are compared; the first is the default."""


@dataclass(frozen=True, kw_only=True)
class Exam:
    """What the gates judge: the challenger on held-back rows, beside the champion and the trivial baseline.

    ``metrics`` and the like map a metric's name to its value. ``slices`` maps ``column=level`` to the paired comparison
    on the rows of that slice. ``comparison`` is None when there is no champion or it has seen all held-back rows.
    """

    task: Task
    metric: str
    metrics: dict[str, float]
    baseline_metrics: dict[str, float]
    champion_metrics: dict[str, float] = field(default_factory=dict)
    comparison: Comparison | None = None
    has_champion: bool = False
    slices: dict[str, Comparison] = field(default_factory=dict)


class Gate(Kind):
    """One condition that a challenger has to meet before it may serve."""

    FAMILY: ClassVar[str] = "gate"
    KINDS: ClassVar[dict[str, str]] = {
        "absolute": "leeway.evaluation.gates:Absolute",
        "beats_baseline": "leeway.evaluation.gates:BeatsBaseline",
        "versus_champion": "leeway.evaluation.gates:VersusChampion",
        "per_slice": "leeway.evaluation.gates:PerSlice",
    }

    @abstractmethod
    def examine(self, exam: Exam) -> GateResult:
        """Judge."""

"""What every gate promises."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from leeway.core import Comparison, GateResult, Interval, MetricGain, Task
from leeway.core.metric import METRICS as METRICS
from leeway.kinds import Kind

if TYPE_CHECKING:
    from leeway.evaluation.groups import Groups

LOSSES = {Task.BINARY: ("brier", "log_loss"), Task.REGRESSION: ("absolute_error", "squared_error")}
"""Loss per row, on which models are compared; the first is the default."""


@dataclass(frozen=True, kw_only=True)
class Exam:
    """What the gates judge: the challenger on held-back rows, beside the champion and the trivial baseline.

    Args:
        task: what is predicted.
        metric: the primary metric.
        metrics: the challenger's, a metric's name to its value.
        intervals: of those metrics.
        baseline_metrics: the trivial model's, on the same rows.
        champion_metrics: the champion's, on those rows that it has not learnt from.
        comparison: of the losses on these rows; None without a champion, or when it has seen all held-back rows.
        gain: in the primary metric on these rows; None as above, or where the metric is not defined.
        has_champion: whether there is one.
        slices: ``column=level`` to the paired comparison on the rows of that slice.
        groups: both models on these rows, by slice and sensitive columns; without a comparison on all held-back ones.
        looks: earlier trainings that were compared with this champion on some of these windows.
        holdout_looks: how many such comparisons are allowed, this one included.
        retrain_cost: what a retrain has to bring (`ModelSpec.retrain_cost`).
        past_gains: of the model's earlier retrains, oldest first.
        life: windows that a retrain of this model can be expected to serve.
    """

    task: Task
    metric: str
    metrics: dict[str, float]
    baseline_metrics: dict[str, float]
    intervals: dict[str, Interval] = field(default_factory=dict)
    champion_metrics: dict[str, float] = field(default_factory=dict)
    comparison: Comparison | None = None
    gain: MetricGain | None = None
    has_champion: bool = False
    slices: dict[str, Comparison] = field(default_factory=dict)
    groups: Groups | None = None
    looks: int = 0
    holdout_looks: int = 8
    retrain_cost: float = 0.0
    past_gains: tuple[MetricGain, ...] = ()
    life: float = 10.0


class Gate(Kind):
    """One condition that a challenger has to meet before it may serve."""

    FAMILY: ClassVar[str] = "gate"
    KINDS: ClassVar[dict[str, str]] = {
        "absolute": "leeway.evaluation.gates:Absolute",
        "beats_baseline": "leeway.evaluation.gates:BeatsBaseline",
        "versus_champion": "leeway.evaluation.versus:VersusChampion",
        "per_slice": "leeway.evaluation.versus:PerSlice",
        "worst_group": "leeway.evaluation.worst_group:WorstGroup",
        "group_gap": "leeway.evaluation.group_gap:GroupGap",
        "pays": "leeway.evaluation.pays:Pays",
    }

    @abstractmethod
    def examine(self, exam: Exam) -> GateResult:
        """Judge."""

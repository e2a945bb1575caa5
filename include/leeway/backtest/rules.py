"""What of a model file a replay goes by, besides the policy."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from leeway.canonical import digest
from leeway.detectors.base import Detector
from leeway.evaluation.base import Gate
from leeway.kinds import build
from leeway.policies.base import RetrainOn
from leeway.policies.envelope import Limits
from leeway.recipes import MIN_SINCE
from leeway.spec import ModelSpec, Training

if TYPE_CHECKING:
    from leeway.backtest.matrix import Trained

GATES = ("beats_baseline", "versus_champion")
"""Of a table: it has no slices."""


@dataclass(frozen=True, kw_only=True)
class Rules:
    """How a window is measured, and how a challenger is chosen and examined.

    Args:
        detectors: what looks for trouble.
        gates: what a challenger has to pass.
        retrain_on: which drift may trigger a retrain.
        histories: all | recent | since_change, on which candidates learn.
        recent: length of the recent history in windows.
        holdback: newest labelled windows, kept back to choose and to compare.
        limits: what no policy may exceed.
        label: what candidates are called.
    """

    detectors: tuple[Any, ...]
    gates: tuple[Any, ...]
    retrain_on: RetrainOn
    histories: tuple[str, ...]
    recent: int
    holdback: int
    limits: Limits = field(default_factory=Limits)
    label: str = "model"

    @classmethod
    def of_model(cls, spec: ModelSpec) -> Self:
        """Those of a model."""
        training = spec.training
        return cls(
            detectors=spec.monitoring.detectors,
            gates=spec.gates,
            retrain_on=spec.retrain_on,
            histories=training.histories,
            recent=training.recent_windows,
            holdback=training.holdback_windows,
            limits=spec.limits,
            label=training.trainers[0].label,
        )

    @classmethod
    def default(cls) -> Self:
        """Those of a model file that leaves everything out."""
        fields = Training.model_fields
        return cls(
            detectors=tuple(build(Detector, kind) for kind in Detector.DEFAULT),
            gates=tuple(build(Gate, kind) for kind in GATES),
            retrain_on=RetrainOn(),
            histories=fields["histories"].default,
            recent=fields["recent_windows"].default,
            holdback=fields["holdback_windows"].default,
        )

    @property
    def digest(self) -> str:
        """Of all of them."""
        dumped = [[one.model_dump(mode="json") for one in many] for many in (self.detectors, self.gates)]
        return digest(
            [
                dumped,
                self.limits.model_dump(),
                self.retrain_on.model_dump(),
                self.histories,
                self.recent,
                self.holdback,
                self.label,
            ]
        )

    def held_back(self, known: int) -> tuple[int, int]:
        """The first and the last of the windows that are kept back when labels are known up to ``known``."""
        return max(1, known - self.holdback + 1), known

    def possible(self, known: int, changed: int | None = None) -> tuple[str, ...]:
        """The histories worth trying on the windows up to ``known``, as `leeway.recipes.recipes` has it.

        Args:
            known: the newest window whose labels are known.
            changed: the window that last showed concept drift.
        """
        windows = known + 1 - self.holdback
        since = windows - changed if changed is not None else 0
        possible = {"all": True, "recent": windows > self.recent, "since_change": MIN_SINCE <= since < windows}
        return tuple(name for name in self.histories if possible[name]) or ("all",)

    def trained(self, history: str, last: int, changed: int | None = None) -> Trained:
        """The model that learns on a history that ends with a window."""
        from leeway.backtest.matrix import Trained

        begins = {"recent": max(0, last - self.recent + 1), "since_change": changed or 0}
        return Trained(begins.get(history, 0), last)

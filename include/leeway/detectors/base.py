"""What every detector promises."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from leeway.kinds import Kind

if TYPE_CHECKING:
    from leeway.core import Estimate, Performance, Signal
    from leeway.profiles.profile import Profile


@dataclass(frozen=True, kw_only=True)
class Observation:
    """All that a detector may look at when a window closes. Nothing in it was unknown at the window's end.

    Args:
        current: profile of the window's features, slices and (column ``prediction``) scores.
        reference: profile of the champion's snapshot, with its scores on its first out-of-sample windows if known.
        matured: performance on the windows whose labels matured in this window, oldest first.
        earlier: performance of the same champion on windows that matured before, oldest first.
        estimate: how well the champion is thought to do on this window, if that was estimated.
    """

    current: Profile
    reference: Profile
    matured: tuple[Performance, ...] = ()
    earlier: tuple[Performance, ...] = ()
    estimate: Estimate | None = None


class Detector(Kind):
    """Turns an observation into signals: one per subject, flagged or not. Pure: same observation, same signals."""

    FAMILY: ClassVar[str] = "detector"
    KINDS: ClassVar[dict[str, str]] = {
        "data_drift": "leeway.detectors.data:DataDrift",
        "prediction_drift": "leeway.detectors.data:PredictionDrift",
        "quality": "leeway.detectors.quality:Quality",
        "labelled_loss": "leeway.detectors.performance:LabelledLoss",
        "slice_loss": "leeway.detectors.slices:SliceLoss",
        "gap_drift": "leeway.detectors.gaps:GapDrift",
        "calibration_drift": "leeway.detectors.calibration:CalibrationDrift",
        "estimated_performance": "leeway.detectors.estimated:EstimatedPerformance",
        "adwin": "leeway.detectors.sequential:Adwin",
        "page_hinkley": "leeway.detectors.page_hinkley:PageHinkley",
        "confidence_sequence": "leeway.detectors.sequential:ConfidenceSequence",
    }
    DEFAULT: ClassVar[tuple[str, ...]] = tuple(
        kind for kind in KINDS if kind not in ("adwin", "page_hinkley", "confidence_sequence")
    )
    """Without the further tests of the labelled loss, which would lead to further retrains."""

    @abstractmethod
    def detect(self, observation: Observation) -> tuple[Signal, ...]:
        """Look for one kind of trouble."""

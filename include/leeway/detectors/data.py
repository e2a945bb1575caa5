"""Drift of inputs and of predictions: does the window look like what the champion learned from?"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from leeway.core import Signal
from leeway.detectors.base import Detector, Observation

if TYPE_CHECKING:
    from leeway.profiles.profile import Profile
    from leeway.profiles.verdict import Judged

PREDICTION = "prediction"
"""Column of a profile that holds the champion's scores."""

BY_QUALITY = ("unseen", "vanished", "outside", "absent", "added")
"""What the quality detector tells of: rows that the champion cannot know."""


class DataDrift(Detector):
    """Compares every feature of the window with the champion's snapshot: its values, and how many are missing.

    A column is flagged if one of its tests is kept by Benjamini-Hochberg within ``budget`` over all tests of the window
    and its effect is at least ``floor``. So there is one budget for the whole window, however many columns there are,
    and a difference that is certain but small does not count. Rows of a window are not independent; the tests are
    weakened by what the profiles measured of that.
    """

    kind: str = "data_drift"
    budget: float = Field(
        default=5.0, gt=0, lt=100, description="False alarms accepted per 100 windows in which nothing has changed."
    )
    floor: float = Field(
        default=0.05, ge=0, lt=1, description="Smallest difference that counts, as a share of rows (KS, TVD, missing)."
    )
    together: bool = Field(
        default=False,
        description="Also compare how columns hang together: correlations, and a classifier of rows. Where single "
        "columns move with the seasons, both fire with them.",
    )

    SIGNAL: ClassVar[str] = "data"

    def detect(self, observation: Observation) -> tuple[Signal, ...]:
        """Give one signal per column that both profiles have, and with ``together`` one per joint test."""
        from leeway.profiles.verdict import judge

        names = self._columns(observation)
        verdict = judge(
            _only(observation.reference, names, rows=self.together),
            _only(observation.current, names, rows=self.together),
            budget=self.budget,
            floor=self.floor,
        )
        found = verdict.by_subject()
        told = {subject: [one for one in all_ if one.finding.test not in BY_QUALITY] for subject, all_ in found.items()}
        return tuple(signal_of(_worst(all_), self.kind, self.SIGNAL) for all_ in told.values() if all_)

    def _columns(self, observation: Observation) -> set[str]:
        return (observation.current.columns.keys() & observation.reference.columns.keys()) - {PREDICTION}


class PredictionDrift(DataDrift):
    """Compares the champion's scores on the window with its scores on its first out-of-sample windows.

    Where no such scores are known yet, there is no signal.
    """

    kind: str = "prediction_drift"

    SIGNAL: ClassVar[str] = "prediction"

    def _columns(self, observation: Observation) -> set[str]:
        return observation.current.columns.keys() & observation.reference.columns.keys() & {PREDICTION}


def signal_of(judged: Judged, detector: str, kind: str) -> Signal:
    """Say a finding as a signal of a detector."""
    finding = judged.finding
    return Signal(
        detector=detector,
        subject=finding.subject,
        test=finding.test,
        statistic=finding.statistic,
        p_value=finding.p_value,
        effect=finding.effect,
        threshold=judged.threshold,
        flagged=judged.flagged,
        sentence=finding.sentence,
        kind=kind,
    )


def _only(profile: Profile, names: set[str], *, rows: bool) -> Profile:
    from leeway.profiles.profile import Profile
    from leeway.profiles.rows import CodedRows

    kept = profile.only(names)
    return kept if rows else Profile(kept.fields, CodedRows.none([]))


def _worst(findings: list[Judged]) -> Judged:
    """The flagged one; else the first, which is about the values."""
    return next((judged for judged in findings if judged.flagged), findings[0])

"""Drift of inputs and of predictions: does the window look like what the champion learned from?"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from leeway.core import Signal
from leeway.detectors.base import Detector, Observation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leeway.profiles.comparison import Finding

PREDICTION = "prediction"
"""Column of a profile that holds the champion's scores."""


class DataDrift(Detector):
    """Compares every feature of the window with the champion's snapshot: its values, and how many are missing.

    A column is flagged if one of its two tests is kept by Benjamini-Hochberg at ``q`` over all tests of the window and
    its effect is at least ``floor``. So the alarm budget is one for the whole window, however many columns there are,
    and a difference that is certain but small does not count. Rows of a window are not independent; the tests are
    weakened by what the profiles measured of that.
    """

    kind: str = "data_drift"
    q: float = Field(default=0.05, gt=0, lt=1, description="Share of false findings accepted in a window.")
    floor: float = Field(
        default=0.05, ge=0, lt=1, description="Smallest difference that counts, as a share of rows (KS, TVD, missing)."
    )

    SIGNAL: ClassVar[str] = "data"

    def detect(self, observation: Observation) -> tuple[Signal, ...]:
        """Give one signal per column that both profiles have."""
        from leeway.profiles.statistics import benjamini_hochberg

        found = [(name, finding) for name in self._columns(observation) for finding in _findings(observation, name)]
        kept = benjamini_hochberg([finding.p_value for _, finding in found], self.q)
        best: dict[str, Signal] = {}
        for (name, finding), significant in zip(found, kept, strict=True):
            signal = self._signal(name, finding, significant)
            # The first finding of a column is about its values; missingness speaks only if it alone is flagged.
            if name not in best or (signal.flagged and not best[name].flagged):
                best[name] = signal
        return tuple(best.values())

    def _columns(self, observation: Observation) -> list[str]:
        both = observation.current.columns.keys() & observation.reference.columns.keys()
        return sorted(both - {PREDICTION})

    def _signal(self, name: str, finding: Finding, significant: bool) -> Signal:
        return Signal(
            detector=self.kind,
            subject=name,
            test=finding.test,
            statistic=finding.statistic,
            p_value=finding.p_value,
            effect=finding.effect,
            threshold=self.floor,
            flagged=significant and finding.effect >= self.floor,
            sentence=f"`{name}`: {finding.words}",
            kind=self.SIGNAL,
        )


class PredictionDrift(DataDrift):
    """Compares the champion's scores on the window with its scores on its first out-of-sample windows.

    Where no such scores are known yet, there is no signal.
    """

    kind: str = "prediction_drift"

    SIGNAL: ClassVar[str] = "prediction"

    def _columns(self, observation: Observation) -> list[str]:
        both = observation.current.columns.keys() & observation.reference.columns.keys()
        return sorted(both & {PREDICTION})


def _findings(observation: Observation, name: str) -> Iterator[Finding]:
    from leeway.profiles.comparison import compare_missing, compare_values

    reference, current = observation.reference.columns[name], observation.current.columns[name]
    for finding in (compare_values(reference, current), compare_missing(reference, current)):
        if finding is not None:
            yield finding

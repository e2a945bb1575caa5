"""Broken data that still parses: values gone missing, categories never seen, numbers outside what was learned from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from leeway.core import Signal
from leeway.detectors.base import Detector, Observation
from leeway.detectors.data import PREDICTION

if TYPE_CHECKING:
    from leeway.profiles.column import ColumnProfile


class Quality(Detector):
    """Looks in every column for three things a model has not learned to handle; gives one signal per column, the worst.

    * missing values: their share rose by ``missing`` or more, and by more than chance at the 1 % level;
    * unseen categories: a share of at least ``unseen`` of the rows has levels that the reference does not contain;
    * out of range: a share of at least ``outside`` of the rows lies below the reference's minimum, above its maximum,
      or is infinite. A number counts as outside once it leaves the histogram bin of the extreme, about 3 % of its
      distance from the centre further.
    """

    kind: str = "quality"
    missing: float = Field(default=0.1, gt=0, lt=1, description="Rise of the share of missing values that counts.")
    unseen: float = Field(default=0.02, gt=0, lt=1, description="Share of rows with unseen categories that counts.")
    outside: float = Field(default=0.05, gt=0, lt=1, description="Share of rows outside the known range that counts.")

    def detect(self, observation: Observation) -> tuple[Signal, ...]:
        """Give one signal per feature that both profiles have."""
        both = observation.current.columns.keys() & observation.reference.columns.keys() - {PREDICTION}
        signals = (self._column(name, observation) for name in sorted(both))
        return tuple(signal for signal in signals if signal is not None)

    def _column(self, name: str, observation: Observation) -> Signal | None:
        from leeway.profiles.comparison import check_layouts

        reference, current = observation.reference.columns[name], observation.current.columns[name]
        if not reference.rows or not current.rows:
            return None
        check_layouts(name, reference, current)
        checks = (
            self._missing(name, reference, current),
            self._unseen(name, reference, current),
            self._outside(name, reference, current),
        )
        return max(checks, key=lambda signal: (signal.flagged, signal.effect / signal.threshold))

    def _missing(self, name: str, reference: ColumnProfile, current: ColumnProfile) -> Signal:
        from leeway.profiles.comparison import compare_missing

        finding = compare_missing(name, reference, current)
        rise = current.missing_share - reference.missing_share
        return self._signal(
            name,
            test=finding.test,
            statistic=finding.statistic,
            p_value=finding.p_value,
            effect=max(0.0, rise),
            threshold=self.missing,
            flagged=rise >= self.missing and finding.p_value < 0.01,
            sentence=finding.sentence,
        )

    def _unseen(self, name: str, reference: ColumnProfile, current: ColumnProfile) -> Signal:
        from leeway.profiles.wording import percent

        new = {level: count for level, count in current.levels.items() if level not in reference.levels}
        if not reference.counted:
            new = {}
        # A level the reference does not name may be among its unnamed rows: only what exceeds their share counts.
        hidden = reference.other / reference.counted if reference.counted else 0.0
        share = max(0.0, sum(new.values()) / current.rows - hidden)
        seen = "hardly" if hidden else "never"
        names = ", ".join(sorted(new, key=lambda level: (-new[level], level))[:3])
        return self._signal(
            name,
            test="unseen_levels",
            statistic=float(len(new)),
            effect=share,
            threshold=self.unseen,
            flagged=share >= self.unseen,
            sentence=f"`{name}`: {percent(share)} of the rows have categories the champion {seen} saw"
            + (f" ({names}{', ...' if len(new) > 3 else ''})" if new else ""),
        )

    def _outside(self, name: str, reference: ColumnProfile, current: ColumnProfile) -> Signal:
        from leeway.profiles.wording import percent

        keys = reference.histogram.keys
        beyond = 0
        if len(keys):
            now = current.histogram
            beyond = int(now.counts[(now.keys < keys[0]) | (now.keys > keys[-1])].sum())
        infinite = max(0.0, current.infinite / current.rows - reference.infinite / reference.rows)
        share = beyond / current.rows + infinite
        span = f" {reference.minimum:.4g} to {reference.maximum:.4g}" if reference.minimum is not None else ""
        seen = f", now {current.minimum:.4g} to {current.maximum:.4g}" if current.minimum is not None else ""
        return self._signal(
            name,
            test="out_of_range",
            statistic=float(beyond + current.infinite),
            effect=share,
            threshold=self.outside,
            flagged=share >= self.outside,
            sentence=f"`{name}`: {percent(share)} of the rows lie outside what the champion learned from{span}{seen}",
        )

    def _signal(
        self,
        name: str,
        *,
        test: str,
        statistic: float,
        effect: float,
        threshold: float,
        flagged: bool,
        sentence: str,
        p_value: float | None = None,
    ) -> Signal:
        return Signal(
            detector=self.kind,
            subject=name,
            test=test,
            statistic=statistic,
            p_value=p_value,
            effect=effect,
            threshold=threshold,
            flagged=flagged,
            sentence=sentence,
            kind="quality",
        )

"""Tests on the stream of losses that may be looked at after every window: adaptive windowing, confidence sequences."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from leeway.core import Block, Performance, Signal
from leeway.detectors.baseline import Baseline, BaselineDetector, coverage_note, design_effect
from leeway.detectors.performance import upper_tail

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np

    from leeway.detectors.base import Observation


class SequentialDetector(BaselineDetector):
    """What these tests share: one signal about ``loss`` for each matured window with enough labels."""

    floor: float = Field(default=0.02, ge=0, description="Rise of the loss that counts, as a share of the baseline's.")

    TEST: ClassVar[str] = ""

    def _signal(self, sentence: str, *, statistic: float = 0.0, effect: float = 0.0, flagged: bool = False) -> Signal:
        return Signal(
            detector=self.kind,
            subject="loss",
            test=self.TEST,
            statistic=statistic,
            effect=effect,
            threshold=self.floor,
            flagged=flagged,
            sentence=sentence,
            kind="performance",
        )


class Adwin(SequentialDetector):
    """Adaptive windowing on the losses of a champion: is there a point in time after which they were higher?

    ADWIN (Bifet and Gavalda 2007, SIAM Data Mining, p. 443) keeps the newest losses for as long as no split of them
    has two means that differ by more than

        sqrt(2/m variance ln(2/d)) + 2/(3m) range ln(2/d),   d = delta / ln(n),

    m the harmonic sum of the sizes of both sides; otherwise it forgets the older side. Losses come summed up by day,
    so splits are tried between days. Rows count for as many as they are worth, the design effect taken off. The range
    is 1 for losses between 0 and 1; of others the largest loss seen so far, and then the bound is not a strict one.

    A window is flagged if a split is found while its days are added, with the higher mean on the newer side, and that
    mean exceeds the baseline by ``floor``.
    """

    kind: str = "adwin"
    delta: float = Field(default=0.002, gt=0, lt=1, description="Chance of a false alarm, about; smaller is calmer.")

    TEST: ClassVar[str] = "adwin"

    def detect(self, observation: Observation) -> tuple[Signal, ...]:
        """Give one signal per matured window of the champion that has enough labels."""
        streams: dict[int, AdaptiveWindow] = {}
        found = []
        for performance, own in self._turns(observation):
            if performance.version not in streams:
                streams[performance.version] = window = AdaptiveWindow(self.delta)
                for earlier in own:
                    self._add(window, earlier)
            found.append(self._judge(performance, own, streams[performance.version]))
        return tuple(found)

    def _judge(self, performance: Performance, own: list[Performance], window: AdaptiveWindow) -> Signal:
        splits = self._add(window, performance)
        baseline = self._baseline(own)
        if baseline is None:
            return self._signal(self._learning(performance, own))
        rises = [split for split in splits if split is not None and split.after > split.before]
        where = f"in {performance.window}"
        if not rises:
            said = f"no rise of the loss {where} within the last {len(window)} blocks of labels"
            return self._signal(f"{said}{coverage_note(performance)}")
        last = rises[-1]
        effect = baseline.effect(last.after)
        return self._signal(
            f"loss rose from {last.before:.4g} to {last.after:.4g} {where} ({100 * effect:+.1f} % against {baseline}; "
            f"ADWIN at {self.delta:g}: {last.after - last.before:.2g} is more than {last.cut:.2g})"
            f"{coverage_note(performance)}",
            statistic=last.after - last.before,
            effect=effect,
            flagged=effect >= self.floor,
        )

    def _add(self, window: AdaptiveWindow, performance: Performance) -> list[Split | None]:
        """Add the days of a window one after another; what was found at each."""
        deff = design_effect(performance.labelled, self.correlation)
        return [window.add(block, block.rows / deff) for block in daily(performance)]


@dataclass(frozen=True)
class Split:
    """Two neighbouring stretches of losses: both means, and the difference that chance explains."""

    before: float
    after: float
    cut: float


class AdaptiveWindow:
    """The losses that ADWIN remembers, in blocks.

    Args:
        delta: confidence of the test.
    """

    def __init__(self, delta: float) -> None:
        self._delta = delta
        self._blocks: list[tuple[float, float, float]] = []
        self._range = 1.0

    def __len__(self) -> int:
        return len(self._blocks)

    def add(self, block: Block, worth: float) -> Split | None:
        """Add the newest losses; as long as a split is found, forget what is older than it.

        Args:
            block: the losses.
            worth: how many independent rows they are worth.

        Returns:
            The last split that was found, if any.
        """
        self._blocks.append((worth, block.loss, block.variance))
        self._range = max(self._range, block.largest)
        found = None
        while (split := self._split()) is not None:
            place, found = split
            del self._blocks[:place]
        return found

    def _split(self) -> tuple[int, Split] | None:
        """The place of the clearest split: index of the first newer block."""
        import numpy as np

        if len(self._blocks) < 2:
            return None
        worth, mean, variance = np.array(self._blocks).T
        total = worth.sum()
        if total <= math.e:
            return None
        spread = self._variance(worth, mean, variance)
        sums, sizes = np.cumsum(worth * mean)[:-1], np.cumsum(worth)[:-1]
        before, after = sums / sizes, (np.sum(worth * mean) - sums) / (total - sizes)
        m = 1 / (1 / sizes + 1 / (total - sizes))
        log = math.log(2 * math.log(total) / self._delta)
        cut = np.sqrt(2 / m * spread * log) + 2 / (3 * m) * self._range * log
        excess = np.abs(after - before) - cut
        best = int(np.argmax(excess))
        if excess[best] <= 0:
            return None
        return best + 1, Split(before=float(before[best]), after=float(after[best]), cut=float(cut[best]))

    @staticmethod
    def _variance(worth: np.ndarray[Any, Any], mean: np.ndarray[Any, Any], variance: np.ndarray[Any, Any]) -> float:
        """Variance of a single loss: within the blocks, and between their means."""
        total = worth.sum()
        centre = (worth * mean).sum() / total
        return float((worth * (variance + (mean - centre) ** 2)).sum() / total)


class ConfidenceSequence(SequentialDetector):
    """Is the mean loss of all windows since the baseline higher? A bound that holds at every look at once.

    The lower bound of the running mean is the one-sided asymptotic confidence sequence for means that may change
    (Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas 2024, Annals of Statistics 52:2613), with the normal mixture of
    Howard, Ramdas, McAuliffe and Sekhon 2021, Annals of Statistics 49:1055, equation 14; the baseline's mean has a
    plain upper bound. Each may fail with a chance of ``alpha`` / 2. So over all windows together there is a false alarm
    with a chance of ``alpha``, where a test of every window at that level would be sure of one some day.

    Flagged if the lower bound exceeds the baseline's upper one times (1 + ``floor``). The mean is over all windows:
    a late rise shows slowly, and ``adwin`` sees it earlier.
    """

    kind: str = "confidence_sequence"
    alpha: float = Field(default=0.05, gt=0, lt=0.5, description="Chance of a false alarm in a champion's whole life.")
    horizon: int = Field(default=8, ge=1, description="Windows after which the bound is tightest.")

    TEST: ClassVar[str] = "confidence_sequence"

    def detect(self, observation: Observation) -> tuple[Signal, ...]:
        """Give one signal per matured window of the champion that has enough labels."""
        return tuple(self._judge(performance, own) for performance, own in self._turns(observation))

    def _judge(self, performance: Performance, own: list[Performance]) -> Signal:
        baseline = self._baseline(own)
        if baseline is None:
            return self._signal(self._learning(performance, own))
        later = [*own[self.baseline_windows :], performance]
        mean, low = self._lower_bound(later, own[: self.baseline_windows])
        high = baseline.loss + _quantile(self.alpha / 2) * math.sqrt(baseline.variance)
        effect = baseline.effect(mean)
        return self._signal(
            self._sentence(baseline, later, effect, bounds=(mean, low, high)) + coverage_note(performance),
            statistic=low - high,
            effect=effect,
            flagged=low > high * (1 + self.floor),
        )

    def _sentence(
        self, baseline: Baseline, later: Sequence[Performance], effect: float, *, bounds: tuple[float, float, float]
    ) -> str:
        mean, low, high = bounds
        return (
            f"mean loss {mean:.4g} in the {len(later)} windows up to {later[-1].window} ({100 * effect:+.1f} %): "
            f"at least {low:.4g}, against {baseline}, at most {high:.4g} (together sure to {1 - self.alpha:.0%})"
        )

    def _lower_bound(self, later: Sequence[Performance], first: Sequence[Performance]) -> tuple[float, float]:
        """Mean loss per row, and the bound that it stays above at all times with chance 1 - alpha / 2."""
        rows = sum(found.labelled for found in later)
        mean = math.fsum(found.loss * found.labelled for found in later) / rows
        spent = self._intrinsic_time(later)
        # Where the bound is tightest has to be chosen before the stream begins, so from the baseline.
        aim = self.horizon * self._intrinsic_time(first) / len(first)
        if spent <= 0 or aim <= 0:
            return mean, mean
        alpha = self.alpha / 2
        mixture = aim / (2 * math.log(1 / alpha) + math.log(1 + 2 * math.log(1 / alpha)))
        reach = math.sqrt(2 * (spent + mixture) * math.log1p(math.sqrt((spent + mixture) / mixture) / (2 * alpha)))
        return mean, mean - reach / rows

    def _intrinsic_time(self, windows: Iterable[Performance]) -> float:
        """Variance of the sum of all losses."""
        return math.fsum(self._variance(found) * found.labelled**2 for found in windows)


def daily(performance: Performance) -> tuple[Block, ...]:
    """The days of a window, or the whole as one where they were not recorded."""
    whole = Block(
        rows=performance.labelled, loss=performance.loss, variance=performance.loss_variance, largest=performance.loss
    )
    return performance.days or (whole,)


def _quantile(tail: float) -> float:
    """How many standard errors a normal number exceeds with this chance (below one half), by bisection."""
    low, high = 0.0, 40.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if upper_tail(middle) > tail else (low, middle)
    return high

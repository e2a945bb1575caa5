"""Policies that retrain on one thing that was measured: a metric, drift of the inputs, a test of the losses."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from leeway.core import Reason
from leeway.core.metric import MetricName, goodness, higher_is_better
from leeway.policies.trigger import Finding, Trigger

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leeway.core import Performance, Signal
    from leeway.policies.base import History, Weighed


class MetricBelow(Trigger):
    """Retrains when a metric is on the wrong side of a threshold: an auc below it, a mae above it.

    It looks at the newest windows of the champion whose labels have matured, and only when a further one has: the same
    window is no new evidence.
    """

    kind: str = "metric_below"
    metric: MetricName = Field(description="Any metric of the task; which side is wrong follows from it.")
    threshold: float = Field(description="Value that the metric has to keep; for bias the distance from zero.")
    lasting: int = Field(default=1, ge=1, description="Matured windows in a row that have to be on the wrong side.")
    min_labels: int = Field(default=50, ge=1, description="Windows with fewer labels are passed over.")

    @property
    def weighs(self) -> frozenset[Weighed]:
        """Metrics of matured windows, which are always there."""
        return frozenset()

    def look(self, history: History) -> Finding:
        """Hold the newest matured windows against the threshold."""
        newest = self._newest(history)
        if not newest or newest[0] not in history.current.matured:
            return Finding(reason=None, sentence=f"No further window of the champion has matured with a {self.metric}.")
        wrong = [found for found in newest if self._is_wrong(found)]
        due = len(wrong) == self.lasting
        evidence = {
            "metric": self.metric,
            "threshold": self.threshold,
            "windows": {found.window.key: found.metrics[self.metric] for found in newest},
        }
        return Finding(
            reason=Reason.CONCEPT_DRIFT if due else None, sentence=self._sentence(newest, wrong), evidence=evidence
        )

    def _newest(self, history: History) -> list[Performance]:
        """The champion's newest matured windows that have the metric, newest first, as many as have to last."""
        champion = history.current.champion
        found: list[Performance] = []
        for measured in chain([history.current], reversed(history.past)):
            if measured.champion != champion:
                break  # what matured before it took over is about others
            found += [one for one in reversed(measured.matured) if one.version == champion and self._counts(one)]
            if len(found) >= self.lasting:
                break
        return found[: self.lasting]

    def _counts(self, performance: Performance) -> bool:
        return performance.labelled >= self.min_labels and self.metric in performance.metrics

    def _is_wrong(self, performance: Performance) -> bool:
        return goodness(self.metric, performance.metrics[self.metric]) < goodness(self.metric, self.threshold)

    def _sentence(self, newest: Sequence[Performance], wrong: Sequence[Performance]) -> str:
        said = ", ".join(f"{found.metrics[self.metric]:.4g} in {found.window}" for found in wrong or newest[:1])
        side = "below" if higher_is_better(self.metric) else "above"
        if not wrong:
            return f"{self.metric} is {said}: not {side} {self.threshold:g}."
        text = f"{self.metric} is {side} {self.threshold:g}: {said}"
        if len(wrong) == self.lasting:
            return f"{text}."
        return f"{text}. That has to be so in {self.lasting} matured windows in a row, and is in {len(wrong)}."


class _OnSignals(Trigger):
    """Goes by what detectors found."""

    @property
    def weighs(self) -> frozenset[Weighed]:
        """What it is named after."""
        return frozenset(("signals",))


class DataDrift(_OnSignals):
    """Retrains when enough columns of the inputs are flagged; for those who come from such a rule.

    No recommendation: inputs move all the time, mostly without harm. It asks no label, and does not look at
    ``retrain_on``.
    """

    kind: str = "data_drift"
    share: float | None = Field(
        default=0.5, gt=0, le=1, description="Share of the columns that have to be flagged; null: any one."
    )

    @property
    def needs(self) -> tuple[str, ...]:
        """The comparison of the inputs."""
        return ("data_drift",)

    def look(self, history: History) -> Finding:
        """Count the flagged columns."""
        signals = [signal for signal in history.current.signals if signal.detector in self.needs]
        columns = {signal.subject for signal in signals}
        if not columns:
            return Finding(reason=None, sentence="No column was compared with the champion's reference.")
        flagged = sorted({signal.subject for signal in signals if signal.flagged})
        due = len(flagged) >= (self.share * len(columns) if self.share is not None else 1)
        named = f" ({', '.join(f'`{column}`' for column in flagged)})" if flagged else ""
        wanted = "any one" if self.share is None else f"{100 * self.share:g} %"
        return Finding(
            reason=Reason.DATA_DRIFT if due else None,
            sentence=f"{len(flagged)} of {len(columns)} columns have drifted{named}; "
            f"{wanted} {'is' if due else 'would be'} enough to retrain.",
            evidence={"drifted": flagged, "columns": len(columns)},
        )


class LossTest(_OnSignals):
    """Retrains when a test on the stream of labelled losses has flagged a window.

    The options of the test are those of the detector of the same name; with other than its defaults, list it in
    ``monitoring.detectors``.
    """

    DETECTOR: ClassVar[str]

    @property
    def needs(self) -> tuple[str, ...]:
        """The test."""
        return (self.DETECTOR,)

    def look(self, history: History) -> Finding:
        """Read the test's signals."""
        signals = [signal for signal in history.current.signals if signal.detector == self.DETECTOR]
        flagged = [signal for signal in signals if signal.flagged]
        if not signals:
            return Finding(reason=None, sentence=f"No window with enough labels has matured for {self.DETECTOR}.")
        shown = flagged or signals[-1:]
        said = ". ".join(_capital(signal.sentence) for signal in shown)
        return Finding(
            reason=Reason.CONCEPT_DRIFT if flagged else None,
            sentence=f"{said}.",
            evidence={"tests": [_facts(signal) for signal in shown]},
        )


class Adwin(LossTest):
    """Retrains when ADWIN (Bifet and Gavalda 2007) finds a time after which the losses were higher."""

    kind: str = "adwin"

    DETECTOR = "adwin"


class PageHinkley(LossTest):
    """Retrains when the Page-Hinkley test (Page 1954; Hinkley 1971) finds that the losses have risen."""

    kind: str = "page_hinkley"

    DETECTOR = "page_hinkley"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _facts(signal: Signal) -> dict[str, object]:
    return signal.model_dump(mode="json", include={"detector", "subject", "test", "statistic", "effect", "threshold"})

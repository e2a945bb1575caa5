"""What is measured when a window is closed."""

from __future__ import annotations

from pydantic import Field

from leeway.core.attribution import LossAttribution
from leeway.core.values import Number, Value
from leeway.core.window import Window


class Signal(Value):
    """One finding of one detector about one subject (a column, the prediction or a metric)."""

    detector: str
    subject: str
    test: str
    statistic: Number
    p_value: float | None = None
    effect: Number
    threshold: Number
    flagged: bool
    sentence: str = Field(description="What a person reads, with the subject's name and the figures.")
    kind: str = Field(
        description="data | prediction | quality | performance: policies may act on these. "
        "estimate | calibration | slice: they tell people more, and the default policy takes no notice."
    )


class Block(Value):
    """The losses of the labelled rows of one day: their number, mean, variance of a single one, and the largest."""

    rows: int
    loss: Number
    variance: Number
    largest: Number


class Bin(Value):
    """Labelled rows with neighbouring scores: how many, their mean score, and the share that is positive."""

    rows: int
    score: Number
    share: Number


class Interval(Value):
    """A figure and how far it may be off."""

    value: Number
    low: Number
    high: Number


class Performance(Value):
    """How one version did on one scored window, on the labels known at some time.

    ``loss`` is the mean loss per labelled row, ``loss_variance`` the variance of a single row's loss. Whatever the
    missing labels are, the mean loss of all rows lies between ``loss_low`` and ``loss_high``.
    """

    window: Window
    version: int
    rows: int
    labelled: int
    loss: Number
    loss_variance: Number
    metrics: dict[str, Number]
    slices: dict[str, dict[str, Number]] = Field(
        default_factory=dict,
        description="`column=level` to its figures: labelled, loss, variance of a row's loss, and what of the metrics "
        "is defined; of a binary model also positives (rows) and the rates that say how often it says yes.",
    )
    gaps: dict[str, dict[str, Number]] = Field(
        default_factory=dict,
        description="Sensitive column to the gaps between its levels that are defined: equalized_odds_difference ...",
    )
    loss_low: float | None = Field(default=None, description="None: not known.")
    loss_high: float | None = Field(default=None, description="None: the loss of a row without a label has no bound.")
    days: tuple[Block, ...] = Field(default=(), description="The labelled rows by day of event time, in order.")
    reliability: tuple[Bin, ...] = Field(default=(), description="Binary: scores against outcomes, by rising score.")

    @property
    def coverage(self) -> float:
        """Share of the scored rows whose label is known."""
        return self.labelled / self.rows if self.rows else 0.0


class Estimate(Value):
    """How well a version is thought to do on a window without labels, and what the model's earlier ones were worth.

    The newest ``judged`` of them could be held against labels; in ``misses`` of these the realised loss lay outside the
    interval. ``off`` is the mean of realised minus estimated loss over all earlier ones, ``metric_off`` the mean size
    of the error in the primary metric.
    """

    window: Window
    version: int
    rows: int
    method: str = Field(description="cbpe (calibrated scores) | loss_model (regression)")
    level: float = Field(description="Share of the intervals that should hold what is realised.")
    loss: Interval
    metrics: dict[str, Interval] = Field(default_factory=dict)
    judged: int = 0
    misses: int = 0
    off: Number = 0.0
    metric_off: Number = 0.0
    muted: bool = False
    reason: str = Field(default="", description="Why it is muted.")


class Rival(Value):
    """How an earlier champion would have done on the same labelled rows as the one that scored them.

    ``gain`` is the mean loss of ``version`` minus that of ``rival``: positive where the earlier one does better.
    ``variance`` is that of this mean, days taken as what varies independently; ``points`` is the same difference in
    the primary metric, in points (`leeway.evaluation.metrics.points`).
    """

    window: Window
    version: int
    rival: int
    rows: int
    gain: Number
    variance: Number
    points: float | None = Field(description="None where the metric is not defined on these rows.")


class Probe(Value):
    """What a retrain would have brought on a window: a model of the champion's recipe that learned all known before it.

    ``history`` is ``all``, or ``same``: as many of the newest windows as the champion learned from, so that it knows
    newer rows but not more. ``gain`` is the champion's mean loss minus the probe's, ``variance`` that of this mean with
    days as what varies independently, ``loss`` the champion's mean loss; ``points`` is the gain in the primary metric.
    """

    window: Window
    version: int
    history: str
    trained_on: tuple[Window, Window] = Field(description="First and last window it learned from.")
    rows: int
    loss: Number
    gain: Number
    variance: Number
    points: float | None = Field(description="None where the metric is not defined on these rows.")


class Measurement(Value):
    """Everything measured when a window was closed: signals, and the performance on labels that matured in it."""

    model: str
    window: Window
    champion: int | None
    status: str = Field(description="measured | unscored (no champion yet) | quarantined")
    rows: int = 0
    signals: tuple[Signal, ...] = ()
    matured: tuple[Performance, ...] = ()
    rivals: tuple[Rival, ...] = Field(default=(), description="The champion before, on the windows in ``matured``.")
    probes: tuple[Probe, ...] = Field(default=(), description="What a retrain would have brought on ``matured``.")
    estimated: Estimate | None = Field(default=None, description="None where labels are known or nothing can be said.")
    attributions: tuple[LossAttribution, ...] = Field(default=(), description="Of matured windows with a flagged loss.")

    @property
    def flagged(self) -> tuple[Signal, ...]:
        """The signals that were flagged."""
        return tuple(signal for signal in self.signals if signal.flagged)

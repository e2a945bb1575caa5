"""The frozen values that travel between stages: windows, partitions, snapshots, measurements, decisions ..."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from leeway.canonical import canonical_json, digest
from leeway.errors import nearest

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}\Z")
"""What a model, column or table may be called: safe in SQL, in paths and in URLs."""


class Value(BaseModel):
    """A frozen value with a canonical spelling; unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=True)

    def to_json(self) -> str:
        """Spell this value canonically."""
        return canonical_json(self)

    @property
    def digest(self) -> str:
        """The sha256 of the canonical spelling."""
        return digest(self)


def to_utc(moment: datetime) -> datetime:
    """Express an aware time in UTC.

    Raises:
        ValueError: if the time has no time zone: a time without one names no instant.
    """
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone")
    return moment.astimezone(UTC)


Instant = Annotated[datetime, AfterValidator(to_utc)]
"""An aware time, kept in UTC."""


_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def duration(text: str) -> timedelta:
    """Read '90m', '36h', '2d' or '6w'.

    Raises:
        ValueError: if it is none of these.
    """
    match = re.fullmatch(r"([0-9]{1,5})([mhdw])", text)
    if not match:
        raise ValueError(f"{text!r} is not a duration: write 90m, 36h, 2d or 6w")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def _duration(text: str) -> str:
    duration(text)
    return text


Duration = Annotated[str, AfterValidator(_duration)]
"""A length of time as text, kept as it was written."""


def time_zone(name: str) -> ZoneInfo:
    """Find a time zone by its IANA name, like Europe/Berlin.

    Raises:
        ValueError: if there is none of this name, or its meaning differs from machine to machine.
    """
    try:
        # 'right/' counts leap seconds; the others are copies, or whatever this machine is set to.
        if name.startswith(("right/", "posix/")) or name in ("localtime", "posixrules", "Factory"):
            raise ValueError(name)
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        close = nearest(name, available_timezones())
        hint = f"did you mean {close!r}?" if close else "give an IANA name like Europe/Berlin"
        raise ValueError(f"unknown time zone {name!r}; {hint}") from None


def _number(value: Any) -> Any:
    return float("nan") if value is None else value


Number = Annotated[float, BeforeValidator(_number)]
"""A float that may be undefined: its canonical spelling then is null, and null is read back as not-a-number."""


class Window(Value):
    """A half-open interval of time ``[start, end)`` in UTC; the key of everything."""

    start: Instant
    end: Instant

    def model_post_init(self, _context: Any) -> None:
        """Refuse an empty or reversed interval."""
        if self.end <= self.start:
            raise ValueError(f"a window ends after it starts, not {self.start} .. {self.end}")

    @property
    def key(self) -> str:
        """A short text that sorts by time and is safe in paths: ``20130107T0500Z-20130114T0500Z``."""
        return f"{self.start:%Y%m%dT%H%MZ}-{self.end:%Y%m%dT%H%MZ}"

    def shifted(self, delta: timedelta) -> Self:
        """Move the window by ``delta``."""
        return type(self)(start=self.start + delta, end=self.end + delta)

    def __contains__(self, moment: datetime) -> bool:
        return self.start <= moment < self.end

    def __lt__(self, other: Window) -> bool:
        return (self.start, self.end) < (other.start, other.end)

    def __str__(self) -> str:
        return f"{self.start:%Y-%m-%dT%H:%MZ}..{self.end:%Y-%m-%dT%H:%MZ}"


class Task(StrEnum):
    """What is predicted."""

    BINARY = "binary"
    REGRESSION = "regression"


class PartitionKind(StrEnum):
    """What a partition holds."""

    RAW = "raw"
    """Features, slices and ids of the rows whose event time lies in the window. Never labels."""
    LABELS = "labels"
    """Labels that *became known* in the window: key, event time, known_at, target."""
    PREDICTIONS = "predictions"
    """Key, event time and score of the window's rows."""
    PROFILE = "profile"
    """The mergeable profile of the window's features."""


class PartitionState(StrEnum):
    """Whether a partition may be used."""

    PUBLISHED = "published"
    QUARANTINED = "quarantined"


class Partition(Value):
    """An immutable, content-addressed piece of data of one model and window.

    ``version`` is the sha256 of the stored bytes; ``location`` is relative to the store's root. A quarantined partition
    keeps its reason as (code, sentence); it may have no bytes (``version`` then is the digest of the reason).
    """

    model: str
    kind: PartitionKind
    window: Window
    version: str
    rows: int
    location: str = ""
    source: str = Field(
        default="", description="Predictions, profiles: version of the raw partition they were made of."
    )
    state: PartitionState = PartitionState.PUBLISHED
    reason_code: str = ""
    reason: str = ""
    champion: int | None = Field(default=None, description="Predictions: the version that made them.")

    @property
    def usable(self) -> bool:
        """Whether it may be scored, measured and trained on."""
        return self.state is PartitionState.PUBLISHED


class Delivery(Value):
    """What ingesting a window brought: stored raw bytes that nobody may use before they are validated, or why none."""

    window: Window
    version: str = ""
    location: str = ""
    rows: int = 0
    labels: int = Field(default=0, description="Labels that became known in the window.")
    refused_code: str = ""
    refused: str = ""


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
    slices: dict[str, dict[str, Number]] = Field(default_factory=dict)
    loss_low: float | None = Field(default=None, description="None: not known.")
    loss_high: float | None = Field(default=None, description="None: the loss of a row without a label has no bound.")
    days: tuple[Block, ...] = Field(default=(), description="The labelled rows by day of event time, in order.")
    reliability: tuple[Bin, ...] = Field(default=(), description="Binary: scores against outcomes, by rising score.")

    @property
    def coverage(self) -> float:
        """Share of the scored rows whose label is known."""
        return self.labelled / self.rows if self.rows else 0.0


class Estimate(Value):
    """How well a version is thought to do on a window without labels, and what its earlier estimates were worth.

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


class RisePart(Value):
    """A part of a rise of the mean loss, with its 95 % interval; ``share`` is the part over the whole rise."""

    value: Number
    low: Number
    high: Number
    share: Number
    share_low: Number
    share_high: Number


class ColumnPart(Value):
    """How much the loss would have risen had only the distribution of this one column changed.

    Columns that go together share the same rise, so these figures do not add up.
    """

    column: str
    value: Number
    share: Number


class SlicePart(Value):
    """What one level of a slice column adds to the rise: over the levels of a column ``value`` adds up to the rise.

    ``mix`` comes from the level's changed share of the rows, ``change`` from its changed loss. It is ``outsize`` if it
    adds more than its share of the rows, beyond chance.
    """

    column: str
    level: str
    rows_before: Number = Field(description="Share of the rows.")
    rows_now: Number
    loss_before: float | None = Field(description="None where it had no row.")
    loss_now: float | None
    mix: Number
    change: Number
    value: Number
    share: Number
    outsize: bool


class LossAttribution(Value):
    """Why the loss of a matured window is higher than in the champion's first windows, as estimated.

    ``inputs`` is what the old relation between inputs and target would have cost on the new inputs, ``relation`` the
    rest. Both are None where ``split`` is false; the sentence says why.
    """

    window: Window
    version: int
    baseline: tuple[Window, ...]
    before: Number
    now: Number
    rise: Number
    rise_low: Number
    rise_high: Number
    split: bool
    inputs: RisePart | None = None
    relation: RisePart | None = None
    effective_rows: Number = Field(default=0.0, description="Baseline rows left after weighting (Kish).")
    covered: Number = Field(default=0.0, description="Share of the window's rows that are like rows of the baseline.")
    columns: tuple[ColumnPart, ...] = ()
    slices: tuple[SlicePart, ...] = ()
    sentence: str


class Measurement(Value):
    """Everything measured when a window was closed: signals, and the performance on labels that matured in it."""

    model: str
    window: Window
    champion: int | None
    status: str = Field(description="measured | unscored (no champion yet) | quarantined")
    rows: int = 0
    signals: tuple[Signal, ...] = ()
    matured: tuple[Performance, ...] = ()
    estimated: Estimate | None = Field(default=None, description="None where labels are known or nothing can be said.")
    attributions: tuple[LossAttribution, ...] = Field(default=(), description="Of matured windows with a flagged loss.")

    @property
    def flagged(self) -> tuple[Signal, ...]:
        """The signals that were flagged."""
        return tuple(signal for signal in self.signals if signal.flagged)


class Action(StrEnum):
    """What a decision asks for."""

    NONE = "none"
    ALERT = "alert"
    RETRAIN = "retrain"
    BLOCK = "block"
    ROLL_BACK = "roll_back"


class Reason(StrEnum):
    """Why, in a word that never changes; the sentence beside it is for people."""

    BOOTSTRAP = "bootstrap"
    CONCEPT_DRIFT = "concept_drift"
    DATA_DRIFT = "data_drift"
    QUALITY = "quality"
    SCHEDULED = "scheduled"
    REQUESTED = "requested"
    QUARANTINED = "quarantined"
    COOLDOWN = "cooldown"
    NOT_ENOUGH_DATA = "not_enough_data"
    HARMLESS = "harmless"
    QUIET = "quiet"
    NOT_DECIDED_THEN = "not_decided_then"


class Decision(Value):
    """What a policy decided for a window, with its reasons and the evidence they rest on."""

    model: str
    window: Window
    action: Action
    reasons: tuple[Reason, ...]
    sentence: str
    champion: int | None = None
    policy: str = ""
    evidence: dict[str, Any] = Field(default_factory=dict)


class Snapshot(Value):
    """The exact partitions a model is trained on, as known at ``as_of``: (window, raw version, label versions).

    ``windows`` are the windows with usable raw data, oldest first. ``labels`` are all label partitions of windows that
    ended by ``as_of``. ``holdback`` are the newest labelled windows, kept back to choose and to compare.
    """

    model: str
    as_of: Instant
    raw: tuple[tuple[Window, str], ...]
    labels: tuple[tuple[Window, str], ...]
    labelled: tuple[Window, ...] = Field(description="Windows with matured labels, oldest first.")
    holdback: tuple[Window, ...]
    spec_hash: str


class TrainingJob(Value):
    """One retrain under way: what was asked, on which snapshot. ``key`` is the same for every try of the same job."""

    model: str
    as_of: Instant
    request: str = Field(default="", description="Empty if a decision asked for it, else who or what did.")
    reasons: tuple[Reason, ...]
    snapshot: str = Field(description="Digest of the snapshot.")
    key: str
    run_id: str = Field(description="MLflow run of the training.")
    dag_run: str = Field(default="", description="Airflow's run, if one does it; for people, not part of the key.")


def retrain_subject(as_of: datetime, request: str = "") -> str:
    """What the trace calls a retrain: every try of it notes its run in MLflow there."""
    return f"retrain/{to_utc(as_of):%Y%m%dT%H%MZ}/{request}"


class Candidate(Value):
    """One recipe to try: which trainer, on how much history, with which parameters or search."""

    name: str
    trainer: int | None = Field(description="Index into spec.training.trainers; None is the trivial baseline.")
    history: str = Field(description="all | recent")
    index: int


class CandidateResult(Value):
    """What trying a candidate gave: its mean loss and metrics on the held-back windows."""

    candidate: Candidate
    params: dict[str, Any]
    trials: int
    rows: int
    loss: Number
    metrics: dict[str, Number]
    predictions: str = Field(default="", description="Store location of its scores on the held-back rows.")
    predictions_version: str = ""


class Comparison(Value):
    """Paired difference of mean loss on the same rows, champion minus challenger: positive is for the challenger."""

    rows: int
    blocks: int
    gain: Number
    low: Number
    high: Number
    confidence: float
    p_value: Number = Field(description="One-sided: chance of such a gain if the challenger were not better.")
    champion_loss: Number = Field(
        default=0.0, description="The champion's mean loss on these rows; relative margins use it."
    )


class GateResult(Value):
    """Whether a challenger passed one gate, and why."""

    gate: str
    passed: bool
    sentence: str
    facts: dict[str, Number] = Field(default_factory=dict)


class Verdict(StrEnum):
    """What the gates say of a challenger."""

    PROMOTE = "promote"
    AWAIT_APPROVAL = "await_approval"
    REJECT = "reject"
    FAILED = "failed"


class Evaluation(Value):
    """A challenger's examination: candidates, comparison with the champion, gates, verdict."""

    model: str
    as_of: Instant
    request: str = Field(default="", description="Empty if a decision asked for it, else who or what did.")
    reasons: tuple[Reason, ...]
    snapshot: str = Field(description="Digest of the snapshot.")
    champion: int | None
    challenger: int | None = Field(description="Version in the registry; None if nothing could be trained.")
    winner: str
    metrics: dict[str, Number]
    champion_metrics: dict[str, Number] = Field(default_factory=dict)
    baseline_metrics: dict[str, Number] = Field(default_factory=dict)
    candidates: tuple[CandidateResult, ...] = ()
    comparison: Comparison | None = None
    gates: tuple[GateResult, ...] = ()
    verdict: Verdict
    sentence: str


class PromotionKind(StrEnum):
    """How the champion changed."""

    PROMOTION = "promotion"
    ROLLBACK = "rollback"


class Promotion(Value):
    """A change of the champion: from ``effective_from`` on, windows are scored by ``to_version``."""

    model: str
    kind: PromotionKind
    from_version: int | None
    to_version: int
    effective_from: Instant
    reason: str
    by: str = Field(description="'gates' or the name of the person who approved or rolled back.")


class ModelVersion(Value):
    """A registered version: which snapshot, spec and code made it, and the hash of its files."""

    model: str
    version: int
    train_key: str
    snapshot: str
    artifact: str = Field(description="Digest over the model's files; checked at every load.")
    spec_hash: str
    code: str
    as_of: Instant
    reference: str = Field(default="", description="Store location of the profile of its training rows.")
    reference_version: str = ""
    trained_on: tuple[Window, Window] = Field(description="First and last window of the training rows.")
    metrics: dict[str, Number] = Field(default_factory=dict)


class EntryKind(StrEnum):
    """What a ledger entry records."""

    DECISION = "decision"
    EVALUATION = "evaluation"
    PROMOTION = "promotion"


class Entry(Value):
    """One line of a model's ledger. ``hash`` covers the payload and the previous line's hash."""

    model: str
    seq: int
    kind: EntryKind
    at: Instant = Field(description="Event time it belongs to: a window's end, as_of, effective_from.")
    payload: dict[str, Any]
    previous: str
    hash: str

    @staticmethod
    def chain(model: str, seq: int, kind: EntryKind, at: datetime, payload: dict[str, Any], previous: str) -> str:
        """Hash of a ledger line."""
        return digest([model, seq, kind.value, to_utc(at).isoformat(), payload, previous])

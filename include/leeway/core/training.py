"""A retrain: what was asked, tried and found, and the version that came of it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from pydantic import Field

from leeway.core.decision import Reason
from leeway.core.measurement import Interval
from leeway.core.values import Instant, Number, Value, to_utc
from leeway.core.window import Window

if TYPE_CHECKING:
    from datetime import datetime


class TrainingJob(Value):
    """One retrain under way: what was asked, on which snapshot. ``key`` is the same for every try of the same job."""

    model: str
    as_of: Instant
    request: str = Field(default="", description="Empty if a decision asked for it, else who or what did.")
    reasons: tuple[Reason, ...]
    snapshot: str = Field(description="Digest of the snapshot.")
    key: str
    base: int | None = Field(default=None, description="Recalibrate this version; None: train models.")
    run_id: str = Field(description="MLflow run of the training.")
    dag_run: str = Field(default="", description="Airflow's run, if one does it; for people, not part of the key.")


def retrain_subject(as_of: datetime, request: str = "") -> str:
    """What the trace calls a retrain: every try of it notes its run in MLflow there."""
    return f"retrain/{to_utc(as_of):%Y%m%dT%H%MZ}/{request}"


def run_subject(window: Window) -> str:
    """What the trace calls the work on a window: every run of Airflow that does it notes its id there."""
    return f"{window.key}/run"


class Candidate(Value):
    """One recipe to try: which trainer, on how much history, with which parameters or search.

    With ``base`` nothing is trained: it is that version with its scores corrected.
    """

    name: str
    trainer: int | None = Field(description="Index into spec.training.trainers; None: no trainer.")
    history: str = Field(description="all | recent | since_change | recalibrated")
    index: int
    base: int | None = Field(default=None, description="The version whose scores are corrected.")
    since: Instant | None = Field(default=None, description="It learns from windows that start then or later.")

    @property
    def trivial(self) -> bool:
        """Whether it is the baseline that the others have to beat."""
        return self.trainer is None and self.base is None


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


class MetricGain(Value):
    """What the challenger gains on the champion in one metric on the same rows, in points: positive is for the better.

    ``error`` is the standard error of ``points``, and ``low`` and ``high`` are the ends of the interval
    (`leeway.evaluation.bootstrap`).
    """

    metric: str
    rows: int
    blocks: int
    points: Number
    error: Number
    low: Number
    high: Number
    confidence: float
    p_value: Number = Field(description="One-sided: chance of such a gain if the challenger were not better.")


class GroupFigures(Value):
    """How a challenger does on the held-back rows of one level of a slice or sensitive column.

    ``metrics`` and ``champion_metrics`` hold what is defined on these rows, for a binary model also the rates that say
    how often it says yes; the champion's are empty where it has learnt from them.
    """

    column: str
    level: str
    rows: int
    metrics: dict[str, Number]
    champion_metrics: dict[str, Number] = Field(default_factory=dict)
    interval: Interval | None = Field(default=None, description="Of the primary metric.")


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


REJECTED = "approval:"
"""A person's rejection stands in the ledger as an evaluation; its request is this and the version."""


def rejection(by: str, comment: str = "") -> str:
    """The sentence of a person's rejection."""
    return f"Rejected by {by}: {comment}" if comment else f"Rejected by {by}."


def rejected_by(sentence: str) -> str:
    """Who rejected a challenger, from that sentence."""
    return sentence.removeprefix("Rejected by ").partition(": ")[0].removesuffix(".")


ROLL_BACK = "roll_back"
"""Request of the evaluation that records why a roll back that was decided could not be done."""


class Outcome(Value):
    """What came of a retrain, in short: all that decides what is open, what waits and what has to stop."""

    model: str
    as_of: Instant
    request: str = Field(default="", description="Empty if a decision asked for it, else who or what did.")
    reasons: tuple[Reason, ...]
    champion: int | None
    challenger: int | None = Field(description="Version in the registry; None if nothing could be trained.")
    verdict: Verdict


class Evaluation(Outcome):
    """A challenger's examination: candidates, comparison with the champion, gates, verdict."""

    snapshot: str = Field(description="Digest of the snapshot.")
    winner: str
    metrics: dict[str, Number]
    champion_metrics: dict[str, Number] = Field(default_factory=dict)
    baseline_metrics: dict[str, Number] = Field(default_factory=dict)
    intervals: dict[str, Interval] = Field(default_factory=dict, description="Of ``metrics``.")
    groups: tuple[GroupFigures, ...] = Field(default=(), description="The challenger by slice and sensitive columns.")
    gaps: dict[str, dict[str, Number]] = Field(
        default_factory=dict, description="Its gaps by sensitive column, as in a `Performance`."
    )
    candidates: tuple[CandidateResult, ...] = ()
    comparison: Comparison | None = None
    gates: tuple[GateResult, ...] = ()
    points: float | None = Field(
        default=None,
        description="What the challenger gains on the champion in the primary metric on the held-back rows, in points.",
    )
    metric_gain: MetricGain | None = Field(
        default=None, description="The same with its interval; None where there is no fair comparison or no metric."
    )
    looks: int = Field(
        default=0, description="Earlier trainings that were compared with the same champion on some of these windows."
    )
    seconds: float = Field(default=0.0, description="Time that fitting took, where a budget is kept; 0 in the ledger.")
    sentence: str


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

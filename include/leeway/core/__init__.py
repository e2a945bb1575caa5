"""The frozen values that travel between stages: windows, partitions, snapshots, measurements, decisions ..."""

from leeway.core.attribution import ColumnPart, LossAttribution, RisePart, SlicePart
from leeway.core.data import Delivery, Partition, PartitionKind, PartitionState, Snapshot, Task
from leeway.core.decision import Action, Decision, Reason
from leeway.core.ledger import Entry, EntryKind, Freeze, Promotion, PromotionKind
from leeway.core.measurement import Bin, Block, Estimate, Interval, Measurement, Performance, Probe, Rival, Signal
from leeway.core.training import (
    REJECTED,
    ROLL_BACK,
    Candidate,
    CandidateResult,
    Comparison,
    Evaluation,
    GateResult,
    MetricGain,
    ModelVersion,
    TrainingJob,
    Verdict,
    retrain_subject,
)
from leeway.core.values import NAME, Duration, Instant, Number, Value, duration, time_zone, to_utc
from leeway.core.window import Window

__all__ = [
    "Action",
    "Bin",
    "Block",
    "Candidate",
    "CandidateResult",
    "ColumnPart",
    "Comparison",
    "Decision",
    "Delivery",
    "Duration",
    "Entry",
    "EntryKind",
    "Freeze",
    "Estimate",
    "Evaluation",
    "GateResult",
    "Instant",
    "Interval",
    "LossAttribution",
    "Measurement",
    "MetricGain",
    "ModelVersion",
    "NAME",
    "Number",
    "Partition",
    "PartitionKind",
    "PartitionState",
    "Performance",
    "Probe",
    "Promotion",
    "PromotionKind",
    "REJECTED",
    "ROLL_BACK",
    "Reason",
    "Rival",
    "RisePart",
    "Signal",
    "SlicePart",
    "Snapshot",
    "Task",
    "TrainingJob",
    "Value",
    "Verdict",
    "Window",
    "duration",
    "retrain_subject",
    "time_zone",
    "to_utc",
]

"""Small values for tests, told apart by a number."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from leeway.canonical import digest
from leeway.core import (
    Action,
    Decision,
    Estimate,
    Evaluation,
    Interval,
    Measurement,
    ModelVersion,
    Partition,
    PartitionKind,
    Performance,
    PromotionKind,
    Reason,
    Rival,
    Signal,
    Snapshot,
    Verdict,
    Window,
)

MODEL = "flights"


def day(number: int) -> Window:
    """A window of a day by number: 0 is 7 January 2013."""
    start = datetime(2013, 1, 7, tzinfo=UTC) + timedelta(days=number)
    return Window(start=start, end=start + timedelta(days=1))


def partition(number: int = 0, content: str = "a", **changes: Any) -> Partition:
    """A raw partition of a day with a version made from ``content``."""
    version = digest(content)
    fields = {
        "model": MODEL,
        "kind": PartitionKind.RAW,
        "window": day(number),
        "version": version,
        "rows": 10,
        "location": f"{MODEL}/raw/{day(number).key}/{version}.parquet",
        "source": f"file {content}",
    }
    return Partition(**{**fields, **changes})


def predictions(number: int, champion: int | None, content: str = "p") -> Partition:
    """Predictions of a day."""
    return partition(number, content, kind=PartitionKind.PREDICTIONS, champion=champion)


def signal(subject: str = "delay", **changes: Any) -> Signal:
    """A flagged finding about a column."""
    fields = {"detector": "drift", "subject": subject, "test": "psi", "statistic": 0.3, "p_value": 0.01, "effect": 0.3}
    rest = {"threshold": 0.2, "flagged": True, "sentence": f"{subject} moved.", "kind": "data"}
    return Signal(**{**fields, **rest, **changes})


def measurement(number: int = 0, **changes: Any) -> Measurement:
    """A measurement of a day with one signal and one matured window."""
    fields = {
        "model": MODEL,
        "window": day(number),
        "champion": 1,
        "status": "measured",
        "rows": 10,
        "signals": (signal(),),
        "matured": (performance(number - 1),),
    }
    return Measurement(**{**fields, **changes})


def performance(number: int, **changes: Any) -> Performance:
    """How v1 did on a day."""
    fields = {"window": day(number), "version": 1, "rows": 10, "labelled": 9, "loss": 0.5, "loss_variance": 0.1}
    return Performance(**{**fields, "metrics": {"auc": 0.75}, **changes})


def estimate(number: int, **changes: Any) -> Estimate:
    """How v1 is thought to do on a day."""
    around = Interval(value=0.7, low=0.6, high=0.8)
    fields = {"window": day(number), "version": 1, "rows": 10, "method": "cbpe", "level": 0.95, "loss": around}
    return Estimate(**{**fields, "metrics": {"auc": around}, **changes})


def rival(number: int, **changes: Any) -> Rival:
    """How v1 would have done on a day that v2 scored."""
    fields = {"window": day(number), "version": 2, "rival": 1, "rows": 9, "gain": 0.1, "variance": 0.01}
    return Rival(**{**fields, "points": -1.0, **changes})


def decision(number: int = 0, **changes: Any) -> Decision:
    """A decision to do nothing about a day."""
    fields = {"model": MODEL, "window": day(number), "action": Action.NONE, "reasons": (Reason.QUIET,)}
    return Decision(**{**fields, "sentence": "Nothing moved.", **changes})


def snapshot(number: int = 0) -> Snapshot:
    """A snapshot as of the end of a day."""
    return Snapshot(
        model=MODEL,
        as_of=day(number).end,
        raw=((day(number), digest("a")),),
        labels=((day(number), digest("b")),),
        labelled=(day(number),),
        holdback=(day(number),),
        spec_hash="s",
    )


def version(number: int = 1, **changes: Any) -> ModelVersion:
    """A registered version, trained as of a day of that number."""
    fields = {
        "model": MODEL,
        "version": number,
        "train_key": f"key {number}",
        "snapshot": snapshot(number).digest,
        "artifact": digest(number),
        "spec_hash": "s",
        "code": "c",
        "as_of": day(number).end,
        "trained_on": (day(0), day(number)),
        "metrics": {"auc": 0.8},
    }
    return ModelVersion(**{**fields, **changes})


def evaluation(number: int = 0, **changes: Any) -> Evaluation:
    """A challenger that lost."""
    fields = {
        "model": MODEL,
        "as_of": day(number).end,
        "reasons": (Reason.SCHEDULED,),
        "snapshot": snapshot(number).digest,
        "champion": 1,
        "challenger": 2,
        "winner": "forest",
        "metrics": {"auc": 0.7},
        "verdict": Verdict.REJECT,
        "sentence": "It is no better.",
    }
    return Evaluation(**{**fields, **changes})


def promotion(to_version: int, from_version: int | None, number: int = 0, **changes: Any) -> dict[str, Any]:
    """Arguments of `Catalog.promote`, not before the end of a day."""
    fields = {
        "model": MODEL,
        "kind": PromotionKind.PROMOTION,
        "from_version": from_version,
        "to_version": to_version,
        "not_before": day(number).end,
        "reason": "It won.",
        "by": "gates",
    }
    return {**fields, **changes}

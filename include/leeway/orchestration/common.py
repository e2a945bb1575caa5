"""What all DAGs of leeway share."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from leeway.orchestration.context import on_failure
from leeway.schedule import Schedule
from leeway.spec import ModelSpec

TRAINING_POOL = "leeway_training"
"""Bounds how many candidates are trained at a time on all workers together. ``leeway doctor`` checks that it exists."""

DEFAULT_ARGS: dict[str, Any] = {
    "retries": 3,
    "retry_delay": timedelta(seconds=5),
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": timedelta(minutes=5),
    "execution_timeout": timedelta(hours=2),
    "on_failure_callback": on_failure,
}
"""Three tries more, because a restart of Airflow's own api-server costs every running task one of them."""


def common(spec: ModelSpec, purpose: str) -> dict[str, Any]:
    """Arguments of all DAGs of a model: owner, tags, what it is about."""
    return {
        "description": f"{spec.description} ({purpose})",
        "tags": ["leeway", purpose, spec.name, *spec.tags],
        "default_args": {"owner": spec.owner},
        "doc_md": _doc(spec, purpose),
        "dagrun_timeout": timedelta(days=1) if purpose != "promotion" else None,
    }


def first_day(schedule: Schedule) -> datetime:
    """Midnight of the schedule's first day, in its zone."""
    return datetime.combine(schedule.start, time(), schedule.zone)


def _doc(spec: ModelSpec, purpose: str) -> str:
    """What the DAG's page says, made from the spec alone (a changing text would be a new version of the DAG)."""
    trainers = ", ".join(trainer.label for trainer in spec.training.trainers)
    retrain_on = spec.retrain_on
    return f"""### {spec.name}: {purpose}

{spec.description}

| | |
|---|---|
| predicts | `{spec.data.label.column}` ({spec.task}), known {spec.data.label.delay or "by `" + str(spec.data.label.time) + "`"} |
| windows | `{spec.schedule.cron}` in {spec.schedule.timezone}, from {spec.schedule.start} |
| judged by | {spec.metric}; compared by {spec.loss} |
| trainers | {trainers} |
| retrains on | concept drift: {retrain_on.concept_drift}, data drift: {retrain_on.data_drift} |
| promotion | {spec.promotion} |

Described in `{spec.path.name}`. `leeway history {spec.name}` shows what was decided, `leeway explain` why.
"""

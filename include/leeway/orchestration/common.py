"""What all DAGs of leeway share."""

from __future__ import annotations

import logging
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import Asset

from leeway.orchestration.alerts import TELL, TELL_FAILURE

if TYPE_CHECKING:
    from airflow.sdk import Context

    from leeway.schedule import Schedule
    from leeway.spec import ModelSpec

log = logging.getLogger(__name__)


def on_failure(context: Context) -> None:
    """Say in one line what failed, and why."""
    ti = context["ti"]
    why = str(context.get("exception") or "unknown reason").splitlines()[0]
    log.error("leeway: task %s of %s, run %s, failed: %s", ti.task_id, ti.dag_id, ti.run_id, why)


DEFAULT_ARGS: dict[str, Any] = {
    "retries": 5,
    "retry_delay": timedelta(seconds=5),
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": timedelta(minutes=5),
    "execution_timeout": timedelta(hours=2),
    "on_failure_callback": [on_failure, TELL_FAILURE],
}
"""Five tries more, over two and a half minutes: a database or MLflow that is restarted needs nobody's help, and a
restart of Airflow's own api-server costs every running task a try."""


LEEWAYS_OWN: dict[str, Any] = {"owner": "leeway", **DEFAULT_ARGS}
"""Arguments of the tasks of the DAGs that belong to no one model."""
NEWS: dict[str, Any] = {"on_success_callback": TELL}
"""Arguments of a task that adds to a model's ledger: when it has, people are told."""


def common(spec: ModelSpec, purpose: str) -> dict[str, Any]:
    """Arguments of all DAGs of a model.

    Parameters are not among them: a DAG gets them after its tasks, by ``dag.params.update(...)``. Airflow gives each
    task that is made later a copy, and checks every copy when it serialises the DAG, which then takes five times as
    long; and what is assigned (``dag.params = ...``) it checks at each parse too.
    """
    return {
        "dag_id": f"{spec.name}__{purpose}",
        "description": f"{spec.description} ({purpose})",
        "start_date": first_day(spec.schedule),
        "tags": ["leeway", purpose, spec.name, *spec.tags],
        "default_args": {"owner": spec.owner, **DEFAULT_ARGS},
        "doc_md": _doc(spec, purpose),
    }


def asset(spec: ModelSpec, what: str) -> Asset:
    """What a task that succeeds has renewed; DAGs of others may be scheduled on it."""
    return Asset(name=f"{spec.name}/{what}", uri=f"leeway://{spec.name}/{what}")


def first_day(schedule: Schedule) -> datetime:
    """Midnight of the schedule's first day, in its zone."""
    return datetime.combine(schedule.start, time(), schedule.zone)


def last_start(schedule: Schedule) -> datetime | None:
    """The last moment at which a window may begin, for Airflow, which makes runs up to and including it."""
    if schedule.end is None:
        return None
    return datetime.combine(schedule.end, time(), schedule.zone) - timedelta(seconds=1)


def _doc(spec: ModelSpec, purpose: str) -> str:
    """What the DAG's page says, made from the spec alone (a changing text would be a new version of the DAG)."""
    label, retrain_on = spec.data.label, spec.retrain_on
    known = f"{label.delay} later" if label.delay else f"as `{label.time}` says"
    trainers = ", ".join(trainer.label for trainer in spec.training.trainers)
    return f"""### {spec.name}: {purpose}

{spec.description}

| | |
|---|---|
| predicts | `{label.column}` ({spec.task}), known {known} |
| windows | `{spec.schedule.cron}` in {spec.schedule.timezone}, from {spec.schedule.start} |
| judged by | {spec.metric}; compared by {spec.loss} |
| trainers | {trainers} |
| retrains on | concept drift: {retrain_on.concept_drift}, data drift: {retrain_on.data_drift} |
| promotion | {spec.promotion} |

Described in `{spec.path.name}`. `leeway history {spec.name}` shows what was decided, `leeway explain` why.
"""

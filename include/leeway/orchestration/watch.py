"""The DAG ``leeway__watch``: tells of models that nothing runs for, and what quiet times held back."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG, CronTriggerTimetable, task

from leeway.orchestration import metrics
from leeway.orchestration.alerts import page_url
from leeway.orchestration.common import LEEWAYS_OWN
from leeway.orchestration.context import explains

log = logging.getLogger(__name__)


def watch() -> DAG:
    """Build the watching DAG: one for all models."""
    with DAG(
        dag_id="leeway__watch",
        schedule=CronTriggerTimetable("*/30 * * * *", timezone="UTC"),
        start_date=datetime(2024, 1, 1, tzinfo=UTC),
        catchup=False,
        max_active_runs=1,
        dagrun_timeout=timedelta(minutes=30),
        is_paused_upon_creation=False,
        tags=["leeway", "watch"],
        default_args=LEEWAYS_OWN,
        description="Tell which models are late, and what quiet times held back.",
        doc_md="Looks which models are late, and sends what quiet times, budgets and broken sinks held back.",
    ) as dag:
        task(task_id="look")(look)()
    return dag


@explains
def look() -> dict[str, float]:
    """Look at every model.

    Returns:
        The models that are late, and by how many seconds.
    """
    from leeway.settings import settings
    from leeway.spec import load_specs
    from leeway.telling import look_at_all
    from leeway.workspace import Workspace

    specs = load_specs(settings().models)[0]
    seen = look_at_all(Workspace.open(), specs.values(), page=page_url())
    for found in seen:
        metrics.lateness(found.model, found.late_by)
        if found.problem is not None:
            log.warning("%s: %s", found.model, found.problem)
    return {found.model: found.late_by for found in seen if found.late_by is not None}

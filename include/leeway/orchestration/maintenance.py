"""The DAG ``leeway__maintenance``: aliases as the ledger says, no remains of dead processes, hashes checked."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from airflow.sdk import DAG, CronTriggerTimetable, task
from airflow.sdk.exceptions import AirflowFailException

from leeway.orchestration.common import LEEWAYS_OWN
from leeway.orchestration.context import explains

if TYPE_CHECKING:
    from collections.abc import Iterable

    from leeway.spec import ModelSpec


def maintenance() -> DAG:
    """Build the maintenance DAG: one for all models."""
    with DAG(
        dag_id="leeway__maintenance",
        schedule=CronTriggerTimetable("17 3 * * *", timezone="UTC"),
        start_date=datetime(2024, 1, 1, tzinfo=UTC),
        catchup=False,
        max_active_runs=1,
        is_paused_upon_creation=False,
        tags=["leeway", "maintenance"],
        default_args=LEEWAYS_OWN,
        description="Reconcile MLflow with the ledger, clear remains, verify hashes.",
        doc_md="Brings MLflow's aliases back to what the ledger says, clears what dead processes left, checks hashes.",
    ) as dag:
        task(task_id="reconcile")(reconcile)() >> task(task_id="verify")(verify)()
    return dag


@explains
def reconcile() -> list[str]:
    """Reconcile every model; one sentence for everything that was repaired."""
    from leeway.stages.reconcile import reconcile as stage
    from leeway.workspace import Workspace

    ws = Workspace.open()
    return [repaired for spec in _models() for repaired in stage(ws, spec)]


@explains
def verify() -> None:
    """Verify every model.

    Raises:
        AirflowFailException: naming everything that is not as it was written.
    """
    from leeway.stages.verify import verify as stage
    from leeway.workspace import Workspace

    ws = Workspace.open()
    findings = [found for spec in _models() for found in stage(ws, spec)]
    if findings:
        raise AirflowFailException("\n".join(findings))


def _models() -> Iterable[ModelSpec]:
    from leeway.settings import settings
    from leeway.spec import load_specs

    return load_specs(settings().models)[0].values()

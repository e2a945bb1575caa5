"""The DAG ``leeway__maintenance``: aliases as the ledger says, remains of dead processes cleared away, hashes checked."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from airflow.sdk import DAG, CronTriggerTimetable, task
from airflow.sdk.exceptions import AirflowFailException

from leeway.orchestration.common import DEFAULT_ARGS


def maintenance() -> DAG:
    """Build the maintenance DAG: one for all models."""
    with DAG(
        dag_id="leeway__maintenance",
        schedule=CronTriggerTimetable("17 3 * * *", timezone="UTC"),
        start_date=datetime(2024, 1, 1, tzinfo=UTC),
        catchup=False,
        max_active_runs=1,
        tags=["leeway", "maintenance"],
        default_args={"owner": "leeway"},
        description="Reconcile MLflow with the ledger, clear remains, verify hashes.",
        doc_md="Brings MLflow's aliases back to what the ledger says, clears what dead processes left, and checks every hash.",
    ) as dag:
        _for_every_model("reconcile") >> _for_every_model("verify")
    return dag


def _for_every_model(verb: str) -> Any:
    @task(task_id=verb, **DEFAULT_ARGS)
    def work() -> list[str]:
        return reconcile_all() if verb == "reconcile" else verify_all()

    return work()


def reconcile_all() -> list[str]:
    """Reconcile every model; one sentence for everything that was repaired."""
    from leeway.settings import settings
    from leeway.spec import load_specs
    from leeway.stages.reconcile import reconcile
    from leeway.workspace import Workspace

    ws = Workspace.open()
    return [repaired for spec in load_specs(settings().models)[0].values() for repaired in reconcile(ws, spec)]


def verify_all() -> list[str]:
    """Verify every model.

    Raises:
        AirflowFailException: naming everything that is not as it was written.
    """
    from leeway.settings import settings
    from leeway.spec import load_specs
    from leeway.stages.verify import verify
    from leeway.workspace import Workspace

    ws = Workspace.open()
    findings = [found for spec in load_specs(settings().models)[0].values() for found in verify(ws, spec)]
    if findings:
        raise AirflowFailException("\n".join(findings))
    return findings

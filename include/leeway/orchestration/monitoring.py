"""The DAG ``<model>__monitoring``: one run per window, from ingestion to the decision."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import DAG, CronDataIntervalTimetable, Param, TriggerRule, get_current_context, task
from airflow.sdk.definitions.param import ParamsDict
from airflow.sdk.exceptions import AirflowSkipException

from leeway.orchestration.common import asset, common, last_start
from leeway.orchestration.context import explains, window_of
from leeway.orchestration.waiting import run_id_of, wait_for_rows, wait_for_turn

if TYPE_CHECKING:
    from leeway.spec import ModelSpec

log = logging.getLogger(__name__)


def monitoring(spec: ModelSpec) -> DAG:
    """Build the monitoring DAG of a model."""
    with DAG(
        schedule=CronDataIntervalTimetable(spec.schedule.cron, timezone=spec.schedule.timezone),
        end_date=last_start(spec.schedule),
        catchup=True,
        max_active_runs=1,
        dagrun_timeout=timedelta(days=1),
        render_template_as_native_obj=True,
        **common(spec, "monitoring"),
    ) as dag:
        delivered, decided = _ingest(spec), _decide(spec)
        _validate(spec, delivered) >> _score(spec) >> _measure(spec) >> decided >> _start_training(spec)
    dag.params = _params()
    return dag


def _params() -> ParamsDict:
    return ParamsDict(
        {
            "window": Param(
                None,
                type=["null", "string"],
                title="Window",
                description="A date or time in the window, for runs triggered by hand. Empty: the newest one.",
            )
        }
    )


def _ingest(spec: ModelSpec) -> Any:
    @task(
        task_id="ingest",
        doc_md="Read the window's rows and the labels that became known in it. Waits for its turn first: which labels "
        "are read depends on the windows before.",
    )
    @explains
    def ingest() -> dict[str, Any]:
        from leeway.stages.ingest import ingest as stage
        from leeway.workspace import Workspace

        context, ws = get_current_context(), Workspace.open()
        window = window_of(spec, context)
        wait_for_rows(ws, spec, window, runs=context["ti"])
        return stage(ws, spec, window).model_dump(mode="json")

    return ingest()


def _validate(spec: ModelSpec, delivered: Any) -> Any:
    @task(
        task_id="validate",
        doc_md="Hold the rows against their expectations; publish them or set them aside.",
        outlets=[asset(spec, "raw")],
    )
    @explains
    def validate(delivered: dict[str, Any]) -> str:
        from leeway.core import Delivery
        from leeway.stages.validate import validate as stage
        from leeway.workspace import Workspace

        delivery = Delivery.model_validate(delivered)
        partition = stage(Workspace.open(), spec, delivery.window, delivery)
        return partition.version if partition.usable else f"{partition.state}: {partition.reason}"

    return validate(delivered)


def _score(spec: ModelSpec) -> Any:
    @task(
        task_id="score",
        doc_md="The champion as of the window's start predicts. Waits for its turn first.",
        outlets=[asset(spec, "predictions")],
    )
    @explains
    def score() -> str:
        from leeway.stages.score import score as stage
        from leeway.workspace import Workspace

        context, ws = get_current_context(), Workspace.open()
        window = window_of(spec, context)
        wait_for_turn(ws, spec, window, runs=context["ti"])
        predictions = stage(ws, spec, window)
        if predictions is None:
            raise AirflowSkipException("nothing to score: no champion yet, or the batch is in quarantine")
        return predictions.version

    return score()


def _measure(spec: ModelSpec) -> Any:
    @task(
        task_id="measure",
        doc_md="Profile the window, look for drift, judge the champion on labels that matured.",
        trigger_rule=TriggerRule.NONE_FAILED,
    )
    @explains
    def measure() -> dict[str, Any]:
        from leeway.stages.measure import measure as stage
        from leeway.workspace import Workspace

        revision, measurement = stage(Workspace.open(), spec, window_of(spec, get_current_context()))
        return {"revision": revision, "status": measurement.status, "flagged": [s.subject for s in measurement.flagged]}

    return measure()


def _decide(spec: ModelSpec) -> Any:
    @task.short_circuit(task_id="decide", doc_md="One decision, appended to the ledger.")
    @explains
    def decide() -> dict[str, Any] | None:
        from leeway.core import Action
        from leeway.stages.decide import decide as stage
        from leeway.workspace import Workspace

        window = window_of(spec, get_current_context())
        decision = stage(Workspace.open(), spec, window)
        log.info("%s: %s", decision.action, decision.sentence)
        if decision.action is not Action.RETRAIN:
            return None
        reasons = [reason.value for reason in decision.reasons]
        conf = {"as_of": window.end.isoformat(), "reasons": reasons, "why": decision.sentence}
        return {"run_id": run_id_of(window), "conf": conf}

    return decide()


def _start_training(spec: ModelSpec) -> TriggerDagRunOperator:
    return TriggerDagRunOperator(
        task_id="retrain",
        doc_md="Start the training, once per window.",
        trigger_dag_id=f"{spec.name}__training",
        trigger_run_id="{{ ti.xcom_pull(task_ids='decide')['run_id'] }}",
        conf=cast("dict[str, Any]", "{{ ti.xcom_pull(task_ids='decide')['conf'] }}"),  # rendered, it is one
        logical_date=None,
        skip_when_already_exists=True,
    )

"""The DAG ``<model>__monitoring``: one run per window, from ingestion to the decision."""

from __future__ import annotations

from typing import Any

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import DAG, Asset, CronDataIntervalTimetable, Param, TriggerRule, get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException

from leeway.orchestration.common import DEFAULT_ARGS, common, first_day
from leeway.orchestration.context import explains, window_of
from leeway.orchestration.waiting import run_id_of, wait_for_turn
from leeway.spec import ModelSpec


def monitoring(spec: ModelSpec) -> DAG:
    """Build the monitoring DAG of a model."""
    schedule = spec.schedule
    with DAG(
        dag_id=f"{spec.name}__monitoring",
        schedule=CronDataIntervalTimetable(schedule.cron, timezone=schedule.timezone),
        start_date=first_day(schedule),
        end_date=last_day(spec),
        catchup=True,
        max_active_runs=1,
        render_template_as_native_obj=True,
        params={
            "window": Param(
                None,
                type=["null", "string"],
                title="Window",
                description="A date or time in the window to work on (runs triggered by hand only). Empty: the run's own.",
            )
        },
        **common(spec, "monitoring"),
    ) as dag:
        delivery = _ingest(spec)
        decided = _validate(spec, delivery) >> _score(spec) >> _measure(spec) >> (decision := _decide(spec))
        decided >> _start_training(spec, decision)
    return dag


def last_day(spec: ModelSpec) -> Any:
    """The last window's start: runs are made for starts up to and including it."""
    end = spec.schedule.end
    if end is None:
        return None
    from datetime import datetime, time, timedelta

    return datetime.combine(end, time(), spec.schedule.zone) - timedelta(seconds=1)


def _ingest(spec: ModelSpec) -> Any:
    @task(task_id="ingest", doc_md="Read the window's rows and the labels that became known in it.", **DEFAULT_ARGS)
    @explains
    def ingest() -> dict[str, Any]:
        from leeway.stages.ingest import ingest as stage
        from leeway.workspace import Workspace

        return stage(Workspace.open(), spec, window_of(spec, get_current_context())).model_dump(mode="json")

    return ingest()


def _validate(spec: ModelSpec, delivery: Any) -> Any:
    @task(
        task_id="validate",
        doc_md="Hold the rows against their expectations; publish them or set them aside.",
        outlets=[Asset(name=f"{spec.name}/raw", uri=f"leeway://{spec.name}/raw")],
        **DEFAULT_ARGS,
    )
    @explains
    def validate(delivered: dict[str, Any]) -> str:
        from leeway.core import Delivery
        from leeway.stages.validate import validate as stage
        from leeway.workspace import Workspace

        found = Delivery.model_validate(delivered)
        partition = stage(Workspace.open(), spec, found.window, found)
        return partition.version if partition.usable else f"{partition.state}: {partition.reason}"

    return validate(delivery)


def _score(spec: ModelSpec) -> Any:
    @task(
        task_id="score",
        doc_md="The champion as of the window's start predicts. Waits for its turn first.",
        outlets=[Asset(name=f"{spec.name}/predictions", uri=f"leeway://{spec.name}/predictions")],
        **DEFAULT_ARGS,
    )
    @explains
    def score() -> str:
        from leeway.stages.score import score as stage
        from leeway.workspace import Workspace

        context, ws = get_current_context(), Workspace.open()
        window = window_of(spec, context)
        wait_for_turn(ws, spec, window, context["ti"])
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
        **DEFAULT_ARGS,
    )
    @explains
    def measure() -> dict[str, Any]:
        from leeway.stages.measure import measure as stage
        from leeway.workspace import Workspace

        revision, measurement = stage(Workspace.open(), spec, window_of(spec, get_current_context()))
        return {"revision": revision, "status": measurement.status, "flagged": [s.subject for s in measurement.flagged]}

    return measure()


def _decide(spec: ModelSpec) -> Any:
    @task.short_circuit(task_id="decide", doc_md="One decision, appended to the ledger.", **DEFAULT_ARGS)
    @explains
    def decide() -> dict[str, Any] | None:
        import logging

        from leeway.core import Action
        from leeway.stages.decide import decide as stage
        from leeway.workspace import Workspace

        window = window_of(spec, get_current_context())
        decision = stage(Workspace.open(), spec, window)
        logging.getLogger(__name__).info("%s: %s", decision.action, decision.sentence)
        if decision.action is not Action.RETRAIN:
            return None
        return {
            "run_id": run_id_of(window),
            "conf": {"as_of": window.end.isoformat(), "reasons": list(decision.reasons), "why": decision.sentence},
        }

    return decide()


def _start_training(spec: ModelSpec, decision: Any) -> TriggerDagRunOperator:
    return TriggerDagRunOperator(
        task_id="retrain",
        doc_md="Start the training, once per window.",
        trigger_dag_id=f"{spec.name}__training",
        trigger_run_id="{{ ti.xcom_pull(task_ids='decide')['run_id'] }}",
        conf="{{ ti.xcom_pull(task_ids='decide')['conf'] }}",  # type: ignore[arg-type] - rendered to a dict
        logical_date=None,
        skip_when_already_exists=True,
        **DEFAULT_ARGS,
    )

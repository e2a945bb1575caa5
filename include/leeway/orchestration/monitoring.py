"""The DAG ``<model>__monitoring``: one run per window, from ingestion to the decision."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import DAG, CronDataIntervalTimetable, Param, TriggerRule
from airflow.sdk.definitions.param import ParamsDict
from airflow.sdk.exceptions import AirflowSkipException

from leeway.orchestration import metrics
from leeway.orchestration.alerts import deadline
from leeway.orchestration.common import NEWS, asset, common, last_start
from leeway.orchestration.context import window_of
from leeway.orchestration.step import Choice, Step
from leeway.orchestration.waiting import run_id_of, wait_for_rows, wait_for_turn

if TYPE_CHECKING:
    from airflow.sdk import Context

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
        deadline=deadline(spec),
        render_template_as_native_obj=True,
        **common(spec, "monitoring"),
    ) as dag:
        (
            Step.of(ingest, spec)
            >> Step.of(validate, spec, outlets=[asset(spec, "raw")])
            >> Step.of(score, spec, outlets=[asset(spec, "predictions")])
            >> Step.of(measure, spec, trigger_rule=TriggerRule.NONE_FAILED)
            >> Choice.of(decide, spec, **NEWS)
            >> [_retrain(spec), Step.of(roll_back, spec, outlets=[asset(spec, "champion")], **NEWS)]
        )
    dag.params.update(_params())
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


def ingest(spec: ModelSpec, context: Context) -> dict[str, Any]:
    """Read the window's rows and the labels that became known in it.

    Waits for its turn first: which labels are read depends on the windows before.
    """
    from leeway.core import run_subject
    from leeway.stages.ingest import ingest as stage
    from leeway.workspace import Workspace

    ws, window = Workspace.open(), window_of(spec, context)
    wait_for_rows(ws, spec, window, runs=context["ti"])
    ws.catalog.note(spec.name, run_subject(window), {"dag_run": context["ti"].run_id})
    return stage(ws, spec, window).model_dump(mode="json")


def validate(spec: ModelSpec, context: Context) -> str:
    """Hold the rows against their expectations; publish them or set them aside."""
    from leeway.core import Delivery
    from leeway.stages.validate import validate as stage
    from leeway.workspace import Workspace

    delivery = Delivery.model_validate(context["ti"].xcom_pull(task_ids="ingest"))
    partition = stage(Workspace.open(), spec, delivery.window, delivery)
    return partition.version if partition.usable else f"{partition.state}: {partition.reason}"


def score(spec: ModelSpec, context: Context) -> str:
    """Let the champion as of the window's start predict. Waits for its turn first."""
    from leeway.stages.score import score as stage
    from leeway.workspace import Workspace

    ws, window = Workspace.open(), window_of(spec, context)
    wait_for_turn(ws, spec, window, runs=context["ti"])
    predictions = stage(ws, spec, window)
    if predictions is None:
        raise AirflowSkipException("nothing to score: no champion yet, or the batch is in quarantine")
    return predictions.version


def measure(spec: ModelSpec, context: Context) -> dict[str, Any]:
    """Profile the window, look for drift, judge the champion on labels that matured."""
    from leeway.stages.measure import measure as stage
    from leeway.workspace import Workspace

    revision, measurement = stage(Workspace.open(), spec, window_of(spec, context))
    return {"revision": revision, "status": measurement.status, "flagged": [s.subject for s in measurement.flagged]}


def decide(spec: ModelSpec, context: Context) -> str | None:
    """Append one decision to the ledger. If it is to retrain, recalibrate or roll back, that is done next."""
    from leeway import turns
    from leeway.core import Action
    from leeway.stages.decide import decide as stage
    from leeway.workspace import Workspace

    ws, window = Workspace.open(), window_of(spec, context)
    decision = stage(ws, spec, window)
    log.info("%s: %s", decision.action, decision.sentence)
    metrics.decided(spec, decision, ws.catalog.measurement(spec.name, window))
    if decision.action is Action.ROLL_BACK:
        return "roll_back"
    if decision.action not in turns.TRAININGS:
        return None
    order = turns.Order(decision)
    reasons = [reason.value for reason in decision.reasons]
    conf = {"as_of": window.end.isoformat(), "reasons": reasons, "why": decision.sentence, "recalibrate": order.base}
    context["ti"].xcom_push(key="training", value={"run_id": run_id_of(window), "conf": conf})
    return "retrain"


def roll_back(spec: ModelSpec, context: Context) -> str:
    """Let an earlier champion serve again, as the decision says. Skipped if a person was quicker."""
    from leeway.replay import run_roll_back
    from leeway.workspace import Workspace

    ws, window = Workspace.open(), window_of(spec, context)
    decision = ws.catalog.decision(spec.name, window)
    promotion = run_roll_back(ws, spec, decision) if decision is not None else None
    if promotion is None:
        raise AirflowSkipException(
            "nothing is done: it was done, it failed (see leeway history), or a person stepped in"
        )
    metrics.promoted(spec, promotion)
    return f"v{promotion.to_version} serves from {promotion.effective_from:%Y-%m-%dT%H:%MZ}"


def _retrain(spec: ModelSpec) -> TriggerDagRunOperator:
    asked = "ti.xcom_pull(task_ids='decide', key='training')"
    return TriggerDagRunOperator(
        task_id="retrain",
        doc_md="Start the training, once per window.",
        trigger_dag_id=f"{spec.name}__training",
        trigger_run_id=f"{{{{ {asked}['run_id'] }}}}",
        conf=cast("dict[str, Any]", f"{{{{ {asked}['conf'] }}}}"),  # rendered, it is one
        logical_date=None,
        skip_when_already_exists=True,
    )

"""The DAG ``<model>__promotion``: a person approves or rejects a challenger, or lets an earlier champion serve again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.providers.standard.operators.hitl import HITLBranchOperator
from airflow.sdk import DAG, Param, get_current_context, task

from leeway.orchestration.common import DEFAULT_ARGS, common, first_day
from leeway.orchestration.context import explains, user_of
from leeway.spec import ModelSpec


def promotion(spec: ModelSpec) -> DAG:
    """Build the promotion DAG of a model."""
    with DAG(
        dag_id=f"{spec.name}__promotion",
        schedule=None,
        start_date=first_day(spec.schedule),
        catchup=False,
        max_active_runs=4,
        render_template_as_native_obj=True,
        params={
            "action": Param("roll_back", type="string", enum=["roll_back", "approve"], title="Action"),
            "version": Param(
                None,
                type=["null", "integer"],
                title="Version",
                description="roll_back: the champion to go back to; empty: the one before. approve: the challenger.",
            ),
            "reason": Param("", type="string", title="Reason", description="For the ledger."),
        },
        **common(spec, "promotion"),
    ) as dag:
        ask = HITLBranchOperator(
            task_id="ask",
            subject="Promote version {{ params.version }} of " + spec.name + "?",
            body="{{ ti.xcom_pull(task_ids='choose')['evidence'] }}",
            options=["Approve", "Reject"],
            options_mapping={"Approve": "promote", "Reject": "reject"},
            defaults="Reject",
            response_timeout=timedelta(hours=spec.approval_hours),
        )
        _choose(spec) >> _branch() >> [ask, _roll_back(spec)]
        ask >> [_promote(spec), _reject(spec)]
    return dag


def _choose(spec: ModelSpec) -> Any:
    @task(task_id="choose", doc_md="Look up what is to be approved.", **DEFAULT_ARGS)
    @explains
    def choose() -> dict[str, Any]:
        from leeway.outcome import evaluation_of
        from leeway.workspace import Workspace

        params = get_current_context()["params"]
        if params["action"] != "approve":
            return {"next": "roll_back", "evidence": ""}
        evaluation = evaluation_of(Workspace.open(), spec, _version(params["version"]))
        lines = [evaluation.sentence, *(f"- {gate.gate}: {gate.sentence}" for gate in evaluation.gates)]
        return {"next": "ask", "evidence": "\n".join(lines)}

    return choose()


def _branch() -> Any:
    @task.branch(task_id="branch", **DEFAULT_ARGS)
    def branch() -> str:
        return str(get_current_context()["ti"].xcom_pull(task_ids="choose")["next"])

    return branch()


def _promote(spec: ModelSpec) -> Any:
    @task(task_id="promote", doc_md="Make the approved challenger the champion.", **DEFAULT_ARGS)
    @explains
    def promote() -> str:
        from leeway.outcome import evaluation_of
        from leeway.stages.promote import promote as stage
        from leeway.workspace import Workspace

        ws, context = Workspace.open(), get_current_context()
        evaluation = evaluation_of(ws, spec, _version(context["params"]["version"]))
        promoted = stage(ws, spec, evaluation, by=_responder(context))
        return f"v{promoted.to_version} serves from {promoted.effective_from}" if promoted else "nothing to promote"

    return promote()


def _reject(spec: ModelSpec) -> Any:
    @task(task_id="reject", doc_md="Record that the challenger was rejected.", **DEFAULT_ARGS)
    @explains
    def reject() -> None:
        from leeway.outcome import evaluation_of
        from leeway.stages.promote import reject as stage
        from leeway.workspace import Workspace

        ws, context = Workspace.open(), get_current_context()
        stage(ws, spec, evaluation_of(ws, spec, _version(context["params"]["version"])), by=_responder(context))

    return reject()


def _roll_back(spec: ModelSpec) -> Any:
    @task(task_id="roll_back", doc_md="Let an earlier champion serve again.", **DEFAULT_ARGS)
    @explains
    def roll_back() -> str:
        from leeway.stages.roll_back import roll_back as stage
        from leeway.workspace import Workspace

        context = get_current_context()
        version, reason = context["params"]["version"], context["params"]["reason"]
        by = user_of(context["dag_run"])
        done = stage(Workspace.open(), spec, to=_version(version) if version else None, by=by, reason=reason)
        return f"v{done.to_version} serves from {done.effective_from}"

    return roll_back()


def _responder(context: Any) -> str:
    """Who answered; nobody if the time limit did."""
    answer = context["ti"].xcom_pull(task_ids="ask") or {}
    user = answer.get("responded_by_user") or {}
    return user.get("name") or user.get("id") or "the time limit"


def _version(given: Any) -> int:
    return int(given)

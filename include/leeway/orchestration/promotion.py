"""The DAG ``<model>__promotion``: a person approves or rejects a challenger, or lets an earlier champion return."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.providers.standard.operators.hitl import HITLBranchOperator
from airflow.sdk import DAG, Param
from airflow.sdk.definitions.param import ParamsDict

from leeway.orchestration.common import asset, common
from leeway.orchestration.context import user_of
from leeway.orchestration.step import Choice, Step

if TYPE_CHECKING:
    from airflow.sdk import Context

    from leeway.core import Evaluation
    from leeway.spec import ModelSpec
    from leeway.workspace import Workspace

NOBODY = "the time limit"
"""Who rejected a challenger that nobody answered for."""


def promotion(spec: ModelSpec) -> DAG:
    """Build the promotion DAG of a model."""
    with DAG(schedule=None, catchup=False, max_active_runs=4, **common(spec, "promotion")) as dag:
        ask = Ask(
            task_id="ask",
            doc_md=f"Wait for a person, at most {spec.approval_hours} hours; then the champion stays.",
            subject="Promote version {{ params.version }} of " + spec.name + "?",
            body="{{ ti.xcom_pull(task_ids='choose', key='evidence') }}",
            options=["Approve", "Reject"],
            options_mapping={"Approve": "promote", "Reject": "reject"},
            params={"comment": Param("", type="string", title="Comment", description="For the ledger.")},
            defaults="Reject",
            response_timeout=timedelta(hours=spec.approval_hours),
            execution_timeout=None,  # it would count as the time to answer
        )
        champion = asset(spec, "champion")
        Choice.of(choose, spec) >> [ask, Step.of(roll_back, spec, outlets=[champion])]
        ask >> [Step.of(promote, spec, outlets=[champion]), Step.of(reject, spec)]
    dag.params.update(_params())
    return dag


def _params() -> ParamsDict:
    return ParamsDict(
        {
            # No default: triggering it without a thought must not change who serves.
            "action": Param(None, type="string", enum=["roll_back", "approve"], title="Action"),
            "version": Param(
                None,
                type=["null", "integer"],
                title="Version",
                description="roll_back: the champion to go back to; empty: the one before. approve: the challenger.",
            ),
            "reason": Param("", type="string", title="Reason", description="For the ledger."),
        }
    )


class Ask(HITLBranchOperator):
    """Asks a person and keeps who answered what: the result of a branch is only where the run goes on."""

    def execute_complete(self, context: Any, event: dict[str, Any]) -> Any:
        """Go on with the answer, given by a person or by the time limit."""
        user = event.get("responded_by_user") or {"name": NOBODY}
        context["ti"].xcom_push(key="by", value=user["name"] or user["id"])
        context["ti"].xcom_push(key="comment", value=str((event.get("params_input") or {}).get("comment") or ""))
        return super().execute_complete(context, event)


def choose(spec: ModelSpec, context: Context) -> str:
    """Approve or roll back? Look up what is to be approved."""
    from leeway.workspace import Workspace

    if context["params"]["action"] != "approve":
        return "roll_back"
    evaluation = _evaluation(Workspace.open(), spec, context)
    evidence = [evaluation.sentence, *(f"- {gate.gate}: {gate.sentence}" for gate in evaluation.gates)]
    context["ti"].xcom_push(key="evidence", value="\n".join(evidence))
    return "ask"


def promote(spec: ModelSpec, context: Context) -> str:
    """Make the approved challenger the champion."""
    from leeway.stages.promote import promote as stage
    from leeway.workspace import Workspace

    ws = Workspace.open()
    promoted = stage(ws, spec, _evaluation(ws, spec, context), **_answer(context))
    return f"v{promoted.to_version} serves from {promoted.effective_from}" if promoted else "nothing to promote"


def reject(spec: ModelSpec, context: Context) -> None:
    """Record that the challenger was rejected."""
    from leeway.stages.promote import reject as stage
    from leeway.workspace import Workspace

    ws = Workspace.open()
    stage(ws, spec, _evaluation(ws, spec, context), **_answer(context))


def roll_back(spec: ModelSpec, context: Context) -> str:
    """Let an earlier champion serve again."""
    from leeway.stages.roll_back import roll_back as stage
    from leeway.workspace import Workspace

    version, reason = context["params"]["version"], context["params"]["reason"]
    done = stage(Workspace.open(), spec, to=version, by=user_of(context["dag_run"]), reason=reason)
    return f"v{done.to_version} serves from {done.effective_from}"


def _answer(context: Context) -> dict[str, str]:
    """Who answered, and what they said to it."""
    return {key: str(context["ti"].xcom_pull(task_ids="ask", key=key) or "") for key in ("by", "comment")}


def _evaluation(ws: Workspace, spec: ModelSpec, context: Context) -> Evaluation:
    """The evaluation of the challenger that the run is about.

    Raises:
        SpecError: if the run does not say which.
        CatalogError: if no evaluation made this version.
    """
    from leeway.errors import SpecError
    from leeway.outcome import evaluation_of

    version = context["params"]["version"]
    if version is None:
        raise SpecError("no version was given", code="SPEC052", model=spec.name, do="Say which challenger to approve.")
    return evaluation_of(ws, spec, version)

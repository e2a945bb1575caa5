"""The DAG ``<model>__training``: snapshot, candidates side by side, evaluation, promotion. Started by a decision or by hand."""

from __future__ import annotations

from typing import Any

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import DAG, Asset, Param, TriggerRule, get_current_context, task
from airflow.sdk.exceptions import AirflowFailException

from leeway.orchestration.common import DEFAULT_ARGS, TRAINING_POOL, common, first_day
from leeway.orchestration.context import explains, user_of
from leeway.spec import ModelSpec


def training(spec: ModelSpec) -> DAG:
    """Build the training DAG of a model."""
    with DAG(
        dag_id=f"{spec.name}__training",
        schedule=None,
        start_date=first_day(spec.schedule),
        catchup=False,
        max_active_runs=1,
        render_template_as_native_obj=True,
        params={
            "as_of": Param(
                None,
                type=["null", "string"],
                title="As of",
                description="Use what was known at this time: the end of a decided window. Empty: the newest decided window.",
            ),
            "reasons": Param(["requested"], type="array", title="Reasons", items={"type": "string"}),
            "why": Param("", type="string", title="Why", description="For the ledger."),
        },
        **common(spec, "training"),
    ) as dag:
        work = _snapshot(spec)
        evaluation = _evaluate(spec, _train(spec, work))
        promoted = _promote(spec, evaluation)
        closed = _close(spec)
        [work, evaluation, promoted] >> closed
        if spec.promotion == "approval":
            promoted >> _ask(spec)
    return dag


def request_of(context: Any) -> dict[str, Any]:
    """What a training run was asked for: by a decision (its run id says so) or by somebody."""
    dag_run, params = context["dag_run"], context["params"]
    by_decision = dag_run.run_id.startswith("retrain__")
    return {
        "as_of": params["as_of"],
        "reasons": list(params["reasons"]),
        "request": "" if by_decision else f"{user_of(dag_run)}:{dag_run.run_id}",
    }


def _snapshot(spec: ModelSpec) -> Any:
    @task(task_id="snapshot", doc_md="Pin the exact data; list the candidates.", **DEFAULT_ARGS)
    @explains
    def snapshot() -> list[dict[str, Any]]:
        from leeway.core import Reason
        from leeway.recipes import recipes
        from leeway.stages.snapshot import snapshot as stage
        from leeway.workspace import Workspace

        ws, asked = Workspace.open(), request_of(get_current_context())
        job = stage(
            ws,
            spec,
            _as_of(ws, spec, asked["as_of"]),
            reasons=tuple(Reason(reason) for reason in asked["reasons"]),
            request=asked["request"],
        )
        candidates = recipes(spec, ws.catalog.snapshot(job.snapshot))
        return [{"job": job.model_dump(mode="json"), "candidate": c.model_dump(mode="json")} for c in candidates]

    return snapshot()


def _train(spec: ModelSpec, work: Any) -> Any:
    @task(
        task_id="train",
        doc_md="Try one candidate: search, fit without the held-back windows, score these.",
        pool=TRAINING_POOL,
        map_index_template="{{ candidate }}",
        **DEFAULT_ARGS,
    )
    @explains
    def train(item: dict[str, Any]) -> dict[str, Any]:
        from leeway.core import Candidate, TrainingJob
        from leeway.stages.train import train as stage
        from leeway.workspace import Workspace

        candidate = Candidate.model_validate(item["candidate"])
        get_current_context()["candidate"] = candidate.name  # type: ignore[typeddict-unknown-key]
        result = stage(Workspace.open(), spec, TrainingJob.model_validate(item["job"]), candidate)
        return {"job": item["job"], "result": result.model_dump(mode="json")}

    return train.expand(item=work)


def _evaluate(spec: ModelSpec, trained: Any) -> Any:
    @task(
        task_id="evaluate",
        doc_md="Choose the best candidate, hold it against the champion and the gates, refit and register it.",
        pool=TRAINING_POOL,
        **DEFAULT_ARGS,
    )
    @explains
    def evaluate(tried: list[dict[str, Any]]) -> dict[str, Any]:
        import logging

        from leeway.core import CandidateResult, TrainingJob
        from leeway.stages.evaluate import evaluate as stage
        from leeway.workspace import Workspace

        tried = list(tried)
        results = [CandidateResult.model_validate(item["result"]) for item in tried]
        evaluation = stage(Workspace.open(), spec, TrainingJob.model_validate(tried[0]["job"]), results)
        logging.getLogger(__name__).info("%s: %s", evaluation.verdict, evaluation.sentence)
        return {
            "as_of": evaluation.as_of.isoformat(),
            "request": evaluation.request,
            "verdict": evaluation.verdict,
            "challenger": evaluation.challenger,
        }

    return evaluate(trained)


def _promote(spec: ModelSpec, evaluation: Any) -> Any:
    @task.short_circuit(
        task_id="promote",
        doc_md="Make a challenger that passed every gate the champion; go on to ask a person where the spec says so.",
        outlets=[Asset(name=f"{spec.name}/champion", uri=f"leeway://{spec.name}/champion")],
        ignore_downstream_trigger_rules=False,
        **DEFAULT_ARGS,
    )
    @explains
    def promote(outcome: dict[str, Any]) -> bool:
        from leeway.outcome import find_evaluation
        from leeway.stages.promote import promote as stage
        from leeway.workspace import Workspace

        ws = Workspace.open()
        stage(ws, spec, find_evaluation(ws, spec, outcome["as_of"], outcome["request"]))
        return bool(outcome["verdict"] == "await_approval")

    return promote(evaluation)


def _ask(spec: ModelSpec) -> TriggerDagRunOperator:
    return TriggerDagRunOperator(
        task_id="ask_for_approval",
        trigger_dag_id=f"{spec.name}__promotion",
        trigger_run_id="approve__{{ ti.xcom_pull(task_ids='evaluate')['challenger'] }}",
        conf={"action": "approve", "version": "{{ ti.xcom_pull(task_ids='evaluate')['challenger'] }}"},
        logical_date=None,
        skip_when_already_exists=True,
        **DEFAULT_ARGS,
    )


def _close(spec: ModelSpec) -> Any:
    @task(
        task_id="close",
        doc_md="If the training failed, record that: the champion stays and the next window is not held up.",
        trigger_rule=TriggerRule.ALL_DONE,
        **DEFAULT_ARGS,
    )
    @explains
    def close() -> str:
        from leeway.core import Reason, Verdict
        from leeway.stages.abandon import abandon
        from leeway.workspace import Workspace

        ws, asked = Workspace.open(), request_of(get_current_context())
        outcome = abandon(
            ws,
            spec,
            _as_of(ws, spec, asked["as_of"]),
            reasons=tuple(Reason(reason) for reason in asked["reasons"]),
            why="a task of the training run failed; see its log",
            request=asked["request"],
        )
        if outcome.verdict is Verdict.FAILED:
            raise AirflowFailException(outcome.sentence)
        return str(outcome.verdict)

    return close()


def _as_of(ws: Any, spec: ModelSpec, text: str | None) -> Any:
    from leeway.outcome import as_of

    return as_of(ws, spec, text)

"""The DAG ``<model>__training``: snapshot, candidates, evaluation, promotion. Started by a decision or by hand."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import DAG, CronTriggerTimetable, Param, TriggerRule, get_current_context, task
from airflow.sdk.definitions.param import ParamsDict
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from leeway.core import Reason
from leeway.errors import TrainingError
from leeway.orchestration import metrics
from leeway.orchestration.common import NEWS, asset, common
from leeway.orchestration.context import explains, user_of
from leeway.orchestration.step import Choice, Step
from leeway.settings import TRAINING_POOL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from airflow.sdk import Context, XComArg

    from leeway.core import Evaluation
    from leeway.spec import ModelSpec
    from leeway.workspace import Workspace

log = logging.getLogger(__name__)


def training(spec: ModelSpec) -> DAG:
    """Build the training DAG of a model."""
    cron = spec.training.cron
    with DAG(
        schedule=CronTriggerTimetable(cron, timezone=spec.schedule.timezone) if cron else None,
        catchup=False,
        max_active_runs=1,
        dagrun_timeout=timedelta(days=1),
        render_template_as_native_obj=True,
        **common(spec, "training"),
    ) as dag:
        evaluated = Step.of(evaluate, spec, **_fits(spec), **NEWS)
        _train(spec, Step.of(snapshot, spec)) >> evaluated
        evaluated >> [Step.of(close, spec, trigger_rule=TriggerRule.ALL_DONE, **NEWS), *_serve(spec)]
    dag.params.update(_params())
    return dag


def _fits(spec: ModelSpec) -> dict[str, Any]:
    """Where the tasks run that fit models: in the pool that bounds them, on the queue that the model file names."""
    queue = spec.training.queue
    return {"pool": TRAINING_POOL} | ({"queue": queue} if queue else {})


def _params() -> ParamsDict:
    return ParamsDict(
        {
            "as_of": Param(
                None,
                type=["null", "string"],
                title="As of",
                description="Use what was known then, at the end of a decided window. Empty: of the newest one.",
            ),
            "reasons": Param(["requested"], type="array", title="Reasons", items={"type": "string"}),
            "why": Param("", type="string", title="Why", description="For the ledger."),
            "recalibrate": Param(
                None,
                type=["null", "integer"],
                title="Recalibrate",
                description="Only correct the scores of this version. Empty: train models.",
            ),
        }
    )


@dataclass(frozen=True)
class Request:
    """What a training run was asked for: by a decision, or by a person (``key`` then says by whom and in which run)."""

    as_of: datetime
    reasons: tuple[Reason, ...]
    key: str

    @classmethod
    def of(cls, ws: Workspace, spec: ModelSpec, context: Any) -> Request:
        """Read a run's request.

        The first task fixes ``as_of`` for the others: the newest decided window may be another one a little later.

        Raises:
            SpecError: if no window was decided yet, or none ended at the time asked for.
        """
        from leeway.outcome import as_of

        dag_run, params, ti = context["dag_run"], context["params"], context["ti"]
        found = as_of(ws, spec, ti.xcom_pull(task_ids="snapshot", key="as_of") or params["as_of"])
        by_decision = dag_run.run_id.startswith("retrain__")
        key = "" if by_decision else f"{user_of(dag_run)}:{dag_run.run_id}"
        reasons = [Reason.SCHEDULED] if dag_run.run_type == "scheduled" else map(Reason, params["reasons"])
        return cls(found, tuple(reasons), key)

    def abandon(self, ws: Workspace, spec: ModelSpec, why: str) -> Evaluation:
        """Record that the retrain failed, unless it has an outcome."""
        from leeway.stages.abandon import abandon

        return abandon(ws, spec, self.as_of, reasons=self.reasons, why=why, request=self.key)


@contextmanager
def recorded(ws: Workspace, spec: ModelSpec, context: Context) -> Iterator[Request]:
    """Let a training that cannot be, because of its data, have the outcome that it has outside Airflow too."""
    request = Request.of(ws, spec, context)
    try:
        yield request
    except TrainingError as error:
        request.abandon(ws, spec, str(error))
        raise


def snapshot(spec: ModelSpec, context: Context) -> list[dict[str, Any]]:
    """Pin the exact data; list the candidates."""
    from leeway.recipes import candidates_of
    from leeway.stages.snapshot import snapshot as stage
    from leeway.workspace import Workspace

    ws, ti = Workspace.open(), context["ti"]
    with recorded(ws, spec, context) as request:
        ti.xcom_push(key="as_of", value=request.as_of.isoformat())
        job = stage(
            ws,
            spec,
            request.as_of,
            reasons=request.reasons,
            request=request.key,
            dag_run=ti.run_id,
            base=context["params"]["recalibrate"],
        )
    candidates = candidates_of(ws, spec, job)
    return [{"job": job.model_dump(mode="json"), "candidate": c.model_dump(mode="json")} for c in candidates]


def _train(spec: ModelSpec, pinned: Step) -> XComArg:
    """The one task that Airflow multiplies, once per candidate: its decorator knows how, a `Step` does not."""

    @task(
        task_id="train",
        doc_md="Try one candidate: search, fit without the held-back windows, score these.",
        map_index_template="{{ candidate }}",
        **_fits(spec),
    )
    @explains
    def train(item: dict[str, Any]) -> dict[str, Any]:
        from leeway.core import Candidate, TrainingJob
        from leeway.stages.train import train as stage
        from leeway.workspace import Workspace

        context, ws, candidate = get_current_context(), Workspace.open(), Candidate.model_validate(item["candidate"])
        context["candidate"] = candidate.name  # type: ignore[typeddict-unknown-key]
        with recorded(ws, spec, context):
            result = stage(ws, spec, TrainingJob.model_validate(item["job"]), candidate)
        return {"job": item["job"], "result": result.model_dump(mode="json")}

    return train.expand(item=pinned.output)


def evaluate(spec: ModelSpec, context: Context) -> dict[str, Any]:
    """Choose the best candidate, hold it against the champion and the gates, refit and register it."""
    from leeway.core import CandidateResult, TrainingJob
    from leeway.stages.evaluate import evaluate as stage
    from leeway.workspace import Workspace

    ws, tried = Workspace.open(), context["ti"].xcom_pull(task_ids=["train"])  # as a list: also of one candidate
    results = [CandidateResult.model_validate(item["result"]) for item in tried]
    with recorded(ws, spec, context):
        evaluation = stage(ws, spec, TrainingJob.model_validate(tried[0]["job"]), results)
    log.info("%s: %s", evaluation.verdict, evaluation.sentence)
    metrics.evaluated(spec, evaluation)
    names = {"as_of", "request", "verdict", "challenger"}
    return evaluation.model_dump(mode="json", include=names)


def _serve(spec: ModelSpec) -> list[Step]:
    """What is done with a challenger that passed: it serves, or a person is asked, or whichever the verdict says."""
    steps: list[Step] = []
    if spec.promotion != "approval":
        steps.append(Step.of(promote, spec, outlets=[asset(spec, "champion")], **NEWS))
    if spec.promotion != "auto":
        steps.append(asked := Choice.of(passed, spec))
        asked >> _ask(spec)
    return steps


def promote(spec: ModelSpec, context: Context) -> str:
    """Make a challenger that passed every gate the champion. Skipped if the champion stays."""
    from leeway.outcome import find_evaluation
    from leeway.stages.promote import promote as stage
    from leeway.workspace import Workspace

    ws, outcome = Workspace.open(), context["ti"].xcom_pull(task_ids="evaluate")
    examined = find_evaluation(ws, spec, outcome["as_of"], outcome["request"])
    promotion = stage(ws, spec, examined)
    if promotion is None:
        frozen = "The model is frozen; leeway approve lets it serve. " if ws.catalog.is_frozen(spec.name) else ""
        raise AirflowSkipException(f"{frozen}{examined.sentence}")
    metrics.promoted(spec, promotion)
    return f"v{promotion.to_version} serves from {promotion.effective_from:%Y-%m-%dT%H:%MZ}"


def passed(_spec: ModelSpec, context: Context) -> str | None:
    """Only a challenger that passed every gate is put to a person."""
    outcome = context["ti"].xcom_pull(task_ids="evaluate")
    return "ask_for_approval" if outcome["verdict"] == "await_approval" else None


def _ask(spec: ModelSpec) -> TriggerDagRunOperator:
    challenger = "{{ ti.xcom_pull(task_ids='evaluate')['challenger'] }}"
    return TriggerDagRunOperator(
        task_id="ask_for_approval",
        doc_md="Start the promotion DAG, once per challenger: there a person approves or rejects it.",
        trigger_dag_id=f"{spec.name}__promotion",
        trigger_run_id=f"approve__{challenger}",
        conf={"action": "approve", "version": challenger},
        logical_date=None,
        skip_when_already_exists=True,
    )


def close(spec: ModelSpec, context: Context) -> str:
    """If the training failed, record that: the champion stays and the next window is not held up."""
    from leeway.core import Verdict
    from leeway.workspace import Workspace

    ws = Workspace.open()
    request = Request.of(ws, spec, context)
    outcome = request.abandon(ws, spec, "a task of the training run failed; see its log")
    if outcome.verdict is Verdict.FAILED:
        raise AirflowFailException(outcome.sentence)
    return str(outcome.verdict)

"""The DAG ``leeway__backtest``: replays a model's own history under other policies. Started by hand only."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from airflow.sdk import DAG, Param, get_current_context, task
from airflow.sdk.definitions.param import ParamsDict

from leeway.orchestration.common import DEFAULT_ARGS
from leeway.orchestration.context import explains, user_of
from leeway.settings import BACKTEST_DAG, TRAINING_POOL

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger(__name__)
TIMES = 10
"""How often the log tells how far a step is."""


def backtest() -> DAG:
    """Build the DAG of backtests: one for all models."""
    with DAG(
        dag_id=BACKTEST_DAG,
        schedule=None,
        start_date=datetime(2024, 1, 1, tzinfo=UTC),
        catchup=False,
        max_active_runs=4,
        is_paused_upon_creation=False,
        tags=["leeway", "backtest"],
        default_args={"owner": "leeway", **DEFAULT_ARGS, "execution_timeout": timedelta(hours=12)},
        description="Replay a model's own history under other policies.",
        doc_md="Which policy would have paid? Nobody is retrained. The newest result is on the model's page. "
        "To cancel a backtest, mark its run as failed; a later one goes on from what was computed.",
    ) as dag:
        task(task_id="replay", pool=TRAINING_POOL)(replay)()
    dag.params.update(_params())
    return dag


def _params() -> ParamsDict:
    def day(title: str, description: str) -> Param:
        return Param(None, type=["null", "string"], title=title, description=description)

    return ParamsDict(
        {
            "model": Param(None, type="string", title="Model"),
            "policies": Param(
                [],
                type="array",
                items={"type": "string"},
                title="Policies",
                description="Kinds, or as in the model file: {kind: every, windows: 4}. Empty: its own and every kind.",
            ),
            "retrain_costs": Param(
                [],
                type="array",
                items={"type": "number", "minimum": 0},
                title="Costs of a retrain",
                description="In points of the metric, the real one first. Empty: the model's own, half and twice.",
            ),
            "since": day("Since", "No window before the one of this date. Empty: the newest windows."),
            "until": day("Until", "No window after the one of this date."),
        }
    )


@explains
def replay() -> str:
    """Replay the history and keep the result; say what is recommended."""
    from leeway.backtest import Wish, replay_own
    from leeway.settings import settings
    from leeway.spec import find_spec
    from leeway.workspace import Workspace

    context = get_current_context()
    asked = context["params"]
    ws = Workspace.open()
    found = replay_own(
        ws,
        find_spec(settings().models, asked["model"]),
        Wish(
            policies=tuple(asked["policies"]),
            costs=tuple(asked["retrain_costs"]),
            since=asked["since"],
            until=asked["until"],
        ),
        root=settings().home.resolve() / "backtests",
        by=user_of(context["dag_run"]),
        progress=told_in_the_log,
        workers=ws.threads,
    )
    chosen = found.recommendation
    return f"recommended: policy {chosen.policy}, retrain_cost {chosen.retrain_cost:g}"


def told_in_the_log(name: str) -> Callable[[int, int], None]:
    """Begin a step; what is given tells now and then how far it is."""
    log.info("%s", name)

    def step(done: int, of: int) -> None:
        if done * TIMES // of > (done - 1) * TIMES // of:
            log.info("%s: %d of %d", name, done, of)

    return step

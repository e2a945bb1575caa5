"""``leeway demo``: bring everything up, run the year through Airflow, show what happened, keep serving."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

from rich.console import Console

from leeway.demo.data import WINDOWS, prepare
from leeway.demo.progress import Watch
from leeway.demo.summary import summarise
from leeway.errors import ServiceError
from leeway.services.stack import Stack
from leeway.settings import settings
from leeway.spec import ModelSpec, load_specs
from leeway.workspace import Workspace

MODELS = ("flights", "flights_delay")
AT_A_TIME = 2
"""Windows of one model that Airflow works on at a time: they overlap as far as their order allows."""
REPORT = "demo-report.json"
"""What a finished demo leaves in its home for benchmarks and tests."""
UNFINISHED = ("queued", "running")
LOOK_EVERY, ASK_EVERY = 2.0, 20.0
"""Seconds between looks into the catalog, and between questions to Airflow."""


def main(*, once: bool) -> int:
    """Run the demo.

    Args:
        once: stop when the year is done instead of serving until Ctrl-C.

    Returns:
        0 if every window was decided and no run failed.

    Raises:
        ServiceError: if something cannot be started; the message says what to do.
    """
    console = Console()
    where = settings()
    console.print("[bold]leeway demo[/]: two models, a year of flights from New York, through Airflow and MLflow")
    if not (where.home / "demo").is_dir():
        console.print("writing the warehouse and the weekly exports (once) ...")
    prepare(where.home / "demo")
    stack = Stack(where.home, Path(__file__).parents[3])
    with stack.running(lambda text: console.print(f"[dim]{text}[/]")):
        os.environ.update(stack.env)
        settings.cache_clear()
        login = f"user [bold]admin[/]   password [bold]{stack.airflow.password}[/]"
        console.print(f"Airflow  {stack.airflow_url}   {login}", soft_wrap=True, highlight=False)
        console.print(f"MLflow   {stack.mlflow_url}\n", highlight=False)
        ws = Workspace.open()
        specs = _specs()
        fresh = not any(ws.catalog.decisions(spec.name) for spec in specs)
        began = time.monotonic()
        failed = _run_year(stack, ws, specs, console)
        seconds = time.monotonic() - began
        if fresh:
            console.print(f"\nThe year took {seconds / 60:.1f} minutes through Airflow; {failed or 'no'} runs failed.")
        summary = summarise(ws, specs, console)
        if fresh:  # a demo that only went on where another one had stopped has no makespan to tell
            report = {"seconds": round(seconds, 1), "failed_runs": failed, "models": summary}
            (where.home / REPORT).write_text(json.dumps(report, indent=1), encoding="utf-8")
        console.print(f"\nAirflow  {stack.airflow_url}   MLflow  {stack.mlflow_url}")
        if not once:
            console.print("Serving until Ctrl-C. `leeway explain flights --window 2013-07-08` tells more.")
            stack.wait()
    return 1 if failed else 0


def _specs() -> list[ModelSpec]:
    good, broken = load_specs(settings().models)
    missing = [name for name in MODELS if name not in good]
    if missing:
        why = "; ".join(str(error) for error in broken) or "their files are not there"
        raise ServiceError(f"the demo's models {', '.join(missing)} cannot be used: {why}", code="SVC042")
    return [good[name] for name in MODELS]


def _run_year(stack: Stack, ws: Workspace, specs: list[ModelSpec], console: Console) -> int:
    """Backfill the year of every model and wait for its end.

    Returns:
        The number of runs that failed.
    """
    _wait_for_dags(stack, specs)
    for spec in specs:
        _backfill(stack, f"{spec.name}__monitoring")
        for purpose in ("training", "promotion", "monitoring"):
            stack.client.unpause(f"{spec.name}__{purpose}")
    with Watch(ws, specs, console) as watch:
        asked = time.monotonic()
        while stack.failure is None:
            finished = watch.update()
            if (
                finished or time.monotonic() - asked > ASK_EVERY
            ):  # what is asked for costs Airflow what it could work with
                asked = time.monotonic()
                if not _active(stack, specs):
                    if finished:
                        break
                    _go_on(stack, specs)
            time.sleep(LOOK_EVERY)
    if stack.failure:
        raise stack.failure
    return sum(stack.client.count_runs(dag_id, states=["failed"]) for dag_id in _dag_ids(specs))


def _wait_for_dags(stack: Stack, specs: list[ModelSpec], seconds: float = 120) -> None:
    wanted = set(_dag_ids(specs))
    given_up = time.monotonic() + seconds
    while not wanted <= set(stack.client.dags()):
        if time.monotonic() > given_up:
            errors = "; ".join(f"{file}: {text}" for file, text in stack.client.import_errors().items())
            why = errors or "the DAG processor has not read them"
            log = stack.home / "logs" / "dag-processor.log"
            raise ServiceError(f"Airflow does not show the models' DAGs: {why}", code="SVC043", do=f"See {log}.")
        time.sleep(0.5)


def _backfill(stack: Stack, dag_id: str) -> None:
    """Ask Airflow for the windows of the year that it has not finished, unless it is at it (after a killed demo)."""
    client = stack.client
    failed = client.count_runs(dag_id, states=["failed"])
    if not failed and client.count_runs(dag_id) >= len(WINDOWS):
        return
    if any(found["completed_at"] is None for found in client.backfills(dag_id)):
        return
    client.create_backfill(
        dag_id,
        start=WINDOWS[0].start,
        end=WINDOWS[-1].start,
        max_active_runs=AT_A_TIME,
        reprocess="failed" if failed else "none",
    )


def _go_on(stack: Stack, specs: list[ModelSpec]) -> None:
    """Nothing is under way and the year is not done: say why, or ask for the windows that Airflow does not know."""
    for spec in specs:
        dag_id = f"{spec.name}__monitoring"
        if stack.client.count_runs(dag_id, states=["failed"]):
            where = f"{stack.airflow_url}/dags/{dag_id}"
            raise ServiceError(
                "runs of this DAG failed",
                code="SVC044",
                dag=dag_id,
                do=f"Look at {where}, mend the cause, and run the demo again: it runs them again.",
            )
        _backfill(stack, dag_id)


def _active(stack: Stack, specs: list[ModelSpec]) -> int:
    return sum(stack.client.count_runs(dag_id, states=UNFINISHED) for dag_id in _dag_ids(specs))


def _dag_ids(specs: list[ModelSpec]) -> list[str]:
    return [f"{spec.name}__{purpose}" for spec in specs for purpose in ("monitoring", "training", "promotion")]

"""``leeway demo``: bring everything up, run the year through Airflow, show what happened, keep serving."""

from __future__ import annotations

import json
import os
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from leeway.demo.data import prepare
from leeway.demo.progress import Watch, windows_of
from leeway.demo.summary import summarise
from leeway.errors import ServiceError
from leeway.services.elsewhere import Elsewhere
from leeway.services.stack import Stack
from leeway.settings import AIRFLOW_URL, settings
from leeway.spec import ModelSpec, load_specs
from leeway.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    with _running(console) as stack:
        demo = Demo(stack, Workspace.open(), _specs(), console)
        failed = demo.run()
        if isinstance(stack, Stack):  # an Airflow elsewhere is known to whoever named it, and serves without us
            console.print(f"\nAirflow  {stack.airflow_url}   MLflow  {stack.mlflow_url}")
            if not once:
                console.print("Serving until Ctrl-C. `leeway explain flights --window 2013-07-08` tells more.")
                stack.wait()
    return 1 if failed else 0


@contextmanager
def _running(console: Console) -> Iterator[Stack | Elsewhere]:
    """The Airflow that the environment names; without one a local stack, for the length of a with block."""
    where = settings()
    if os.environ.get(AIRFLOW_URL):
        yield Elsewhere.named(os.environ, home=where.home, mlflow_url=where.mlflow)
        return
    stack = Stack(where.home, Path(__file__).parents[3])
    with stack.running(lambda text: console.print(f"[dim]{text}[/]")):
        os.environ.update(stack.env)
        settings.cache_clear()
        login = f"user [bold]admin[/]   password [bold]{stack.airflow.password}[/]"
        console.print(f"Airflow  {stack.airflow_url}   {login}", soft_wrap=True, highlight=False)
        console.print(f"MLflow   {stack.mlflow_url}\n", highlight=False)
        yield stack


@dataclass(frozen=True)
class Demo:
    """The demo on a stack that runs."""

    stack: Stack | Elsewhere
    ws: Workspace
    specs: list[ModelSpec]
    console: Console

    def run(self) -> int:
        """Backfill the windows of every model, tell what happened, and leave the figures in the home.

        Returns:
            The number of runs that failed.
        """
        fresh = not any(self.ws.catalog.decisions(spec.name) for spec in self.specs)
        began = time.monotonic()
        failed = self._backfill_all()
        seconds = time.monotonic() - began
        if fresh:
            self.console.print(
                f"\nThe year took {seconds / 60:.1f} minutes through Airflow; {failed or 'no'} runs failed."
            )
        summary = summarise(self.ws, self.specs, self.console)
        if fresh:  # a demo that only went on where another one had stopped has no makespan to tell
            report = {
                "seconds": round(seconds, 1),
                "failed_runs": failed,
                "models": summary,
            }
            (self.stack.home / REPORT).write_text(json.dumps(report, indent=1), encoding="utf-8")
        return failed

    def _backfill_all(self) -> int:
        self._wait_for_dags()
        for spec in self.specs:
            self._backfill(spec)
            for purpose in ("training", "promotion", "monitoring"):
                self.stack.client.unpause(f"{spec.name}__{purpose}")
        with Watch(self.ws, self.specs, self.console) as watch:
            asked = time.monotonic()
            while self.stack.failure is None:
                finished = watch.update()
                # What is asked for costs Airflow what it could work with.
                if finished or time.monotonic() - asked > ASK_EVERY:
                    asked = time.monotonic()
                    if not self._active():
                        if finished:
                            break
                        self._go_on()
                time.sleep(LOOK_EVERY)
        if self.stack.failure:
            raise self.stack.failure
        return sum(self.stack.client.count_runs(dag_id, states=["failed"]) for dag_id in self._dag_ids)

    def _wait_for_dags(self, seconds: float = 120) -> None:
        wanted = set(self._dag_ids)
        given_up = time.monotonic() + seconds
        while not wanted <= set(self.stack.client.dags()):
            if time.monotonic() > given_up:
                errors = "; ".join(f"{file}: {text}" for file, text in self.stack.client.import_errors().items())
                why = errors or "the DAG processor has not read them"
                log = self.stack.home / "logs" / "dag-processor.log"
                raise ServiceError(f"Airflow does not show the models' DAGs: {why}", code="SVC043", do=f"See {log}.")
            time.sleep(0.5)

    def _backfill(self, spec: ModelSpec) -> None:
        """Ask Airflow for the windows that it has not finished, unless it is at it (after a killed demo)."""
        client, dag_id, windows = self.stack.client, f"{spec.name}__monitoring", windows_of(spec)
        failed = client.count_runs(dag_id, states=["failed"])
        if not failed and client.count_runs(dag_id) >= len(windows):
            return
        if any(found["completed_at"] is None for found in client.backfills(dag_id)):
            return
        client.create_backfill(
            dag_id,
            start=windows[0].start,
            end=windows[-1].start,
            max_active_runs=AT_A_TIME,
            reprocess="failed" if failed else "none",
        )

    def _go_on(self) -> None:
        """Nothing is under way and not all is done: say why, or ask for the windows that Airflow does not know."""
        for spec in self.specs:
            dag_id = f"{spec.name}__monitoring"
            if self.stack.client.count_runs(dag_id, states=["failed"]):
                where = f"{self.stack.airflow_url}/dags/{dag_id}"
                raise ServiceError(
                    "runs of this DAG failed",
                    code="SVC044",
                    dag=dag_id,
                    do=f"Look at {where}, mend the cause, and run the demo again: it runs them again.",
                )
            self._backfill(spec)

    def _active(self) -> int:
        return sum(self.stack.client.count_runs(dag_id, states=UNFINISHED) for dag_id in self._dag_ids)

    @property
    def _dag_ids(self) -> list[str]:
        return [f"{spec.name}__{purpose}" for spec in self.specs for purpose in ("monitoring", "training", "promotion")]


def _specs() -> list[ModelSpec]:
    good, broken = load_specs(settings().models)
    missing = [name for name in MODELS if name not in good]
    if missing:
        why = "; ".join(str(error) for error in broken) or "their files are not there"
        raise ServiceError(f"the demo's models {', '.join(missing)} cannot be used: {why}", code="SVC042")
    return [good[name] for name in MODELS]

"""Windows of the drill's models through Airflow, and the ledger that has to come of them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from project import REPO, patiently, wait_for

from leeway.demo.progress import windows_of
from leeway.spec import load_specs

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from project import Project

MODELS: Final = ("flights", "flights_delay")
PURPOSES: Final = ("monitoring", "training", "promotion")
DATA: Final = "import sys, pathlib; from leeway.demo.data import prepare; prepare(pathlib.Path(sys.argv[1]))"


@dataclass(frozen=True)
class Windows:
    """The windows of both models, and how far they are."""

    project: Project

    @cached_property
    def starts(self) -> list[datetime]:
        """Of every window of the shortened year; both models have the same ones."""
        specs, _ = load_specs(self.project.folder / "include" / "models")
        return [window.start for window in windows_of(specs[MODELS[0]])]

    def begin(self) -> None:
        """Put the data in place and ask Airflow for all windows."""
        self.project.compose(
            "run", "--rm", "-T", "--entrypoint", "python", "leeway", "-c", DATA, "/var/lib/leeway/demo"
        )
        client = self.project.client()
        dags = {f"{model}__{purpose}" for model in MODELS for purpose in PURPOSES}

        def airflow_shows_all_dags():
            return dags <= set(client.dags())

        wait_for(airflow_shows_all_dags, seconds=180)
        for model in MODELS:
            client.create_backfill(f"{model}__monitoring", start=self.starts[0], end=self.starts[-1], max_active_runs=2)
        for dag in dags:
            client.unpause(dag)

    def done(self) -> int:
        """Windows that are decided, of both models together."""
        client = self.project.client()
        return sum(client.count_runs(f"{model}__monitoring", states=["success"]) for model in MODELS)

    def failed_runs(self) -> int:
        """Runs that somebody would have to look at."""
        client = self.project.client()
        return sum(
            client.count_runs(f"{model}__{purpose}", states=["failed"]) for model in MODELS for purpose in PURPOSES
        )

    def training(self) -> bool:
        """Whether a model is being trained."""
        client = self.project.client()
        return any(client.count_runs(f"{model}__training", states=["running", "queued"]) for model in MODELS)

    def more(self, count: int) -> float:
        """Wait for some more windows, if there are any: seconds that it took."""
        goal = min(patiently(self.done) + count, len(MODELS) * len(self.starts))

        def more_windows_are_decided():
            return self.done() >= goal

        return wait_for(more_windows_are_decided, seconds=900)

    def all(self) -> None:
        """Wait until every window is decided and nothing is being trained."""
        goal = len(MODELS) * len(self.starts)

        def all_windows_are_decided():
            return self.done() >= goal and not self.training()

        wait_for(all_windows_are_decided, seconds=2400)

    def undisturbed(self, model: str) -> dict:
        """The ledger of the same windows in one process of this machine, without Airflow and containers."""
        home = self.project.folder.with_name("undisturbed") / model
        models = self.project.folder / "include" / "models"
        env = {name: value for name, value in os.environ.items() if not name.startswith(("LEEWAY_", "MLFLOW_"))}
        env |= {"LEEWAY_HOME": str(home), "LEEWAY_MODELS": str(models), "PYTHONPATH": str(REPO / "include")}
        shutil.rmtree(home, ignore_errors=True)
        _python(env, "-c", DATA, str(home / "demo"))
        _python(env, "-m", "leeway", "migrate")
        _python(env, "-m", "leeway", "run", "all", "--model", model)
        said = _python(env, "-m", "leeway", "history", model, "--json")
        answer: dict = json.loads(said[said.index("{") :])
        return answer


def _python(env: dict[str, str], *arguments: str | Path) -> str:
    done = subprocess.run(
        [sys.executable, *map(str, arguments)], env=env, cwd=REPO, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{arguments} failed:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return done.stdout

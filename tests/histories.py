"""Histories of a tiny model, grown once and copied: what a catalog holds after the same windows in another way."""

from __future__ import annotations

import atexit
import multiprocessing
import shutil
import sqlite3
import tempfile
from contextlib import closing
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import tiny
from leeway.canonical import canonical_json, digest
from leeway.replay import advance
from leeway.settings import Settings
from leeway.spec import load_spec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from leeway.core import Window
    from leeway.workspace import Workspace

DETECTORS = [{"kind": "labelled_loss", "min_rows": 30, "z": 2}, "data_drift", "prediction_drift"]
CALM = {"policy": {"growth": None}, "monitoring": {"detectors": DETECTORS}}
"""Nothing but evidence of harm leads to a retrain, and forty rows are enough evidence."""
FORK = multiprocessing.get_context("fork")
GROWN = 7
"""Number of windows that are decided in `grown`: v1 was trained after the fifth and scored the sixth and seventh."""


def advance_to(project: tiny.Project, numbers: Iterable[int]) -> Workspace:
    """Bring a model up to each of these windows, in this order; give the workspace it was done in."""
    ws = project.workspace()
    for number in numbers:
        advance(ws, project.spec, tiny.day(number))
    return ws


def contents(ws: Workspace, *, until: Window | None = None) -> str:
    """The catalog's deterministic rows; if ``until`` is given only those that belong to times up to its end."""
    tables = ws.catalog.contents()
    if until is not None:
        end = until.end.isoformat()
        when = {"ledger": "at", "evaluation": "as_of", "snapshot": "as_of"}
        tables.pop("model_version")  # has no column of its own for its time; the ledger names it
        tables = {
            name: [row for row in rows if row[when.get(name, "window_end")] <= end] for name, rows in tables.items()
        }
    return canonical_json(tables)


def stored(project: tiny.Project) -> dict[str, str]:
    """Every file of the store with the digest of its bytes."""
    root = project.settings.home / "store"
    return {str(path.relative_to(root)): digest(path.read_bytes()) for path in root.rglob("*") if path.is_file()}


def copied(project: tiny.Project, folder: Path) -> tiny.Project:
    """The same model at the same point of its history, in another place."""
    here, there = project.settings, Settings(home=folder / "home", models=folder / "models", catalog_url=None)
    shutil.copytree(here.models, there.models)
    shutil.copytree(here.home, there.home)
    _move_artifacts(there.home / "mlflow.db", str(here.home), str(there.home))
    return tiny.Project(there, load_spec(there.models / f"{project.spec.name}.yaml"))


def hurried(folder: Path, **changes: object) -> tiny.Project:
    """Five windows, of which the last two each end with a retrain that is promoted: much history for little time."""
    policy = {"kind": "every", "windows": 1, "bootstrap_windows": 3, "min_rows": 30}
    gates = [{"kind": "beats_baseline"}]
    return tiny.project(folder, **{"days": 5, "policy": policy, "gates": gates, **changes})


def in_a_fresh_process(work: Callable[..., object], *arguments: object) -> None:
    """Run something in a child that inherits the imports of this process, and nothing that was opened since."""
    child = FORK.Process(target=work, args=arguments)
    child.start()
    child.join(120)
    assert child.exitcode == 0


def grown() -> tiny.Project:
    """A model with a champion and `GROWN` decided windows; not to be changed, only `copied`."""
    return _grown()


@lru_cache(maxsize=1)
def _grown() -> tiny.Project:
    folder = Path(tempfile.mkdtemp(prefix="leeway-grown-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    project = tiny.project(folder, **CALM)
    advance_to(project, [GROWN - 1])
    return project


def _move_artifacts(file: Path, before: str, after: str) -> None:
    """MLflow keeps the full path of everything."""
    places = {
        "experiments": ["artifact_location"],
        "runs": ["artifact_uri"],
        "logged_models": ["artifact_location"],
        "model_versions": ["source", "storage_location"],
    }
    with closing(sqlite3.connect(file)) as database, database:
        for table, columns in places.items():
            for column in columns:
                database.execute(f"UPDATE {table} SET {column} = replace({column}, ?, ?)", (before, after))


def runs(ws: Workspace) -> list[tuple[str, str, str]]:
    """Idempotency key, status and id of every live run in MLflow."""
    client = ws.tracking._client
    experiments = [found.experiment_id for found in client.search_experiments()]
    found = client.search_runs(experiments, max_results=1000)
    return sorted((run.data.tags["leeway.key"], run.info.status, run.info.run_id) for run in found)

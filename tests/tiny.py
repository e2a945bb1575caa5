"""A tiny model on tiny data: quick enough to replay in a test, real enough to be trained, promoted and to drift.

Forty rows a day; the target depends on ``amount``, ``age`` and ``channel``. Labels are known one day later. The first
model is trained when four days are labelled: that is decided at the fifth day, and it serves from the sixth.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from leeway.core import Window
from leeway.settings import Settings
from leeway.spec import ModelSpec, load_spec
from leeway.workspace import Workspace

START = date(2024, 1, 1)
ROWS = 40
"""Rows a day."""


@dataclass(frozen=True)
class Project:
    """A model file, its data, and where leeway keeps its state."""

    settings: Settings
    spec: ModelSpec

    def workspace(self) -> Workspace:
        """Open the catalog, the store and MLflow; the first time they are prepared, by copying empty ones."""
        home = self.settings.home
        if not (home / "catalog.db").exists():
            shutil.copytree(_prepared_home(), home, dirs_exist_ok=True)
        return Workspace.open(self.settings)

    @property
    def env(self) -> dict[str, str]:
        """Environment of a process that is to work on this project."""
        return {"LEEWAY_HOME": str(self.settings.home), "LEEWAY_MODELS": str(self.settings.models)}

    def file(self, number: int) -> Path:
        """The data file of a day, to break it or to deliver it again."""
        return self.settings.models / self.spec.name / f"{START + timedelta(days=number)}.csv"


def project(
    folder: Path, days: int = 12, drift_from: int | None = None, name: str = "tiny", **changes: object
) -> Project:
    """Write a model file and its data.

    Args:
        folder: an empty folder, or one with other tiny models, which then share a home.
        days: number of windows; the schedule ends with them.
        drift_from: first day (from 0) on which ``amount`` is larger and means the opposite: data and concept drift.
        name: of the model.
        **changes: further or other keys of the model file; mappings are merged, as in ``training={"trials": 3}``.
    """
    models = folder / "models"
    (models / name).mkdir(parents=True, exist_ok=True)
    path = models / f"{name}.yaml"
    path.write_text(yaml.safe_dump(_merged(_model(name, days), changes), sort_keys=False), encoding="utf-8")
    made = Project(Settings(home=folder / "home", models=models, catalog_url=None), load_spec(path))
    for number in range(days):
        drifted = drift_from is not None and number >= drift_from
        made.file(number).write_text(rows(number, drifted=drifted), encoding="utf-8")
    return made


def day(number: int) -> Window:
    """A window by number, from 0."""
    start = _midnight(number)
    return Window(start=start, end=start + timedelta(days=1))


def rows(number: int, *, drifted: bool = False, count: int = ROWS) -> str:
    """The CSV text of a day; the same arguments give the same text. ``age`` is missing in every tenth row."""
    import numpy as np

    random = np.random.default_rng(number)
    amount = random.normal(3.0 if drifted else 0.0, 1.0, count)
    age = random.normal(40.0, 10.0, count)
    web = random.random(count) < 0.6
    score = (-2.0 * (amount - 3.0) if drifted else 2.0 * amount) + 0.05 * (age - 40.0) + 0.5 * web
    bought = random.random(count) < 1.0 / (1.0 + np.exp(-score))
    lines = ["at,visit,amount,age,channel,bought"]
    for row in range(count):
        at = _midnight(number) + timedelta(days=1) * row / count
        years = "" if row % 10 == 9 else f"{age[row]:.1f}"
        channel, said = ("web" if web[row] else "shop"), ("true" if bought[row] else "false")
        lines.append(f"{at:%Y-%m-%dT%H:%M:%SZ},{number * 10_000 + row},{amount[row]:.3f},{years},{channel},{said}")
    return "\n".join(lines) + "\n"


def _model(name: str, days: int) -> dict[str, Any]:
    columns = {
        "at": {"type": "timestamp", "role": "id"},
        "visit": {"type": "int", "role": "id"},
        "amount": {"type": "float", "minimum": -50, "maximum": 50},
        "age": {"type": "float", "nullable": True},
        "channel": {"type": "string", "role": ["feature", "slice"], "levels": ["web", "shop"]},
        "bought": {"type": "boolean", "role": "target"},
    }
    estimator = {
        "kind": "sklearn",
        "estimator": "sklearn.linear_model.LogisticRegression",
        "params": {"max_iter": 200},
    }
    return {
        "name": name,
        "description": "Will this visitor buy?",
        "task": "binary",
        "schedule": {"cron": "0 0 * * *", "start": START, "end": START + timedelta(days=days)},
        "data": {
            "source": {"kind": "files", "path": name + "/{start:%Y-%m-%d}.csv"},
            "event_time": "at",
            "key": ["visit"],
            "label": {"column": "bought", "delay": "1d"},
            "columns": columns,
        },
        "training": {"trainers": [estimator], "histories": ["all"], "holdback_windows": 2, "trials": 1},
        "policy": {"kind": "evidence", "bootstrap_windows": 4, "min_rows": 50},
    }


def _merged(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> dict[str, Any]:
    both = {name: _merged(ours[name], value) for name, value in theirs.items() if _are_mappings(ours.get(name), value)}
    return {**ours, **theirs, **both}


def _are_mappings(*values: object) -> bool:
    return all(isinstance(value, Mapping) for value in values)


def _midnight(number: int) -> datetime:
    return datetime.combine(START + timedelta(days=number), time(), UTC)


@lru_cache(maxsize=1)
def _prepared_home() -> Path:
    """A home with an empty catalog and MLflow, made once per process: migrating takes seconds, copying does not."""
    home = Path(tempfile.mkdtemp(prefix="leeway-tiny-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    Workspace.open(Settings(home=home, catalog_url=None)).prepare()
    return home

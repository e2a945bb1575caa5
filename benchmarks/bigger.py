"""What training in batches and counting by engines cost, beside doing it in memory: CPU seconds and peak memory.

``python -m benchmarks bigger`` makes a model's history of made-up rows in a temporary folder, and runs each job in a
process of its own. ``--rows 2000000`` is the size of the history and of the window that is counted;
``--only "SGD, at once" "SGD, in batches"`` are some of the jobs.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leeway.core import Candidate, Partition, PartitionKind, Window
from leeway.learning import learning_rows
from leeway.profiles.layout import Layout
from leeway.profiling import profile_of
from leeway.settings import Settings
from leeway.spec import ModelSpec, load_spec
from leeway.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable

START = datetime(2024, 1, 1, tzinfo=UTC)
NUMBERS, TEXTS, WINDOWS = 20, 4, 10
SGD = {"kind": "sklearn", "estimator": "sklearn.linear_model.SGDClassifier"}
LOG_LOSS = {"loss": "log_loss"}
TREES = {"kind": "sklearn", "params": {"max_iter": 20}}
TORCH = {"kind": "torch", "params": {"epochs": 2, "hidden": [32]}}
BATCH = {"batch_rows": 100_000}
TRAINERS: dict[str, dict[str, Any]] = {
    "gradient boosting, at once": TREES,
    "SGD, at once": {**SGD, "params": {**LOG_LOSS, "max_iter": 3, "tol": None}},
    "SGD, in batches": {**SGD, "params": LOG_LOSS, "passes": 3, **BATCH},
    "torch, at once": TORCH,
    "torch, in batches": {**TORCH, **BATCH},
}
ENGINES = ("memory", "duckdb", "sql")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--only", nargs="*", default=(), help="jobs, by their names; default: all")
    parser.add_argument("--job", nargs=2, metavar=("NAME", "HOME"), help="what a child does")
    options = parser.parse_args()
    if options.job:
        _do(options.job[0], Path(options.job[1]))
        return
    with tempfile.TemporaryDirectory(prefix="leeway-bigger-") as folder:
        home = Path(folder)
        _make(home, options.rows)
        print(f"{options.rows:,} rows, {NUMBERS} numbers and {TEXTS} texts; load {os.getloadavg()[0]:.1f}")
        print(f"{'':28} {'CPU s':>7} {'MB':>7} {'bytes per cell':>15}   (memory beyond what imports take)")
        cells = options.rows * (NUMBERS + TEXTS)
        for name in options.only or (*TRAINERS, *(f"profile by {engine}" for engine in ENGINES)):
            found = _measured(name, home)
            print(f"{name:28} {found['CPU']:7.1f} {found['MB']:7.0f} {found['MB'] * 1e6 / cells:15.1f}", flush=True)


def _measured(name: str, home: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks", "bigger", "--job", name, str(home)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _do(name: str, home: Path) -> None:
    import duckdb  # noqa: F401 - imports are not what is measured
    import sklearn.ensemble  # noqa: F401
    import torch  # noqa: F401

    spec = load_spec(home / "bigger.yaml")
    ws = Workspace.open(Settings(home=home, catalog_url=None, training_gb=1e6))
    job = (
        _counting(ws, spec, home, name.rpartition(" ")[2])
        if name.startswith("profile")
        else _training(ws, spec, home, name)
    )
    before, begun = _resident(), time.process_time()
    job()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    print(json.dumps({"CPU": time.process_time() - begun, "MB": peak - before}))


def _training(ws: Workspace, spec: ModelSpec, home: Path, name: str) -> Callable[[], object]:
    place = list(TRAINERS).index(name)
    at_once = "batch_rows" not in TRAINERS[name]
    if at_once:  # alone in its model file, so that nothing is put on the disk
        spec = _changed(spec, training={**spec.training.model_dump(), "trainers": [TRAINERS[name]]})
    candidate = Candidate(name=name, trainer=0 if at_once else place, history="all", index=0)
    raw, labels = _partitions(home, "raw"), _partitions(home, "labels")

    def job() -> None:
        with learning_rows(ws, spec, candidate, raw, labels) as learning:
            spec.training.trainers[candidate.trainer or 0].learn(learning.everything(), {})

    return job


def _counting(ws: Workspace, spec: ModelSpec, home: Path, engine: str) -> Callable[[], object]:
    from leeway.dataset import features, raw_frame

    spec = _changed(spec, engine=engine)
    window = _partitions(home, "window")[0]
    return lambda: profile_of(
        ws, spec, window, None, like=Layout(), inputs=lambda: features(spec, raw_frame(ws, spec, [window]))
    )


def _changed(spec: ModelSpec, **keys: Any) -> ModelSpec:
    return ModelSpec.model_validate({**spec.model_dump(), **keys})


def _make(home: Path, rows: int) -> None:
    """A model file, its history in the store, and one window as large as the history, there and in a database."""
    import duckdb

    (home / "bigger.yaml").write_text(json.dumps(_model(home)))
    spec, ws = load_spec(home / "bigger.yaml"), Workspace.open(Settings(home=home, catalog_url=None))
    ws.prepare()
    raw, labels = [], []
    for number in range(WINDOWS):
        window = Window(start=START + timedelta(days=number), end=START + timedelta(days=number + 1))
        table, known = _rows(number, window, rows // WINDOWS)
        raw.append(_put(ws, spec, PartitionKind.RAW, window, table))
        labels.append(_put(ws, spec, PartitionKind.LABELS, window, known))
    table, _ = _rows(WINDOWS, whole := Window(start=START, end=START + timedelta(days=1)), rows)
    window = _put(ws, spec, PartitionKind.RAW, whole, table)
    for name, found in (("raw", raw), ("labels", labels), ("window", [window])):
        (home / f"{name}.json").write_text(json.dumps([one.model_dump(mode="json") for one in found]))
    with duckdb.connect(home / "rows.duckdb") as connection:
        connection.register("given", table)
        connection.execute("CREATE TABLE visits AS SELECT *, true AS paid FROM given")


def _model(home: Path) -> dict[str, Any]:
    columns: dict[str, Any] = {
        "at": {"type": "timestamp", "role": "id"},
        "visit": {"type": "int", "role": "id"},
        **{f"f{number}": {"type": "float", "nullable": number % 4 == 0} for number in range(NUMBERS)},
        **{f"c{number}": {"type": "string"} for number in range(TEXTS)},
        "paid": {"type": "boolean", "role": "target"},
    }
    return {
        "name": "bigger",
        "description": "Made-up rows.",
        "task": "binary",
        "schedule": {"cron": "0 0 * * *", "start": START.date().isoformat()},
        "data": {
            "source": {"kind": "sql", "url": f"duckdb:///{home / 'rows.duckdb'}", "table": "visits"},
            "event_time": "at",
            "key": ["visit"],
            "label": {"column": "paid", "delay": "1d"},
            "columns": columns,
        },
        "training": {"trainers": list(TRAINERS.values())},
    }


def _rows(number: int, window: Window, rows: int) -> tuple[Any, Any]:
    import numpy as np
    import pyarrow as pa

    rng = np.random.default_rng(number)
    micros = int(window.start.timestamp() * 1e6) + np.sort(rng.integers(0, 86_400_000_000, rows))
    at = pa.array(micros).cast(pa.timestamp("us", "UTC"))
    visit = pa.array(np.arange(rows) + number * rows)
    values = {f"f{place}": rng.normal(size=rows) for place in range(NUMBERS)}
    gone = rng.random(rows) < 0.1
    numbers = {name: pa.array(found, mask=gone if int(name[1:]) % 4 == 0 else None) for name, found in values.items()}
    texts = {f"c{place}": rng.choice([f"level{n}" for n in range(30)], rows) for place in range(TEXTS)}
    target = (values["f1"] + rng.normal(size=rows) > 0).astype(float)
    known = {"visit": visit, "at": at, "known_at": at, "target": target}
    return pa.table({"at": at, "visit": visit, **numbers, **texts}), pa.table(known)


def _put(ws: Workspace, spec: ModelSpec, kind: PartitionKind, window: Window, table: Any) -> Partition:
    stored = ws.store.put(table, model=spec.name, kind=kind, window=window)
    return Partition(model=spec.name, kind=kind, window=window, **stored._asdict())


def _partitions(home: Path, name: str) -> list[Partition]:
    return [Partition.model_validate(one) for one in json.loads((home / f"{name}.json").read_text())]


def _resident() -> float:
    """Memory of this process in MB."""
    with suppress(OSError):
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * resource.getpagesize() / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6

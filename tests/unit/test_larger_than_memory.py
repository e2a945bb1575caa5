"""A training set that does not fit into the memory of a process is learnt from in batches."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

import tiny

BUDGET = 200 << 20
"""Bytes that the process may take besides what its libraries and a small training have taken already."""
PROGRAM = """
import resource, sys
from pathlib import Path
import numpy as np
import pyarrow as pa
import tiny
from leeway.core import Candidate, Partition, PartitionKind
from leeway.learning import learning_rows
from leeway.settings import Settings
from leeway.spec import load_spec
from leeway.workspace import Workspace

spec = load_spec(Path(sys.argv[1]))
ws = Workspace.open(Settings(home=Path(sys.argv[2]), catalog_url=None))
rng = np.random.default_rng(0)
features = [name for name in spec.data.raw_columns if name.startswith("f")]


def partition(kind, number, table):
    stored = ws.store.put(table, model=spec.name, kind=kind, window=tiny.day(number))
    return Partition(model=spec.name, kind=kind, window=tiny.day(number), **stored._asdict())


def windows(days, rows):
    raw, labels = [], []
    for number in range(days):
        micros = tiny.day(number).start.timestamp() * 1e6 + np.arange(rows)
        at = pa.array(micros.astype("int64")).cast(pa.timestamp("us", "UTC"))
        visit = pa.array(np.arange(rows) + number * rows)
        values = {name: rng.normal(size=rows) for name in features}
        others = {"amount": values["f1"], "age": values["f2"], "channel": rng.choice(["web", "shop"], rows)}
        target = (values["f0"] + rng.normal(size=rows) > 0).astype(float)
        raw.append(partition(PartitionKind.RAW, number, pa.table({"at": at, "visit": visit, **values, **others})))
        known = {"visit": visit, "at": at, "known_at": at, "target": target}
        labels.append(partition(PartitionKind.LABELS, number, pa.table(known)))
    return raw, labels


def learn(trainer, raw, labels):
    candidate = Candidate(name="bayes/all", trainer=trainer, history="all", index=0)
    with learning_rows(ws, spec, candidate, raw, labels) as learning:
        training = learning.everything()
        return training.rows, spec.training.trainers[trainer].learn(training, {})


def taken():
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmData:")[2].split()[0]) << 10


large, small = windows(4, 40_000), windows(4, 500)
for trainer in (0, 1):
    learn(trainer, *small)
limit = taken() + int(sys.argv[3])
resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
rows, fitted = learn(0, *large)
print(rows, "rows in batches")
try:
    learn(1, *large)
except MemoryError:
    print("not at once")
"""


@pytest.mark.slow
def test_a_set_larger_than_memory_is_learnt_in_batches_and_in_no_other_way(tmp_path):
    wide = {f"f{number}": {"type": "float"} for number in range(40)}
    bayes = {"kind": "sklearn", "estimator": "sklearn.naive_bayes.GaussianNB", "passes": 1}
    training = {"trainers": [{**bayes, "batch_rows": 5_000}, bayes]}
    engine = {"kind": "duckdb", "memory_gb": 0.1}
    project = tiny.project(tmp_path, data={"columns": wide}, training=training, engine=engine)
    where = [str(project.spec.path), str(tmp_path / "home"), str(BUDGET)]
    env = {**os.environ, "ARROW_DEFAULT_MEMORY_POOL": "system", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    env["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    done = subprocess.run([sys.executable, "-c", PROGRAM, *where], capture_output=True, text=True, env=env, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["160000 rows in batches", "not at once"]

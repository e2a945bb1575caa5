"""Import what tasks need, once, in the Airflow scheduler, before it forks its workers.

A task process is a fork of a worker, which is a fork of the scheduler: it finds these modules imported. That turns
seconds of imports per task into none. The price is the scheduler's start and its memory, most of which all forks share.

``LEEWAY_WARM=0`` leaves it out: tasks then take seconds longer, and the scheduler half a gigabyte less. A change of
leeway's own code reaches tasks with the next start of the scheduler; code beside a model file is not imported here.

Importing, and a rehearsal of two libraries in memory, is all that is allowed here: a thread, a connection or a device
opened before a fork is broken after it.
"""

from __future__ import annotations

import contextlib
import importlib
import logging
import pkgutil
import sys
import time
import urllib.request
import warnings
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_log = logging.getLogger(__name__)

# fmt: off
LIBRARIES: Final = (
    "numpy", "pandas", "pyarrow", "pyarrow.compute", "pyarrow.csv", "pyarrow.dataset", "pyarrow.parquet",
    "scipy.optimize", "scipy.sparse", "scipy.stats", "skops.io",
    "sklearn.calibration", "sklearn.compose", "sklearn.dummy", "sklearn.ensemble", "sklearn.impute",
    "sklearn.linear_model", "sklearn.metrics", "sklearn.model_selection", "sklearn.pipeline", "sklearn.preprocessing",
    "torch", "torch._dynamo", "safetensors.torch", "optuna",
    "sqlalchemy.dialects.postgresql", "psycopg2", "duckdb", "fsspec.implementations.local",
    "great_expectations", "evidently", "evidently.presets", "plotly.io", "plotly.graph_objects",
    "mlflow", "mlflow.pyfunc", "mlflow.models", "mlflow.tracking.client", "git",
    "mlflow.store.artifact.mlflow_artifacts_repo",
    "mlflow.store.tracking.rest_store", "mlflow.store.model_registry.rest_store",
)
# fmt: on
"""What the stages and the usual models import, directly or at first use: torch's optimisers need torch._dynamo."""

PACKAGES: Final = (
    "leeway.stages",
    "leeway.orchestration",
    "leeway.sources",
    "leeway.detectors",
    "leeway.profiles",
    "leeway.policies",
    "leeway.trainers",
    "leeway.tracking",
    "leeway.reports",
    "leeway.expectations",
)
"""Imported with all modules in them; the libraries they import inside functions are in `LIBRARIES`."""


def warm(libraries: Iterable[str] = LIBRARIES, packages: Iterable[str] = PACKAGES) -> tuple[str, ...]:
    """Import what is there; say in the log what is not.

    Returns:
        The names that could not be imported. A missing one makes tasks slower, not wrong.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about these libraries' own code, some of them a thousand times
        missing = [name for name in libraries if not _imported(name)]
        for package in packages:
            if not _imported(package):
                missing.append(package)
                continue
            folders = getattr(sys.modules[package], "__path__", [])
            inside = [found.name for found in pkgutil.walk_packages(folders, prefix=f"{package}.")]
            missing += [name for name in inside if not _imported(name)]
    return tuple(missing)


def rehearse() -> None:
    """Draw one report and check one table of a few rows: what these libraries build at first use is then built.

    Only libraries that open no thread and no connection are rehearsed; a test counts the threads.
    """
    import pandas as pd
    import pyarrow as pa
    from tqdm import tqdm

    from leeway.core import Signal, Window
    from leeway.expectations import validate
    from leeway.reports import drift_report
    from leeway.schema import TableSchema

    tqdm.monitor_interval = 0  # Great Expectations draws progress bars, and the first one would start a thread
    moment = datetime(2024, 1, 1, tzinfo=UTC)
    window = Window(start=moment, end=moment + timedelta(days=1))
    frame = pd.DataFrame({"number": [1.0, 2.0, 3.0], "text": ["a", "b", "b"]})
    found = {"detector": "data_drift", "test": "ks", "statistic": 1.0, "effect": 1.0, "threshold": 0.0}
    signals = [
        Signal(subject=name, flagged=True, sentence="rehearsal", kind="data", **found) for name in ("number", "text")
    ]
    drift_report(frame, frame, signals=tuple(signals), title="rehearsal", max_rows=100, seed=0)
    schema = TableSchema.model_validate(_REHEARSED)
    rows = {"at": [moment] * 3, "id": [1, 2, 3], "text": ["a", "b", "b"], "number": [1.0, None, 3.0]}
    types = {"at": pa.timestamp("us", "UTC"), "id": pa.int64(), "text": pa.string(), "number": pa.float64()}
    table = pa.table({name: pa.array(rows[name], types[name]) for name in rows})
    validate(schema, (), table, model="rehearsal", window=window, columns=tuple(rows))


_REHEARSED: Final = {
    "event_time": "at",
    "key": ["id"],
    "label": {"column": "label", "delay": "1d"},
    "columns": {
        "at": {"type": "timestamp", "role": "id"},
        "id": {"type": "int", "role": "id"},
        "text": {"type": "string", "levels": ["a", "b"]},
        "number": {"type": "float", "nullable": True, "minimum": 0, "maximum": 9},
        "label": {"type": "boolean", "role": "target"},
    },
}


def wait_for_api(url: str, *, timeout: float = 120.0) -> bool:
    """Wait until Airflow's API server answers: a task that starts before it does uses up a try.

    Returns:
        Whether it did, within ``timeout`` seconds.
    """
    deadline = time.monotonic() + timeout
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), direct.open(f"{url}/api/v2/monitor/health", timeout=5.0):
            return True
        time.sleep(0.5)
    return False


def _imported(name: str) -> bool:
    try:
        importlib.import_module(name)
    except Exception as error:  # an edge: whatever a library raises while it is imported, the scheduler has to start
        _log.warning("not imported before forking, tasks will do it: %s (%s)", name, error)
        return False
    return True

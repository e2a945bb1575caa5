"""What is written into a run: figures, parameters, tags, its dataset, files; in as few requests as MLflow allows."""

from __future__ import annotations

import math
import re
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from leeway.canonical import canonical_json
from leeway.tracking.connection import TEMPORARY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlflow import MlflowClient

_UNSAFE = re.compile(r"[^\w\-. /:]")
_LONGEST_NAME = 250
_LONGEST_VALUE = 5000
_LONGEST_DIGEST = 36
_METRICS_AT_ONCE = 800
_OTHERS_AT_ONCE = 100


def log(
    client: MlflowClient,
    run_id: str,
    *,
    metrics: Mapping[str, float] | None = None,
    params: Mapping[str, object] | None = None,
    tags: Mapping[str, str] | None = None,
    step: int = 0,
) -> None:
    """Log everything at once. Figures that are not finite are left out; names and values are made to fit."""
    from mlflow.entities import Metric, Param, RunTag

    now = int(time.time() * 1000)
    finite = {
        name: float(value) for name, value in (metrics or {}).items() if value is not None and math.isfinite(value)
    }
    points = [Metric(safe_name(name), value, now, step) for name, value in finite.items()]
    settings = [Param(safe_name(name), _cut(value)) for name, value in (params or {}).items()]
    labels = [RunTag(safe_name(name), _cut(value)) for name, value in (tags or {}).items()]
    while points or settings or labels:
        client.log_batch(run_id, points[:_METRICS_AT_ONCE], settings[:_OTHERS_AT_ONCE], labels[:_OTHERS_AT_ONCE])
        del points[:_METRICS_AT_ONCE], settings[:_OTHERS_AT_ONCE], labels[:_OTHERS_AT_ONCE]


def log_dataset(client: MlflowClient, run_id: str, *, model: str, snapshot: str, rows: int) -> None:
    """Name the training data by its digest; no data goes to MLflow."""
    from mlflow.entities import Dataset, DatasetInput, InputTag

    dataset = Dataset(
        name=f"{model}.snapshot",
        digest=snapshot[:_LONGEST_DIGEST],
        source_type="leeway",
        source=canonical_json({"snapshot": snapshot}),
        profile=canonical_json({"num_rows": rows}),
    )
    client.log_inputs(run_id, [DatasetInput(dataset, [InputTag("mlflow.data.context", "training")])])


def log_files(client: MlflowClient, run_id: str, files: Mapping[str, bytes]) -> None:
    """Store files, given by name and content, as the run's artifacts."""
    with tempfile.TemporaryDirectory(prefix=TEMPORARY) as folder:
        for name, data in files.items():
            file = Path(folder, name)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
        client.log_artifacts(run_id, folder)


def safe_name(name: str) -> str:
    """A name MLflow accepts: letters, digits, blanks and ``_ - . / :``, not a path that leads outside."""
    cleaned = _UNSAFE.sub("_", name).replace("..", "__").strip("/ ")[:_LONGEST_NAME]
    return cleaned if cleaned not in ("", ".") else "_"


def _cut(value: object) -> str:
    text = str(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 3]}..."

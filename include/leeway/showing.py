"""What people see of a measurement in MLflow: the window's figures, the Data Docs page, the report of what was flagged.

Nothing is decided from it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leeway.canonical import digest
from leeway.codebase import code_version
from leeway.core import PartitionKind
from leeway.dataset import features, raw_frame

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from leeway.core import Measurement, Window
    from leeway.spec import ModelSpec
    from leeway.workspace import Workspace

ACTED_ON = ("data", "prediction", "quality", "performance")
"""Kinds of signals that a decision may rest on: for these a report is drawn, which takes seconds."""
FURTHER = ("estimate", "calibration", "slice")
"""Kinds that are shown as figures."""
REPORT = "evidently.html"
"""Name of the report among the files of the window's run in MLflow."""
REPORT_WINDOWS = 8
"""The reference side of the report is a sample of at most this many windows, spread evenly over the snapshot."""


def show(
    ws: Workspace,
    spec: ModelSpec,
    measurement: Measurement,
    revision: int,
    *,
    inputs: Callable[[], pd.DataFrame] | None = None,
) -> None:
    """Make the window's run in MLflow.

    Args:
        ws: the workspace.
        spec: the model.
        measurement: what was recorded.
        revision: as which revision it was recorded.
        inputs: reads the window's features; the report of what was flagged draws them. None if there are none.

    Raises:
        TrackingError: if MLflow cannot do it.
    """
    page = data_docs(ws, spec.name, measurement.window) if inputs is not None else None
    artifacts = {"data_docs.html": page} if page is not None else {}
    if inputs is not None and measurement.champion is not None and has_report(measurement):
        artifacts[REPORT] = _report(ws, spec, measurement, measurement.champion, inputs())
    shown = {f"flagged.{kind}": 0.0 for kind in (*ACTED_ON, *FURTHER)}
    for signal in measurement.signals:
        shown[f"effect.{signal.detector}.{signal.subject}"] = signal.effect
        shown[f"flagged.{signal.kind}"] += signal.flagged
    if (estimate := measurement.estimated) is not None:
        shown |= {f"estimated.{name}": found.value for name, found in estimate.metrics.items()}
        shown |= {"estimated.loss": estimate.loss.value, "estimated.muted": float(estimate.muted)}
        shown |= {"estimated.loss_low": estimate.loss.low, "estimated.loss_high": estimate.loss.high}
    for performance in measurement.matured:
        shown |= {f"matured.{name}": value for name, value in performance.metrics.items()}
        shown |= {"matured.coverage": performance.coverage, "matured.loss": performance.loss}
        shown |= {
            f"gap.{column}.{name}": gap for column, gaps in performance.gaps.items() for name, gap in gaps.items()
        }
    run_id = ws.tracking.monitoring_run(
        spec.name,
        measurement.window.key,
        digest([spec.name, measurement.window.key, "measure", revision]),
        metrics={"rows": float(measurement.rows), **shown},
        tags={
            "status": measurement.status,
            "champion": str(measurement.champion or ""),
            "revision": str(revision),
            "spec": spec.hash[:16],
            "code": code_version(),
        },
        artifacts=artifacts,
    )
    ws.catalog.note(spec.name, f"{measurement.window.key}/measure", {"mlflow_run": run_id, "revision": str(revision)})


def has_report(measurement: Measurement) -> bool:
    """Whether the window's run in MLflow has the report: something was flagged that a decision may rest on."""
    acted_on = any(signal.kind in ACTED_ON for signal in measurement.flagged)
    return acted_on and measurement.status == "measured"


def data_docs(ws: Workspace, model: str, window: Window) -> bytes | None:
    """The Data Docs page that validating the window wrote last; None if it wrote none.

    Raises:
        StoreError: STO010 if the page is gone.
    """
    notes = {note.key: note.value for note in ws.catalog.notes(model, f"{window.key}/data_docs")}
    return ws.store.get_bytes(notes["location"], notes["version"]) if notes else None


def _report(ws: Workspace, spec: ModelSpec, measurement: Measurement, champion: int, inputs: pd.DataFrame) -> bytes:
    """The Evidently report: the window beside a sample of what the champion was trained on."""
    from leeway.reports import drift_report

    snapshot = ws.catalog.snapshot(ws.catalog.version(spec.name, champion).snapshot)
    pins = snapshot.raw[:: max(1, len(snapshot.raw) // REPORT_WINDOWS)][-REPORT_WINDOWS:]
    partitions = [ws.catalog.pinned(spec.name, PartitionKind.RAW, window, version) for window, version in pins]
    return drift_report(
        features(spec, raw_frame(ws, spec, partitions)),
        inputs,
        signals=measurement.flagged,
        reasons=[found.sentence for found in measurement.attributions],
        title=f"{spec.name}, {measurement.window}, champion v{champion}",
        max_rows=spec.monitoring.report_rows,
        seed=spec.training.seed,
    )

"""snapshot: pin the exact partitions a model is trained on, as known at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leeway.canonical import digest
from leeway.codebase import code_version
from leeway.core import PartitionKind, Reason, Snapshot, TrainingJob, retrain_subject
from leeway.dataset import is_mature, label_partitions
from leeway.errors import TrainingError

if TYPE_CHECKING:
    from datetime import datetime

    from leeway.spec import ModelSpec
    from leeway.workspace import Workspace


def snapshot(
    ws: Workspace,
    spec: ModelSpec,
    as_of: datetime,
    *,
    reasons: tuple[Reason, ...],
    request: str = "",
    dag_run: str = "",
    base: int | None = None,
) -> TrainingJob:
    """Pin all usable rows and all labels known at ``as_of``, and open the training's run in MLflow.

    Asking for the same again gives the same job.

    Args:
        ws: the workspace.
        spec: the model.
        as_of: the end of a window.
        reasons: why it is trained.
        request: empty if a decision asked for it, else who or what did.
        dag_run: Airflow's run, for people.
        base: the version whose scores are to be corrected; None if models are to be trained.

    Raises:
        TrainingError: if too few windows have labels to hold some back and train on the others.
    """
    pinned = _pinned(ws, spec, as_of)
    data = ws.catalog.pin(pinned)
    key = digest([spec.name, data, spec.hash, code_version(), request, base])
    asked = {"reasons": ", ".join(reasons), "request": request, "dag_run": dag_run}
    if base is not None:
        asked["recalibrates"] = str(ws.catalog.version(spec.name, base).version)
    run_id = _open_run(ws, pinned, key, asked=asked)
    runs = {"mlflow_run": run_id, "dag_run": dag_run}
    ws.catalog.note(spec.name, retrain_subject(as_of, request), {name: run for name, run in runs.items() if run})
    return TrainingJob(
        model=spec.name,
        as_of=as_of,
        request=request,
        reasons=reasons,
        snapshot=data,
        key=key,
        base=base,
        run_id=run_id,
        dag_run=dag_run,
    )


def _pinned(ws: Workspace, spec: ModelSpec, as_of: datetime) -> Snapshot:
    """Everything that is known at ``as_of``, the newest labelled windows held back."""
    raw = [p for p in ws.catalog.partitions(spec.name, PartitionKind.RAW, end=as_of) if p.usable]
    labelled = tuple(p.window for p in raw if is_mature(spec, p.window, as_of))
    final, held_back = spec.training.final_windows, spec.training.kept_back
    if len(labelled) <= held_back:
        raise TrainingError(
            f"{len(labelled)} windows have labels by {as_of:%Y-%m-%d}, more than {held_back} are needed",
            code="TRN201", model=spec.name, do="Wait for labels, or hold fewer back: training.holdback_windows.",
        )  # fmt: skip
    return Snapshot(
        model=spec.name,
        as_of=as_of,
        raw=tuple((p.window, p.version) for p in raw),
        labels=tuple((p.window, p.version) for p in label_partitions(ws, spec, as_of)),
        labelled=labelled,
        holdback=labelled[-held_back : len(labelled) - final],
        final=labelled[len(labelled) - final :],
        spec_hash=spec.hash,
    )


def _open_run(ws: Workspace, pinned: Snapshot, key: str, *, asked: dict[str, str]) -> str:
    """Open the training's run in MLflow: on what, and (``asked``) why and by whom."""
    tags = {
        "as_of": pinned.as_of.isoformat(),
        "snapshot": pinned.digest,
        "spec": pinned.spec_hash,
        "code": code_version(),
        **asked,
    }
    first, last = pinned.labelled[0], pinned.labelled[-1]
    params = {"windows": len(pinned.labelled), "first_window": str(first), "last_window": str(last)}
    return ws.tracking.training_run(pinned.model, key, tags=tags, params=params)

"""snapshot: pin the exact partitions a model is trained on, as known at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leeway.canonical import digest
from leeway.core import PartitionKind, Reason, Snapshot, TrainingJob, retrain_subject
from leeway.dataset import is_mature, label_partitions
from leeway.errors import TrainingError
from leeway.workspace import Workspace, code_version

if TYPE_CHECKING:
    from datetime import datetime

    from leeway.spec import ModelSpec


def snapshot(
    ws: Workspace,
    spec: ModelSpec,
    as_of: datetime,
    *,
    reasons: tuple[Reason, ...],
    request: str = "",
    dag_run: str = "",
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

    Raises:
        TrainingError: if too few windows have labels to hold some back and train on the others.
    """
    raw = [p for p in ws.catalog.partitions(spec.name, PartitionKind.RAW, end=as_of) if p.usable]
    labelled = tuple(p.window for p in raw if is_mature(spec, p.window, as_of))
    held_back = spec.training.holdback_windows
    if len(labelled) <= held_back:
        raise TrainingError(
            f"{len(labelled)} windows have labels by {as_of:%Y-%m-%d}, more than {held_back} are needed",
            code="TRN201", model=spec.name, do="Wait for labels, or lower training.holdback_windows.",
        )  # fmt: skip
    pinned = Snapshot(
        model=spec.name,
        as_of=as_of,
        raw=tuple((p.window, p.version) for p in raw),
        labels=tuple((p.window, p.version) for p in label_partitions(ws, spec, as_of)),
        labelled=labelled,
        holdback=labelled[-held_back:],
        spec_hash=spec.hash,
    )
    digest_of_data = ws.catalog.pin(pinned)
    key = digest([spec.name, digest_of_data, spec.hash, code_version(), request])
    tags = {
        "as_of": as_of.isoformat(),
        "snapshot": digest_of_data,
        "spec": spec.hash,
        "code": code_version(),
        "reasons": ", ".join(reasons),
        "request": request,
        "dag_run": dag_run,
    }
    params = {"windows": len(labelled), "first_window": str(labelled[0]), "last_window": str(labelled[-1])}
    run_id = ws.tracking.training_run(spec.name, key, tags=tags, params=params)
    ws.catalog.note(spec.name, retrain_subject(as_of, request), {"mlflow_run": run_id})
    return TrainingJob(
        model=spec.name,
        as_of=as_of,
        request=request,
        reasons=reasons,
        snapshot=digest_of_data,
        key=key,
        run_id=run_id,
        dag_run=dag_run,
    )

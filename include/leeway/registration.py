"""The recipe that won is fitted on everything labelled, and becomes a version in MLflow and the catalog."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from leeway.budget import timed
from leeway.codebase import code_version
from leeway.core import ModelVersion, PartitionKind, Window
from leeway.dataset import SCORE, base_of, pinned
from leeway.learning import learning_rows
from leeway.profiles import storage
from leeway.profiles.profile import Profile
from leeway.recipes import fit, training_windows
from leeway.trainers import artifact

if TYPE_CHECKING:
    from leeway.core import CandidateResult, Snapshot, TrainingJob
    from leeway.spec import ModelSpec
    from leeway.workspace import Workspace


def register(
    ws: Workspace, spec: ModelSpec, job: TrainingJob, snapshot: Snapshot, winner: CandidateResult
) -> ModelVersion:
    """Refit the winner on everything labelled and put it into the registry, once per job."""
    made = ws.catalog.version_of(spec.name, job.key)
    if made is not None:
        return made
    windows = training_windows(spec, snapshot, winner.candidate, final=True)
    base = base_of(ws, spec, winner.candidate)
    with learning_rows(ws, spec, winner.candidate, *pinned(ws, spec, snapshot, windows)) as learning:
        training = learning.everything()
        with timed(ws, job, "refit"):
            fitted = fit(spec, winner.candidate, training, winner.params, base=base)
        columns = base.columns if base is not None else training.types
    with tempfile.TemporaryDirectory(prefix="leeway-model-") as folder, ws.catalog.lock(spec.name):
        files = artifact.save(fitted, Path(folder), task=spec.task, columns=columns)
        tags = {
            "snapshot": job.snapshot,
            "spec": spec.hash,
            "code": code_version(),
            "as_of": job.as_of.isoformat(),
            "recipe": winner.candidate.name,
            "artifact": files,
            "dag_run": job.dag_run,
            **({"recalibrates": str(winner.candidate.base)} if base is not None else {}),
        }
        uri = ws.tracking.log_model(
            job.run_id,
            Path(folder),
            columns=columns,
            task=spec.task,
            requirements=artifact.requirements(),
            metadata=tags,
        )
        number = ws.tracking.register(spec.name, job.key, uri, job.run_id, tags=tags)
    version = _version(ws, spec, job, windows, files, number, winner)
    ws.catalog.add_version(version)
    return version


def _version(
    ws: Workspace,
    spec: ModelSpec,
    job: TrainingJob,
    windows: tuple[Window, ...],
    files: str,
    number: int,
    winner: CandidateResult,
) -> ModelVersion:
    first, reference, reference_version = _learnt_from(ws, spec, job, windows, winner.candidate.base)
    return ModelVersion(
        model=spec.name,
        version=number,
        train_key=job.key,
        snapshot=job.snapshot,
        artifact=files,
        spec_hash=spec.hash,
        code=code_version(),
        as_of=job.as_of,
        reference=reference,
        reference_version=reference_version,
        trained_on=(first, windows[-1]),
        metrics=winner.metrics,
    )


def _learnt_from(
    ws: Workspace, spec: ModelSpec, job: TrainingJob, windows: tuple[Window, ...], base: int | None
) -> tuple[Window, str, str]:
    """The first window of the training rows, and where their profile is stored, in which version.

    What a version with corrected scores has learnt of the features, its base has learnt.
    """
    if base is not None:
        known = ws.catalog.version(spec.name, base)
        return known.trained_on[0], known.reference, known.reference_version
    found = {p.window: p for p in ws.catalog.partitions(spec.name, PartitionKind.PROFILE, end=job.as_of)}
    profiles = [
        storage.from_bytes(ws.store.get_bytes(found[w].location, found[w].version)) for w in windows if w in found
    ]
    reference = Profile.merge_all(profile.without([SCORE]) for profile in profiles)
    span = Window(start=windows[0].start, end=windows[-1].end)
    stored = ws.store.put_bytes(
        storage.to_bytes(reference), model=spec.name, kind="reference", window=span, suffix="profile"
    )
    return windows[0], stored.location, stored.version

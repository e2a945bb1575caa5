"""measure: profile the window, hold it against the champion's reference, judge the champion on labels that matured."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from leeway.canonical import digest
from leeway.core import Measurement, Partition, PartitionKind, Performance, Signal, Window
from leeway.dataset import (
    SCORE,
    features,
    is_mature,
    join_labels,
    label_partitions,
    labels,
    raw_frame,
    slice_columns,
)
from leeway.detectors.base import Observation
from leeway.errors import ConflictError
from leeway.evaluation.metrics import losses, metrics
from leeway.profiles.profile import Profile
from leeway.workspace import Workspace, code_version

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from leeway.spec import ModelSpec

MIN_SLICE_ROWS = 50
REFERENCE_WINDOWS = 2
"""A champion's first scored windows: the reference of its own scores."""
REPORT_WINDOWS = 8
"""The reference side of the report is a sample of at most this many windows, spread evenly over the snapshot."""


def measure(ws: Workspace, spec: ModelSpec, window: Window) -> tuple[int, Measurement]:
    """Record everything measured when the window was closed, and show it in MLflow.

    Measuring again gives the same revision, or a further one if what is known has changed; earlier ones stay.

    Returns:
        The revision and the measurement.

    Raises:
        FencedError: if a newer try of this task has taken over.
        ConflictError: if the window is not scored by its champion yet, or its rows have changed since.
    """
    scope = f"{window.key}/measure"
    token = ws.catalog.take_token(spec.name, scope)
    raw = ws.catalog.partition(spec.name, PartitionKind.RAW, window)
    champion = ws.catalog.champion(spec.name, at=window.start)
    matured = _matured(ws, spec, window)
    if raw is None or not raw.usable:
        measurement = Measurement(
            model=spec.name, window=window, champion=champion, status="quarantined", matured=matured
        )
        revision = ws.catalog.record(measurement, scope=scope, token=token)
        _show(ws, spec, measurement, revision, {})
        return revision, measurement
    predictions = _predictions(ws, spec, window, raw, champion)
    inputs = features(spec, raw_frame(ws, spec, [raw]))
    current, profile = _profile(ws, spec, raw, predictions, inputs)
    ws.catalog.publish(profile, scope=scope, token=token)
    measurement = Measurement(
        model=spec.name,
        window=window,
        champion=champion,
        status="measured" if champion is not None else "unscored",
        rows=raw.rows,
        signals=_signals(ws, spec, window, champion, current, matured) if champion is not None else (),
        matured=matured,
    )
    revision = ws.catalog.record(measurement, scope=scope, token=token)
    artifacts = _artifacts(ws, spec, window)
    if champion is not None and measurement.flagged:
        artifacts["evidently.html"] = _report(ws, spec, measurement, inputs)
    _show(ws, spec, measurement, revision, artifacts)
    return revision, measurement


def _predictions(
    ws: Workspace, spec: ModelSpec, window: Window, raw: Partition, champion: int | None
) -> Partition | None:
    """The scores of exactly these rows by the window's champion; None while there is no champion."""
    if champion is None:
        return None
    found = ws.catalog.partition(spec.name, PartitionKind.PREDICTIONS, window)
    if found is None or (found.champion, found.source) != (champion, raw.version):
        raise ConflictError(
            f"its rows are not scored by v{champion}", code="CAT113", model=spec.name, window=window,
            do="Score the window, then measure it again.",
        )  # fmt: skip
    return found


def _profile(
    ws: Workspace, spec: ModelSpec, raw: Partition, predictions: Partition | None, inputs: pd.DataFrame
) -> tuple[Profile, Partition]:
    """Profile the features and, if the window was scored, the scores; the profile is a partition of its own."""
    if predictions is not None:
        inputs = inputs.assign(**{SCORE: ws.store.read(predictions, [SCORE])[SCORE].to_numpy()})
    profile = Profile.of(inputs)
    stored = ws.store.put_bytes(
        profile.to_bytes(), model=spec.name, kind=PartitionKind.PROFILE, window=raw.window, suffix="profile"
    )
    partition = Partition(
        model=spec.name,
        kind=PartitionKind.PROFILE,
        window=raw.window,
        version=stored.version,
        rows=raw.rows,
        location=stored.location,
        source=raw.version,
        champion=predictions.champion if predictions else None,
    )
    return profile, partition


def _signals(
    ws: Workspace,
    spec: ModelSpec,
    window: Window,
    champion: int,
    current: Profile,
    matured: tuple[Performance, ...],
) -> tuple[Signal, ...]:
    past = ws.catalog.measurements(spec.name, until=window.start)
    observation = Observation(
        current=current,
        reference=_reference(ws, spec, window, champion),
        matured=tuple(found for found in matured if found.version == champion),
        earlier=tuple(found for m in past for found in m.matured if found.version == champion),
    )
    return tuple(signal for detector in spec.monitoring.detectors for signal in detector.detect(observation))


def _reference(ws: Workspace, spec: ModelSpec, window: Window, champion: int) -> Profile:
    """The profile of the champion's snapshot; its scores are those of the first windows it scored, before this one."""
    version = ws.catalog.version(spec.name, champion)
    reference = Profile.from_bytes(ws.store.get_bytes(version.reference, version.reference_version))
    since = version.as_of
    scored = [
        partition
        for partition in ws.catalog.partitions(spec.name, PartitionKind.PROFILE, start=since, end=window.start)
        if partition.champion == champion
    ][:REFERENCE_WINDOWS]
    if not scored:
        return reference
    profiles = [Profile.from_bytes(ws.store.get_bytes(found.location, found.version)).only([SCORE]) for found in scored]
    return reference.beside(Profile.merge_all(profiles))


def _matured(ws: Workspace, spec: ModelSpec, window: Window) -> tuple[Performance, ...]:
    """How windows did whose labels became complete in this window."""
    reach = spec.max_delay + (window.end - window.start) * 2
    scored = ws.catalog.partitions(spec.name, PartitionKind.PREDICTIONS, start=window.start - reach, end=window.end)
    return tuple(
        _performance(ws, spec, window, predictions)
        for predictions in scored
        if is_mature(spec, predictions.window, window.end) and not is_mature(spec, predictions.window, window.start)
    )


def _performance(ws: Workspace, spec: ModelSpec, window: Window, predictions: Partition) -> Performance:
    import numpy as np

    frame: pd.DataFrame = ws.store.read(predictions).to_pandas(use_threads=False)
    known = labels(ws, spec, label_partitions(ws, spec, window.end, since=predictions.window.start - timedelta(days=1)))
    target = join_labels(spec, frame, known)
    has_label = ~np.isnan(target)
    target, scores = target[has_label], frame[SCORE].to_numpy()[has_label]
    loss = losses(spec.loss, target, scores)
    return Performance(
        window=predictions.window,
        version=predictions.champion or 0,
        rows=len(frame),
        labelled=len(target),
        loss=float(loss.mean()) if len(loss) else 0.0,
        loss_variance=float(loss.var(ddof=1)) if len(loss) > 1 else 0.0,
        metrics=metrics(spec.task, target, scores) if len(target) else {},
        slices=_slices(ws, spec, predictions, has_label, loss),
    )


def _slices(
    ws: Workspace, spec: ModelSpec, predictions: Partition, has_label: np.ndarray[Any, Any], loss: np.ndarray[Any, Any]
) -> dict[str, dict[str, float]]:
    """Mean loss per level of each slice column, for levels with enough labelled rows."""
    raw = ws.catalog.pinned(spec.name, PartitionKind.RAW, predictions.window, predictions.source)
    levels = slice_columns(spec, raw_frame(ws, spec, [raw]))[has_label].reset_index(drop=True)
    found: dict[str, dict[str, float]] = {}
    for column in levels.columns:
        for level, group in levels.groupby(column, sort=True).indices.items():
            if len(group) >= MIN_SLICE_ROWS:
                found[f"{column}={level}"] = {"labelled": float(len(group)), "loss": float(loss[group].mean())}
    return found


def _report(ws: Workspace, spec: ModelSpec, measurement: Measurement, inputs: pd.DataFrame) -> bytes:
    from leeway.reports import drift_report

    assert measurement.champion is not None
    snapshot = ws.catalog.snapshot(ws.catalog.version(spec.name, measurement.champion).snapshot)
    pins = snapshot.raw[:: max(1, len(snapshot.raw) // REPORT_WINDOWS)][-REPORT_WINDOWS:]
    partitions = [ws.catalog.pinned(spec.name, PartitionKind.RAW, window, version) for window, version in pins]
    return drift_report(
        features(spec, raw_frame(ws, spec, partitions)),
        inputs,
        signals=measurement.flagged,
        title=f"{spec.name}, {measurement.window}, champion v{measurement.champion}",
        max_rows=spec.monitoring.report_rows,
        seed=spec.training.seed,
    )


def _artifacts(ws: Workspace, spec: ModelSpec, window: Window) -> dict[str, bytes]:
    """The Data Docs page that validating the window wrote, if it did."""
    notes = {note.key: note.value for note in ws.catalog.notes(spec.name, f"{window.key}/data_docs")}
    return {"data_docs.html": ws.store.get_bytes(notes["location"], notes["version"])} if notes else {}


def _show(ws: Workspace, spec: ModelSpec, measurement: Measurement, revision: int, artifacts: dict[str, bytes]) -> None:
    """Make the window's run in MLflow: what people look at; nothing is decided from it."""
    shown = {f"flagged.{kind}": 0.0 for kind in ("data", "prediction", "quality", "performance")}
    for signal in measurement.signals:
        shown[f"effect.{signal.detector}.{signal.subject}"] = signal.effect
        shown[f"flagged.{signal.kind}"] += signal.flagged
    for performance in measurement.matured:
        shown |= {f"matured.{name}": value for name, value in performance.metrics.items()}
        shown |= {"matured.coverage": performance.coverage, "matured.loss": performance.loss}
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

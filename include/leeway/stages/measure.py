"""measure: profile the window, hold it against the champion's reference, judge the champion on labels that matured."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from leeway.core import Measurement, Partition, PartitionKind, Signal
from leeway.dataset import features, raw_frame
from leeway.detectors.base import Observation
from leeway.errors import ConflictError
from leeway.estimating import estimate
from leeway.explaining import explain_losses
from leeway.judging import judge
from leeway.probing import probe
from leeway.profiles.layout import ColumnLayout, Layout
from leeway.profiling import profile_of
from leeway.referencing import reference_of, snapshot_profile, window_profile
from leeway.rivals import rivals
from leeway.showing import show

if TYPE_CHECKING:
    from leeway.core import Estimate, ModelVersion, Performance, Window
    from leeway.profiles.profile import Profile
    from leeway.spec import ModelSpec
    from leeway.workspace import Workspace


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
    matured = judge(ws, spec, window)
    refused = _refused_labels(ws, spec, window)
    if raw is None or not raw.usable:
        measurement = Measurement(
            model=spec.name, window=window, champion=champion, status="quarantined", signals=refused, matured=matured,
            rivals=rivals(ws, spec, window, matured),
        )  # fmt: skip
        revision = ws.catalog.record(measurement, scope=scope, token=token)
        show(ws, spec, measurement, revision)
        return revision, measurement
    predictions = _predictions(ws, spec, window, raw, champion)
    inputs = cache(lambda: features(spec, raw_frame(ws, spec, [raw])))
    like = _layout(ws, spec, window, predictions.champion if predictions else None)
    current, profile = profile_of(ws, spec, raw, predictions, like=like, inputs=inputs)
    ws.catalog.publish(profile, scope=scope, token=token)
    version = ws.catalog.version(spec.name, champion) if champion is not None else None
    # It scored no window before the end of the data it was trained on.
    past = ws.catalog.measurements(spec.name, since=version.as_of, until=window.start) if version is not None else ()
    estimated = estimate(ws, spec, predictions, inputs=inputs, past=past, matured=matured)
    signals = _signals(ws, spec, window, version, current, matured=matured, past=past, estimated=estimated)
    own = tuple(found for found in matured if found.version == champion)
    measurement = Measurement(
        model=spec.name,
        window=window,
        champion=champion,
        status="measured" if champion is not None else "unscored",
        rows=raw.rows,
        signals=(*refused, *signals),
        matured=matured,
        rivals=rivals(ws, spec, window, matured),
        probes=probe(ws, spec, window, matured),
        estimated=estimated,
        attributions=explain_losses(ws, spec, window, matured=own, signals=signals),
    )
    revision = ws.catalog.record(measurement, scope=scope, token=token)
    show(ws, spec, measurement, revision, inputs=inputs)
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


def _layout(ws: Workspace, spec: ModelSpec, window: Window, champion: int | None) -> Layout:
    """How the columns were counted until now, so that the windows' profiles add up.

    What the champion's reference says counts most, or the two could not be compared; then how this window was measured
    before; then the newest windows, the newest scored one for the scores.
    """
    earlier = ws.catalog.partitions(spec.name, PartitionKind.PROFILE, end=window.start)
    own = ws.catalog.partition(spec.name, PartitionKind.PROFILE, window)
    scored = [partition for partition in earlier if partition.champion is not None]
    known: dict[str, ColumnLayout] = {}
    for partition in (*scored[-1:], *earlier[-1:], *((own,) if own else ())):
        known |= window_profile(ws, partition).layout.columns
    if champion is not None:
        known |= snapshot_profile(ws, ws.catalog.version(spec.name, champion)).layout.columns
    return Layout(columns=known)


def _signals(
    ws: Workspace,
    spec: ModelSpec,
    window: Window,
    version: ModelVersion | None,
    current: Profile,
    *,
    matured: tuple[Performance, ...],
    past: tuple[Measurement, ...],
    estimated: Estimate | None,
) -> tuple[Signal, ...]:
    if version is None:
        return ()
    champion = version.version
    observation = Observation(
        current=current,
        reference=reference_of(ws, spec, window, version).profile,
        matured=tuple(found for found in matured if found.version == champion),
        earlier=tuple(found for m in past for found in m.matured if found.version == champion),
        estimate=estimated,
    )
    return tuple(signal for detector in spec.detectors for signal in detector.detect(observation))


def _refused_labels(ws: Workspace, spec: ModelSpec, window: Window) -> tuple[Signal, ...]:
    """Say so if the labels that became known in the window are in quarantine: without them nothing can be judged."""
    delivered = ws.catalog.partition(spec.name, PartitionKind.LABELS, window)
    if delivered is None or delivered.usable:
        return ()
    sentence = f"the labels that became known are refused: {delivered.reason}"
    refused = Signal(
        detector="labels", subject=spec.data.label.column, test=delivered.reason_code, statistic=1.0, effect=1.0,
        threshold=0.0, flagged=True, sentence=sentence, kind="quality",
    )  # fmt: skip
    return (refused,)

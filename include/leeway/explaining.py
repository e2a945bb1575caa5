"""Why the loss of a matured window rose, from the rows that the champion scored and the labels known by then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leeway.canonical import digest
from leeway.core import LossAttribution, Partition, PartitionKind, Performance, Signal, Window
from leeway.dataset import days, labelled_rows, slice_columns
from leeway.detectors.performance import LabelledLoss
from leeway.evaluation.metrics import losses

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from leeway.evaluation.attribution import Judged
    from leeway.spec import ModelSpec
    from leeway.workspace import Workspace


def explain_losses(
    ws: Workspace, spec: ModelSpec, window: Window, *, matured: Iterable[Performance], signals: Iterable[Signal]
) -> tuple[LossAttribution, ...]:
    """Split the rise of the loss of each window that matured in this one, if the champion's loss was flagged.

    The baseline is that of the detector ``labelled_loss``: the champion's first windows with enough labels. Nothing
    that was unknown at the end of ``window`` is used, and the same knowledge gives the same bytes.

    Args:
        ws: the workspace.
        spec: the model.
        window: that was closed.
        matured: performance of the champion, and of no other version, on windows whose labels matured in it.
        signals: what was found in it.
    """
    if not any(signal.flagged and signal.kind == "performance" for signal in signals):
        return ()
    judge = next((found for found in spec.monitoring.detectors if isinstance(found, LabelledLoss)), LabelledLoss())
    found = []
    for performance in matured:
        baseline = _baseline(ws, spec, performance, judge, before=window)
        # A window of the baseline itself, or one as good as it, has nothing to explain.
        if performance.labelled >= judge.min_rows and baseline and performance.loss > _mean_loss(baseline):
            found.append(_explained(ws, spec, window, performance=performance, baseline=baseline))
    return tuple(found)


def _baseline(
    ws: Workspace, spec: ModelSpec, performance: Performance, judge: LabelledLoss, *, before: Window
) -> list[Performance]:
    """The first windows that the version was judged on; none if there are not enough before this one."""
    since = ws.catalog.version(spec.name, performance.version).as_of
    own = [
        found
        for measured in ws.catalog.measurements(spec.name, since=since, until=before.start)
        for found in measured.matured
        if found.version == performance.version and found.labelled >= judge.min_rows
    ][: judge.baseline_windows]
    return own if len(own) == judge.baseline_windows else []


def _mean_loss(performances: Sequence[Performance]) -> float:
    return sum(found.loss * found.labelled for found in performances) / sum(found.labelled for found in performances)


def _explained(
    ws: Workspace, spec: ModelSpec, window: Window, *, performance: Performance, baseline: Sequence[Performance]
) -> LossAttribution:
    from leeway.evaluation.attribution import attribute

    first = tuple(found.window for found in baseline)
    return attribute(
        _judged(ws, spec, first, until=window),
        _judged(ws, spec, (performance.window,), until=window),
        window=performance.window,
        version=performance.version,
        baseline=first,
        seed=int(digest([spec.name, performance.window.key])[:8], 16),
    )


def _judged(ws: Workspace, spec: ModelSpec, windows: Sequence[Window], *, until: Window) -> Judged:
    """The labelled rows of some windows, with the scores that they got when they were new."""
    from leeway.evaluation.attribution import Judged

    rows, score = labelled_rows(ws, spec, [_predictions(ws, spec, window) for window in windows], until=until.end)
    return Judged(
        features=rows.features,
        slices=slice_columns(spec, rows.raw),
        score=score,
        loss=losses(spec.loss, rows.target, score),
        days=days(spec, rows.raw),
    )


def _predictions(ws: Workspace, spec: ModelSpec, window: Window) -> Partition:
    found = ws.catalog.partition(spec.name, PartitionKind.PREDICTIONS, window)
    assert found is not None, "a window was judged that was never scored"
    return found

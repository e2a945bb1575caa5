"""How the champion before would have done on the rows that the champion scored, once their labels are known.

It gives the realised gain of the last change of champion, and the evidence for going back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leeway.core import PartitionKind, Performance, Rival, Window
from leeway.dataset import Rows, days, labelled_rows, served_model
from leeway.errors import ArtifactError, TrackingError
from leeway.evaluation.compare import error_of_mean
from leeway.evaluation.metrics import losses, metrics, points

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    import numpy as np

    from leeway.spec import ModelSpec
    from leeway.workspace import Workspace


def rivals(ws: Workspace, spec: ModelSpec, window: Window, matured: Iterable[Performance]) -> tuple[Rival, ...]:
    """Score each matured window again with the champion before the one that scored it.

    A window is left out if there was no other champion before it, if that one has learnt from the window, or if it
    cannot be loaded or cannot read these rows any more.

    Args:
        ws: the workspace.
        spec: the model.
        window: that was closed; labels that became known after it are not used.
        matured: performance of the versions that scored them, on windows whose labels matured in it.
    """
    found = (_rival(ws, spec, window, performance) for performance in matured if performance.labelled)
    return tuple(rival for rival in found if rival is not None)


def _rival(ws: Workspace, spec: ModelSpec, window: Window, performance: Performance) -> Rival | None:
    before = _champion_before(ws, spec, performance)
    if before is None or not ws.catalog.version(spec.name, before).trained_on[1] < performance.window:
        return None
    scored = ws.catalog.partition(spec.name, PartitionKind.PREDICTIONS, performance.window)
    assert scored is not None, "a window was judged that was never scored"
    rows, scores = labelled_rows(ws, spec, [scored], until=window.end)
    theirs = _scores(ws, spec, before, rows)
    return _compared(spec, performance, before, rows=rows, scores=(scores, theirs)) if theirs is not None else None


def _champion_before(ws: Workspace, spec: ModelSpec, performance: Performance) -> int | None:
    """The last version that was made champion before the window and is not the one that scored it."""
    served = [
        changed.to_version
        for changed in ws.catalog.promotions(spec.name)
        if changed.effective_from <= performance.window.start and changed.to_version != performance.version
    ]
    return served[-1] if served else None


def _scores(ws: Workspace, spec: ModelSpec, version: int, rows: Rows) -> np.ndarray[Any, Any] | None:
    """Its scores of the rows; None if its files are gone or damaged, or the features are others by now."""
    try:
        return served_model(ws, spec, version).predict(rows.features)
    except ArtifactError:
        return None
    except TrackingError as error:
        if error.transient:
            raise
        return None


def _compared(
    spec: ModelSpec,
    performance: Performance,
    before: int,
    *,
    rows: Rows,
    scores: tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]],
) -> Rival:
    ours, theirs = scores
    gain = losses(spec.loss, rows.target, ours) - losses(spec.loss, rows.target, theirs)
    here, there = (metrics(spec.task, rows.target, found).get(spec.metric) for found in scores)
    return Rival(
        window=performance.window,
        version=performance.version,
        rival=before,
        rows=len(rows),
        gain=float(gain.mean()),
        variance=error_of_mean(gain, days(spec, rows.raw)) ** 2,
        points=points(spec.metric, here, there) if here is not None and there is not None else None,
    )

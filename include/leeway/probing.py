"""What a retrain would have brought: the champion's recipe, fitted on all that was known before a window, scored on it.

A probe is thrown away. What it leaves is its gain over the champion, and these gains tell when a retrain pays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leeway.core import CandidateResult, ModelVersion, Partition, PartitionKind, Performance, Probe, Window
from leeway.dataset import (
    Rows,
    days,
    is_mature,
    label_partitions,
    labelled,
    labelled_rows,
)
from leeway.errors import TrainingError
from leeway.evaluation.compare import error_of_mean
from leeway.evaluation.metrics import losses, metrics, points
from leeway.learning import check_fits, in_blocks, learning_rows
from leeway.outcome import recipe_of
from leeway.recipes import fit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np

    from leeway.spec import ModelSpec
    from leeway.trainers.base import Fitted
    from leeway.workspace import Workspace


def probe(ws: Workspace, spec: ModelSpec, window: Window, matured: Sequence[Performance]) -> tuple[Probe, ...]:
    """Make the probes that the policy wants, on the windows of the champion whose labels became known in ``window``.

    A probe learns from the labelled windows before the first of them. None is made where it would know no more windows
    than the champion, or cannot be fitted.

    Args:
        ws: the workspace.
        spec: the model.
        window: that was closed; labels that became known after it are not used.
        matured: performance on windows whose labels became known in it.
    """
    wanted = spec.policy.probes(ws.catalog.decisions(spec.name, until=window.start))
    champion = ws.catalog.champion(spec.name, at=window.start)
    judged = [found for found in matured if found.version == champion and found.labelled]
    if champion is None or not wanted or not judged:
        return ()
    version = ws.catalog.version(spec.name, champion)
    known = [found for found in _labelled(ws, spec, window) if found.window < judged[0].window]
    if not known or not version.trained_on[1] < known[-1].window:
        return ()
    recipe, told = recipe_of(ws, spec, champion), label_partitions(ws, spec, window.end)
    rows = labelled(ws, spec, known, told) if _all_fit(ws, spec, known) else None
    made: list[Probe] = []
    for history in wanted:
        learnt = known if history == "all" else known[-_windows_of(version, known) :]
        fitted = _fit(ws, spec, recipe, learnt, told, rows=rows)
        if fitted is not None:
            span = (learnt[0].window, learnt[-1].window)
            made += _examine(ws, spec, window, judged, probes=(history, span, fitted))
    return tuple(made)


def _labelled(ws: Workspace, spec: ModelSpec, window: Window) -> list[Partition]:
    """Raw partitions of the windows whose labels are known at the window's end, oldest first."""
    raw = ws.catalog.partitions(spec.name, PartitionKind.RAW, end=window.end)
    return [found for found in raw if found.usable and is_mature(spec, found.window, window.end)]


def _windows_of(version: ModelVersion, known: Sequence[Partition]) -> int:
    """From how many of the known windows the version has learnt."""
    first, last = version.trained_on
    return max(1, sum(first.start <= found.window.start <= last.start for found in known))


def _since(spec: ModelSpec, rows: Rows, first: Window) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    chosen: np.ndarray[tuple[int], np.dtype[np.bool_]] = (rows.raw[spec.data.event_time] >= first.start).to_numpy()
    return chosen


def _all_fit(ws: Workspace, spec: ModelSpec, known: Sequence[Partition]) -> bool:
    """Whether all rows are read once, for all probes."""
    if in_blocks(spec):
        return False
    try:
        check_fits(ws, spec, sum(found.rows for found in known))
    except TrainingError:
        return False
    return True


def _fit(
    ws: Workspace,
    spec: ModelSpec,
    recipe: CandidateResult,
    learnt: Sequence[Partition],
    told: Sequence[Partition],
    *,
    rows: Rows | None,
) -> Fitted | None:
    """Fit the recipe on the partitions to learn from; on part of ``rows`` if these are all that is known."""
    try:
        if rows is not None:
            since = rows.where(_since(spec, rows, learnt[0].window))
            return fit(spec, recipe.candidate, since.training_set(spec, ws.threads), recipe.params)
        with learning_rows(ws, spec, recipe.candidate, learnt, told) as learning:
            return fit(spec, recipe.candidate, learning.everything(), recipe.params)
    except TrainingError:
        return None


def _examine(
    ws: Workspace,
    spec: ModelSpec,
    window: Window,
    judged: Sequence[Performance],
    *,
    probes: tuple[str, tuple[Window, Window], Fitted],
) -> Iterator[Probe]:
    """Hold a probe against the champion on each window."""
    history, span, fitted = probes
    for performance in judged:
        scored = ws.catalog.partition(spec.name, PartitionKind.PREDICTIONS, performance.window)
        assert scored is not None, "a window was judged that was never scored"
        rows, ours = labelled_rows(ws, spec, [scored], until=window.end)
        theirs = fitted.predict(rows.features)
        champion, newer = (losses(spec.loss, rows.target, scores) for scores in (ours, theirs))
        before, after = (metrics(spec.task, rows.target, scores).get(spec.metric) for scores in (ours, theirs))
        yield Probe(
            window=performance.window,
            version=performance.version,
            history=history,
            trained_on=span,
            rows=len(rows),
            loss=float(champion.mean()),
            gain=float((champion - newer).mean()),
            variance=error_of_mean(champion - newer, days(spec, rows.raw)) ** 2,
            points=points(spec.metric, before, after) if before is not None and after is not None else None,
        )

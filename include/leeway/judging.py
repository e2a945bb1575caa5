"""How the versions that scored did, as soon as the labels of their windows are complete."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from leeway.calibration import reliability
from leeway.core import Block, Partition, PartitionKind, Performance, Task, Window
from leeway.dataset import SCORE, days, is_mature, join_labels, label_partitions, labels, raw_frame, slice_columns
from leeway.evaluation.bounds import loss_bounds
from leeway.evaluation.metrics import losses, metrics

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from leeway.spec import ModelSpec
    from leeway.workspace import Workspace

MIN_SLICE_ROWS = 50


def judge(ws: Workspace, spec: ModelSpec, window: Window) -> tuple[Performance, ...]:
    """How the windows did whose labels became complete in ``window``, on the labels known at its end."""
    since = spec.schedule.window_at(window.start - spec.max_delay).start
    scored = ws.catalog.partitions(spec.name, PartitionKind.PREDICTIONS, start=since, end=window.end)
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
    low, high = loss_bounds(spec.task, spec.loss, target, frame[SCORE].to_numpy())
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
        loss_low=low,
        loss_high=high,
        days=_days(days(spec, frame)[has_label], loss),
        reliability=reliability(target, scores) if spec.task is Task.BINARY else (),
    )


def _days(day: np.ndarray[Any, Any], loss: np.ndarray[Any, Any]) -> tuple[Block, ...]:
    """The losses summed up by day of event time, in order."""
    import numpy as np

    parts = [loss[day == one] for one in np.unique(day)]
    return tuple(
        Block(
            rows=len(part),
            loss=float(part.mean()),
            variance=float(part.var(ddof=1)) if len(part) > 1 else 0.0,
            largest=float(part.max()),
        )
        for part in parts
    )


def _slices(
    ws: Workspace, spec: ModelSpec, predictions: Partition, has_label: np.ndarray[Any, Any], loss: np.ndarray[Any, Any]
) -> dict[str, dict[str, float]]:
    """Mean loss per level of each slice column and its variance, for levels with enough labelled rows."""
    raw = ws.catalog.pinned(spec.name, PartitionKind.RAW, predictions.window, predictions.source)
    levels = slice_columns(spec, raw_frame(ws, spec, [raw]))[has_label].reset_index(drop=True)
    found: dict[str, dict[str, float]] = {}
    for column in levels.columns:
        for level, group in levels.groupby(column, sort=True).indices.items():
            if len(group) >= MIN_SLICE_ROWS:
                part = loss[group]
                found[f"{column}={level}"] = {
                    "labelled": float(len(part)), "loss": float(part.mean()), "variance": float(part.var(ddof=1)),
                }  # fmt: skip
    return found

"""How the versions that scored did, as soon as the labels of their windows are complete."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from leeway.core import Partition, PartitionKind, Performance, Window
from leeway.dataset import SCORE, days, is_mature, join_labels, label_partitions, labels, raw_frame, slice_columns
from leeway.evaluation.performance import performance
from leeway.schema import Role

if TYPE_CHECKING:
    import pandas as pd

    from leeway.spec import ModelSpec
    from leeway.workspace import Workspace


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
    frame: pd.DataFrame = ws.store.read(predictions).to_pandas(use_threads=False)
    known = labels(ws, spec, label_partitions(ws, spec, window.end, since=predictions.window.start - timedelta(days=1)))
    raw = ws.catalog.pinned(spec.name, PartitionKind.RAW, predictions.window, predictions.source)
    return performance(
        predictions.window,
        predictions.champion or 0,
        task=spec.task,
        loss=spec.loss,
        target=join_labels(spec, frame, known),
        scores=frame[SCORE].to_numpy(),
        day=days(spec, frame),
        slices=slice_columns(spec, raw_frame(ws, spec, [raw])),
        sensitive=spec.data.named(Role.SENSITIVE),
    )

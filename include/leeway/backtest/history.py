"""A stream from a model's own stored history: its windows, its features, its labels as they became known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leeway.backtest.learner import Learner
from leeway.backtest.stream import Stream
from leeway.core import PartitionKind
from leeway.dataset import (
    days,
    features,
    is_mature,
    join_labels,
    label_partitions,
    labels,
    raw_frame,
    slice_columns,
)
from leeway.errors import BacktestError
from leeway.schema import Role

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from leeway.core import Window
    from leeway.spec import ModelSpec
    from leeway.workspace import Workspace


def model_stream(
    ws: Workspace, spec: ModelSpec, *, since: datetime | None = None, until: datetime | None = None
) -> Stream:
    """The published windows of a model that have labels, oldest first; refused windows are left out.

    Args:
        ws: the workspace.
        spec: the model.
        since: no window that begins earlier.
        until: no window that ends later; labels that became known later count all the same.

    Raises:
        BacktestError: BKT010 if no window with labels is stored.
    """
    import numpy as np

    found = ws.catalog.partitions(spec.name, PartitionKind.RAW, start=since, end=until)
    raw = [partition for partition in found if partition.usable and partition.rows]
    if not raw:
        raise _nothing(spec)
    frame = raw_frame(ws, spec, raw)
    target = join_labels(spec, frame, labels(ws, spec, label_partitions(ws, spec, _newest(ws, spec))))
    number = np.repeat(np.arange(len(raw)), [partition.rows for partition in raw])
    last = int(number[~np.isnan(target)].max(initial=-1))  # windows after it have no label yet
    if last < 0:
        raise _nothing(spec)
    kept = number <= last
    windows = tuple(partition.window for partition in raw[: last + 1])
    return Stream(
        name=spec.name,
        task=spec.task,
        metric=spec.metric,
        loss=spec.loss,
        features=features(spec, frame)[kept].reset_index(drop=True),
        target=target[kept],
        window=number[kept],
        block=days(spec, frame)[kept],
        windows=windows,
        known=_known(spec, windows),
        slices=slice_columns(spec, frame)[kept].reset_index(drop=True),
        sensitive=spec.data.named(Role.SENSITIVE),
    )


def model_learner(ws: Workspace, spec: ModelSpec) -> Learner:
    """The model's first trainer, with the parameters that its newest champion was found with."""
    return Learner(trainer=spec.training.trainers[0], params=_newest_params(ws, spec), threads=ws.threads)


def _newest_params(ws: Workspace, spec: ModelSpec) -> dict[str, Any]:
    promoted = {promotion.to_version for promotion in ws.catalog.promotions(spec.name)}
    for evaluation in reversed(ws.catalog.evaluations(spec.name)):
        if evaluation.challenger in promoted:
            for result in evaluation.candidates:
                if result.candidate.name == evaluation.winner and result.candidate.trainer == 0:
                    return result.params
    return {}


def _newest(ws: Workspace, spec: ModelSpec) -> datetime:
    """Until when labels are known."""
    known = ws.catalog.partitions(spec.name, PartitionKind.LABELS)
    if not known:
        raise _nothing(spec)
    return max(partition.window.end for partition in known)


def _known(spec: ModelSpec, windows: Sequence[Window]) -> tuple[int, ...]:
    """For each window the newest one whose labels were all known at its end."""
    known, newest = [], -1
    for window in windows:
        while newest + 1 < len(windows) and is_mature(spec, windows[newest + 1], window.end):
            newest += 1
        known.append(newest)
    return tuple(known)


def _nothing(spec: ModelSpec) -> BacktestError:
    return BacktestError(
        "no window with labels is stored, so there is nothing to replay",
        code="BKT010",
        model=spec.name,
        do=f"Bring the model up to date first: leeway run all --model {spec.name}.",
    )

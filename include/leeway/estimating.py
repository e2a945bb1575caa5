"""How well the champion is thought to do on a window without labels, from what was known at the window's end."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from leeway.core import Estimate, Partition, PartitionKind, Performance, Task
from leeway.dataset import SCORE, features, is_mature, join_labels, label_partitions, labels, raw_frame
from leeway.detectors.estimated import EstimatedPerformance, pairs
from leeway.evaluation.estimate import Spread, estimate_binary
from leeway.evaluation.loss_model import Lesson, estimate_regression

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    import numpy as np
    import pandas as pd

    from leeway.core import Interval, Measurement, Window
    from leeway.spec import ModelSpec
    from leeway.workspace import Workspace

LESSON_WINDOWS = 4
LESSON_ROWS = 2_000
"""The model of errors learns from so many rows of each of so many windows; that takes a fraction of a second."""


def estimate(
    ws: Workspace,
    spec: ModelSpec,
    predictions: Partition | None,
    *,
    inputs: Callable[[], pd.DataFrame],
    past: Sequence[Measurement],
    matured: Sequence[Performance],
) -> Estimate | None:
    """Estimate the champion's loss and metrics on the window that was just scored.

    Args:
        ws: the workspace.
        spec: the model; its detector ``estimated_performance`` says how.
        predictions: the window's scores; None while there is no champion.
        inputs: reads the window's features, in the order of the scores.
        past: measurements of earlier windows, oldest first.
        matured: performance on the windows whose labels matured in this one.

    Returns:
        None if the model has no such detector, the labels are known already, or too few are to learn from.
    """
    detector = next((one for one in spec.monitoring.detectors if isinstance(one, EstimatedPerformance)), None)
    if detector is None or predictions is None or not predictions.rows:
        return None
    version, window = predictions.champion, predictions.window
    realised = [*(p for m in past for p in m.matured), *matured]
    own = [one for one in realised if one.version == version and one.labelled >= detector.min_rows]
    known = sorted(own, key=lambda one: one.window)
    known = known[-detector.learn_windows :]
    too_few = len(known) < detector.min_windows or sum(one.labelled for one in known) < detector.min_labels
    if version is None or too_few or is_mature(spec, window, window.end):
        return None
    guess = _guess(ws, spec, predictions, inputs=inputs, known=known, detector=detector)
    if guess is None:
        return None
    loss, metrics = guess
    made = Estimate(
        window=window,
        version=version,
        rows=predictions.rows,
        method="cbpe" if spec.task is Task.BINARY else "loss_model",
        level=detector.level,
        loss=loss,
        metrics=metrics,
    )
    before = [m.estimated for m in past if m.estimated is not None]
    return _with_record(made, pairs(before, realised), detector, spec.metric)


def _guess(
    ws: Workspace,
    spec: ModelSpec,
    predictions: Partition,
    *,
    inputs: Callable[[], pd.DataFrame],
    known: Sequence[Performance],
    detector: EstimatedPerformance,
) -> tuple[Interval, dict[str, Interval]] | None:
    score = ws.store.read(predictions, [SCORE])[SCORE].to_numpy()
    spread = Spread(level=detector.level, correlation=detector.correlation)
    if spec.task is Task.BINARY:
        bins = [one.reliability for one in known if one.reliability]
        return estimate_binary(spec.loss, score, bins, spread=spread) if bins else None
    end = predictions.window.end
    found = (_lesson(ws, spec, one.window, predictions.champion, end) for one in known[-LESSON_WINDOWS:])
    lessons = [lesson for lesson in found if lesson is not None]
    return estimate_regression(spec.loss, inputs(), score, lessons=lessons, spread=spread) if lessons else None


def _lesson(ws: Workspace, spec: ModelSpec, window: Window, champion: int | None, at: datetime) -> Lesson | None:
    """An even choice of the labelled rows of an earlier window, as known at a time."""
    import numpy as np

    predictions = ws.catalog.partition(spec.name, PartitionKind.PREDICTIONS, window)
    if predictions is None or predictions.champion != champion:
        return None  # It was scored anew by another version since.
    frame: pd.DataFrame = ws.store.read(predictions).to_pandas(use_threads=False)
    known = labels(ws, spec, label_partitions(ws, spec, at, since=window.start - timedelta(days=1)))
    target = join_labels(spec, frame, known)
    rows = _evenly(np.flatnonzero(~np.isnan(target)))
    if not len(rows):
        return None
    raw = raw_frame(ws, spec, [ws.catalog.pinned(spec.name, PartitionKind.RAW, window, predictions.source)])
    inputs = features(spec, raw).iloc[rows].reset_index(drop=True)
    score = frame[SCORE].to_numpy()[rows]
    return Lesson(inputs=inputs, score=score, error=score - target[rows])


def _evenly(rows: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """At most `LESSON_ROWS` of some row numbers, spread over all of them."""
    import numpy as np

    if len(rows) <= LESSON_ROWS:
        return rows
    chosen: np.ndarray[Any, Any] = rows[np.linspace(0, len(rows) - 1, LESSON_ROWS).astype(int)]
    return chosen


def _with_record(
    made: Estimate, record: Sequence[tuple[Estimate, Performance]], detector: EstimatedPerformance, metric: str
) -> Estimate:
    """The estimate with what the earlier ones were worth, those of other versions too.

    They were all made in one way of one model's rows: what it cannot see, it will not see for the next version.
    """
    if not record:
        return made
    trust = detector.trust(before.loss.low <= after.loss <= before.loss.high for before, after in record)
    both = [
        abs(after.metrics[metric] - before.metrics[metric].value)
        for before, after in record
        if metric in before.metrics and metric in after.metrics
    ]
    reason = (
        f"the realised loss lay outside the interval in {trust.misses} of the newest {len(trust.held)} windows, which "
        f"chance does not explain; it speaks again after {detector.recover} hits in a row"
    )
    return made.model_copy(
        update={
            "judged": len(trust.held),
            "misses": trust.misses,
            "off": math.fsum(after.loss - before.loss.value for before, after in record) / len(record),
            "metric_off": math.fsum(both) / len(both) if both else 0.0,
            "muted": trust.muted,
            "reason": reason if trust.muted else "",
        }
    )

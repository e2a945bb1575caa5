"""score: the champion as of the window's start predicts the window's rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leeway.core import Partition, PartitionKind, Window
from leeway.dataset import SCORE, features, raw_frame, served_model

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import pyarrow as pa

    from leeway.spec import ModelSpec
    from leeway.workspace import Workspace


def score(ws: Workspace, spec: ModelSpec, window: Window) -> Partition | None:
    """Publish the predictions of the window.

    Returns:
        The partition, or None if there is nothing to score (quarantined) or nothing to score with (no champion yet).

    Raises:
        ConflictError: if the champion changed meanwhile; score again.
        FencedError: if a newer try of this task has taken over.
    """
    scope = f"{window.key}/predictions"
    token = ws.catalog.take_token(spec.name, scope)
    raw = ws.catalog.partition(spec.name, PartitionKind.RAW, window)
    champion = ws.catalog.champion(spec.name, at=window.start)
    if raw is None or not raw.usable or champion is None:
        return None
    frame = raw_frame(ws, spec, [raw])
    scores = served_model(ws, spec, champion).predict(features(spec, frame))
    stored = ws.store.put(_table(spec, frame, scores), model=spec.name, kind=PartitionKind.PREDICTIONS, window=window)
    partition = Partition(
        model=spec.name,
        kind=PartitionKind.PREDICTIONS,
        window=window,
        version=stored.version,
        rows=stored.rows,
        location=stored.location,
        source=raw.version,
        champion=champion,
    )
    ws.catalog.publish(partition, scope=scope, token=token)
    return partition


def _table(spec: ModelSpec, frame: pd.DataFrame, scores: np.ndarray[Any, Any]) -> pa.Table:
    """Key, event time and score."""
    import pyarrow as pa

    names = list(dict.fromkeys((*spec.data.key, spec.data.event_time)))
    return pa.Table.from_pandas(frame[names].assign(**{SCORE: scores}), preserve_index=False)

"""Which rows people are asked to label, so that lasting drift can be judged that no label speaks about yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leeway.canonical import digest
from leeway.core import PartitionKind, Window
from leeway.dataset import join_labels, label_partitions, labels, raw_frame

if TYPE_CHECKING:
    import pandas as pd

    from leeway.core import Decision
    from leeway.spec import ModelSpec
    from leeway.workspace import Workspace


def last_ask(ws: Workspace, spec: ModelSpec) -> Decision | None:
    """The newest decision that asks for labels, if one does."""
    return next((made for made in reversed(ws.catalog.decisions(spec.name)) if "label" in made.evidence), None)


def asked_window(decision: Decision) -> Window:
    """The window of which a decision wants rows labelled."""
    return Window.model_validate(decision.evidence["label"]["window"])


def rows_to_label(ws: Workspace, spec: ModelSpec, decision: Decision) -> pd.DataFrame:
    """Key and event time of the rows that a decision asks for and that have no label yet, by event time.

    The rows are drawn at random, each with the same chance, so that their mean loss is that of the window; the same
    decision always draws the same rows.
    """
    import numpy as np

    window = asked_window(decision)
    raw = ws.catalog.partition(spec.name, PartitionKind.RAW, window)
    frame = raw_frame(ws, spec, [raw] if raw is not None and raw.usable else [])
    random = np.random.default_rng(int(digest([spec.name, window.key])[:8], 16))
    drawn = random.choice(len(frame), size=min(len(frame), decision.evidence["label"]["rows"]), replace=False)
    frame = frame.iloc[np.sort(drawn)].reset_index(drop=True)
    known = ws.catalog.partitions(spec.name, PartitionKind.LABELS, start=window.start)
    until = max((found.window.end for found in known), default=window.end)
    target = join_labels(spec, frame, labels(ws, spec, label_partitions(ws, spec, until, since=window.start)))
    wanted: pd.DataFrame = frame.loc[np.isnan(target), _names(spec)].sort_values(spec.data.event_time, kind="stable")
    return wanted.reset_index(drop=True)


def spelled(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows as JSON knows them, times in ISO 8601."""
    import json

    made: list[dict[str, Any]] = json.loads(rows.to_json(orient="records", date_format="iso", date_unit="us"))
    return made


def _names(spec: ModelSpec) -> list[str]:
    return list(dict.fromkeys((*spec.data.key, spec.data.event_time)))

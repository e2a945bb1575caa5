"""The profile of a window, by the engine that the model file names."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from leeway.core import Partition, PartitionKind
from leeway.dataset import SCORE, window_request
from leeway.engines.base import WindowRows
from leeway.profiles import storage
from leeway.referencing import window_profile
from leeway.schema import Role

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from leeway.profiles.layout import Layout
    from leeway.profiles.profile import Profile
    from leeway.spec import ModelSpec
    from leeway.workspace import Workspace


def profile_of(
    ws: Workspace,
    spec: ModelSpec,
    raw: Partition,
    predictions: Partition | None,
    *,
    like: Layout,
    inputs: Callable[[], pd.DataFrame],
) -> tuple[Profile, Partition]:
    """Profile the features and, if the window was scored, the scores; the profile is a partition of its own.

    An engine that sums up in many threads, or elsewhere, may round otherwise the next time. So what it has counted of
    the same rows once is not counted again.

    Args:
        ws: the workspace.
        spec: the model; its engine counts.
        raw: the window's published rows.
        predictions: their scores; None while there is no champion.
        like: how earlier windows were counted.
        inputs: reads the window's features.

    Returns:
        The profile, and the partition that it is stored as, not yet published.

    Raises:
        ProfileError: if the engine cannot count.
    """
    known = _counted_before(ws, spec, raw, predictions) if spec.engine.PUSHES else None
    if known is not None:
        return window_profile(ws, known), known
    profile = spec.engine.profile(_rows(ws, spec, raw, predictions, inputs), like)
    stored = ws.store.put_bytes(
        storage.to_bytes(profile), model=spec.name, kind=PartitionKind.PROFILE, window=raw.window, suffix="profile"
    )
    partition = Partition(
        model=spec.name,
        kind=PartitionKind.PROFILE,
        window=raw.window,
        version=stored.version,
        rows=raw.rows,
        location=stored.location,
        source=raw.version,
        champion=predictions.champion if predictions else None,
    )
    return profile, partition


def _counted_before(ws: Workspace, spec: ModelSpec, raw: Partition, predictions: Partition | None) -> Partition | None:
    """The published profile of exactly these rows, scores and columns; None if there is none."""
    found = ws.catalog.partition(spec.name, PartitionKind.PROFILE, raw.window)
    champion = predictions.champion if predictions else None
    if found is None or (found.source, found.champion) != (raw.version, champion):
        return None
    wanted = [*spec.data.named(Role.FEATURE), *([SCORE] if predictions else [])]
    return found if set(window_profile(ws, found).columns) == set(wanted) else None


def _rows(
    ws: Workspace, spec: ModelSpec, raw: Partition, predictions: Partition | None, inputs: Callable[[], pd.DataFrame]
) -> WindowRows:
    def frame() -> pd.DataFrame:
        if predictions is None:
            return inputs()
        return inputs().assign(**{SCORE: ws.store.read(predictions, [SCORE])[SCORE].to_numpy()})

    return WindowRows(
        raw=raw,
        predictions=predictions,
        score=SCORE,
        columns={name: spec.data.columns[name] for name in spec.data.named(Role.FEATURE)},
        order=tuple(dict.fromkeys((spec.data.event_time, *spec.data.key))),
        store=ws.store,
        frame=frame,
        query=partial(spec.data.source.ask, window_request(spec, raw.window)),
        scratch=ws.scratch,
        threads=ws.threads,
    )

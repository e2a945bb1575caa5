"""From partitions to the frames that models see: features by one function, labels as known at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from leeway.core import Partition, PartitionKind, Snapshot, Window
from leeway.errors import LeewayError, SpecError, TrainingError
from leeway.evaluation.compare import MISSING
from leeway.schema import ColumnType, Role
from leeway.trainers.artifact import StoredModel, trusted_by
from leeway.trainers.base import TrainingSet

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    import numpy as np
    import pandas as pd
    import pyarrow as pa

    from leeway.core import Candidate
    from leeway.sources.base import ReadRequest
    from leeway.spec import ModelSpec
    from leeway.workspace import Workspace

TARGET = "target"
SCORE = "prediction"
KNOWN_AT = "known_at"
_DAY = 86_400_000_000  # microseconds


@dataclass(frozen=True)
class Rows:
    """Rows of some windows, side by side: all parts have the same length and order (event time, then key)."""

    raw: pd.DataFrame
    features: pd.DataFrame
    target: np.ndarray[Any, Any]

    def __len__(self) -> int:
        return len(self.raw)

    def where(self, chosen: np.ndarray[Any, Any]) -> Rows:
        """The rows for which a boolean array of shape (rows,) is true."""
        return Rows(
            self.raw[chosen].reset_index(drop=True), self.features[chosen].reset_index(drop=True), self.target[chosen]
        )

    def training_set(self, spec: ModelSpec, threads: int) -> TrainingSet:
        """These rows as trainers want them."""
        return TrainingSet(
            task=spec.task, features=self.features, target=self.target, seed=spec.training.seed, threads=threads
        )


def window_request(spec: ModelSpec, window: Window) -> ReadRequest:
    """What the source is asked for: the raw rows of a window."""
    return spec.request(window, (window,), columns=spec.data.raw_columns, time_column=spec.data.event_time)


def raw_frame(ws: Workspace, spec: ModelSpec, partitions: Iterable[Partition]) -> pd.DataFrame:
    """Read raw partitions into one frame: float64 for numbers that may be missing, object for text."""
    import pyarrow as pa

    tables = [ws.store.read(partition) for partition in partitions]
    if not tables:
        raise TrainingError("there are no rows", code="TRN205", model=spec.name, do="Ingest some windows first.")
    return as_frame(spec, pa.concat_tables(tables))


def as_frame(spec: ModelSpec, table: pa.Table) -> pd.DataFrame:
    """Raw rows in pandas: float64 for numbers that may be missing, object for text."""
    frame: pd.DataFrame = table.to_pandas(timestamp_as_object=False, use_threads=False)
    for name, column in spec.data.columns.items():
        if name in frame and column.nullable and column.type in (ColumnType.INT, ColumnType.BOOLEAN):
            frame[name] = frame[name].astype("float64")
    return frame


def features(spec: ModelSpec, raw: pd.DataFrame) -> pd.DataFrame:
    """Turn raw columns into features: the model's own function, or the declared feature columns as they are.

    The function does not see sensitive columns that are no features, so it cannot learn from them by mistake.

    Raises:
        SpecError: if the function fails, loses rows, or returns a column that must not be a feature.
    """
    if spec.features is None:
        return raw[list(spec.data.named(Role.FEATURE))]
    try:
        withheld = list(spec.data.withheld)
        made: pd.DataFrame = spec.features(raw.drop(columns=withheld) if withheld else raw.copy(deep=False))
    except LeewayError:
        raise
    except Exception as error:
        raise SpecError(f"the features function failed: {error!r}", code="SPEC044", model=spec.name) from error
    _check_features(spec, raw, made)
    return made.reset_index(drop=True)


def _check_features(spec: ModelSpec, raw: pd.DataFrame, made: pd.DataFrame) -> None:
    import pandas as pd

    if not isinstance(made, pd.DataFrame) or len(made) != len(raw):
        raise SpecError(
            "the features function must return a DataFrame with one row per raw row", code="SPEC045", model=spec.name
        )
    unused = spec.data.named(Role.FORBIDDEN, Role.TARGET, Role.IGNORE)
    banned = {*unused, *spec.data.withheld, spec.data.label.time, TARGET, SCORE, KNOWN_AT}
    for name in made.columns:
        if name in banned:
            raise SpecError("a forbidden column among the features", code="SPEC046", model=spec.name, column=name)
        if pd.api.types.is_datetime64_any_dtype(made[name].dtype):
            raise SpecError(
                "a feature is a timestamp: derive numbers from it", code="SPEC047", model=spec.name, column=name
            )


def labels(ws: Workspace, spec: ModelSpec, partitions: Iterable[Partition]) -> pd.DataFrame:
    """Read label partitions: key columns, event time, known_at and target (float64); the newest label of a row wins."""
    import pandas as pd
    import pyarrow as pa

    tables = [ws.store.read(partition) for partition in partitions if partition.usable and partition.rows]
    if not tables:
        return pd.DataFrame({name: [] for name in {*spec.data.key, spec.data.event_time, TARGET, KNOWN_AT}})
    frame: pd.DataFrame = pa.concat_tables(tables).to_pandas(use_threads=False)
    return frame.sort_values(KNOWN_AT, kind="stable").drop_duplicates(join_columns(spec), keep="last")


def join_labels(spec: ModelSpec, frame: pd.DataFrame, known: pd.DataFrame) -> np.ndarray[Any, Any]:
    """The target of each row of ``frame``, NaN where it is not known: float64 of shape (rows,)."""
    import numpy as np

    if known.empty:
        return np.full(len(frame), np.nan)
    on = join_columns(spec)
    joined = frame[on].merge(known[[*on, TARGET]], on=on, how="left", validate="one_to_one")
    return joined[TARGET].to_numpy(dtype="float64")


def label_partitions(ws: Workspace, spec: ModelSpec, until: datetime, since: datetime | None = None) -> list[Partition]:
    """Label partitions whose window ended by ``until``: all that was known then about rows since ``since``."""
    found = ws.catalog.partitions(spec.name, PartitionKind.LABELS, start=since, end=until)
    return [partition for partition in found if partition.usable]


def pinned_rows(ws: Workspace, spec: ModelSpec, snapshot: Snapshot, windows: Sequence[Window]) -> Rows:
    """The labelled rows of a snapshot's windows, in exactly the versions it pins."""
    return labelled(ws, spec, *pinned(ws, spec, snapshot, windows))


def pinned(
    ws: Workspace, spec: ModelSpec, snapshot: Snapshot, windows: Sequence[Window]
) -> tuple[list[Partition], list[Partition]]:
    """The raw partitions of a snapshot's windows, and the labels that may belong to them, as it pins them."""
    wanted = set(windows)
    earliest = min(windows).start if windows else snapshot.as_of
    raw = [pin for pin in snapshot.raw if pin[0] in wanted]
    known = [pin for pin in snapshot.labels if pin[0].end > earliest]
    return (
        [ws.catalog.pinned(spec.name, PartitionKind.RAW, *pin) for pin in raw],
        [ws.catalog.pinned(spec.name, PartitionKind.LABELS, *pin) for pin in known],
    )


def labelled(ws: Workspace, spec: ModelSpec, raw: Iterable[Partition], known: Iterable[Partition]) -> Rows:
    """The rows of raw partitions that have a label in one of the label partitions."""
    import numpy as np

    frame = raw_frame(ws, spec, raw)
    target = join_labels(spec, frame, labels(ws, spec, known))
    return Rows(frame, features(spec, frame), target).where(~np.isnan(target))


def labelled_rows(
    ws: Workspace, spec: ModelSpec, scored: Sequence[Partition], *, until: datetime
) -> tuple[Rows, np.ndarray[Any, Any]]:
    """The rows of scored windows with a label that is known by ``until``, and the scores that they got when new.

    Returns:
        The rows, and float64 of shape (rows,).
    """
    import numpy as np

    raw = raw_frame(ws, spec, [ws.catalog.pinned(spec.name, PartitionKind.RAW, p.window, p.source) for p in scored])
    score = np.concatenate([ws.store.read(found, [SCORE])[SCORE].to_numpy() for found in scored])
    since = min(found.window for found in scored).start - timedelta(days=1)
    target = join_labels(spec, raw, labels(ws, spec, label_partitions(ws, spec, until, since=since)))
    known = ~np.isnan(target)
    return Rows(raw, features(spec, raw), target).where(known), score[known]


def base_of(ws: Workspace, spec: ModelSpec, candidate: Candidate) -> StoredModel | None:
    """The version whose scores a candidate corrects; None for one that is trained."""
    return served_model(ws, spec, candidate.base) if candidate.base is not None else None


def served_model(ws: Workspace, spec: ModelSpec, version: int) -> StoredModel:
    """Load a registered version of the model.

    Raises:
        ArtifactError: if its files are not the ones that were registered.
    """
    return ws.fitted(ws.catalog.version(spec.name, version), trusted=trusted_by(spec.training.trainers))


def in_windows(spec: ModelSpec, raw: pd.DataFrame, windows: Sequence[Window]) -> np.ndarray[Any, Any]:
    """Which rows have their event time in any of the windows: bool of shape (rows,)."""
    import numpy as np

    moments = raw[spec.data.event_time]
    chosen = np.zeros(len(raw), dtype=bool)
    for window in windows:
        chosen |= ((moments >= window.start) & (moments < window.end)).to_numpy()
    return chosen


def days(spec: ModelSpec, raw: pd.DataFrame) -> np.ndarray[Any, Any]:
    """The day (UTC, counted from 1970) of each row's event time: rows of one day are not independent of one another."""
    moments = raw[spec.data.event_time].astype("datetime64[us, UTC]")
    result: np.ndarray[Any, Any] = moments.astype("int64").to_numpy() // _DAY
    return result


def slice_columns(spec: ModelSpec, raw: pd.DataFrame) -> pd.DataFrame:
    """The declared slice and sensitive columns, as text."""
    import pandas as pd

    return pd.DataFrame({name: _as_text(raw[name]) for name in spec.data.judged_by}, index=raw.index)


def _as_text(values: pd.Series[Any]) -> pd.Series[Any]:
    if values.dtype == "float64":  # an integer that may be missing (or a boolean, as 1 and 0)
        values = values.astype("Int64")
    texts: pd.Series[Any] = values.astype(object).where(values.notna(), MISSING).map(str)
    return texts


def is_mature(spec: ModelSpec, window: Window, at: datetime) -> bool:
    """Whether all labels of a window that will ever be on time are known at ``at``."""
    return window.end + spec.max_delay <= at


def join_columns(spec: ModelSpec) -> list[str]:
    """What rows and their labels have in common: key and event time."""
    return list(dict.fromkeys((*spec.data.key, spec.data.event_time)))

"""A stream from any table with a column of time and a target, without a model file."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from leeway.backtest.stream import Stream, known_after
from leeway.core import Task, Window
from leeway.errors import BacktestError, did_you_mean
from leeway.evaluation.base import LOSSES, METRICS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    import pandas as pd

    Array = np.ndarray[Any, Any]

READERS = (".parquet", ".csv", ".csv.gz")
MIN_ROWS = 20
"""Rows a window needs."""
PARTS = 10
"""Parts of a window that stand for its days where the time column names no days."""
_DAY = 86_400_000_000_000  # nanoseconds


def read_table(path: Path) -> pd.DataFrame:
    """Read a Parquet or CSV file.

    Raises:
        BacktestError: BKT001 if it is neither or cannot be read.
    """
    import pandas as pd
    import pyarrow as pa

    read = pd.read_parquet if path.name.endswith(".parquet") else pd.read_csv
    if not path.name.endswith(READERS):
        raise BacktestError(
            f"a table ends in {', '.join(READERS)}", code="BKT001", file=path, do="Convert it to Parquet."
        )
    try:
        return read(path)
    except (OSError, ValueError, pa.ArrowException) as error:
        raise BacktestError(f"the table cannot be read: {error}", code="BKT001", file=path) from error


def table_stream(
    table: pd.DataFrame,
    *,
    name: str,
    time: str,
    target: str,
    ignore: Sequence[str] = (),
    metric: str = "",
    windows: int = 50,
    delay: int = 0,
    max_rows: int | None = None,
) -> Stream:
    """Cut a table into equal windows; rows that are left over at the end are dropped.

    Args:
        table: the rows, in any order.
        name: what reports call it.
        time: column to sort by: moments, or anything that sorts.
        target: column to predict: two values make a binary task, other numbers a regression.
        ignore: further columns that are no features.
        metric: on which policies are compared; default: auc or mae.
        windows: how many.
        delay: windows after which labels are known.
        max_rows: thin to so many rows, evenly spaced.

    Raises:
        BacktestError: BKT002 for columns that are missing or unsuitable, BKT003 if there are too few rows, BKT004 if
            the metric does not suit.
    """
    check_columns(table, [time, target, *ignore])
    ordered = _thinned(table.sort_values(time, kind="stable", ignore_index=True), max_rows)
    rows = len(ordered) // windows
    if rows < MIN_ROWS:
        raise BacktestError(
            f"{len(ordered):,} rows in {windows} windows are {rows} a window, at least {MIN_ROWS} are needed",
            code="BKT003", stream=name, do="Take fewer windows with --windows.",
        )  # fmt: skip
    ordered = ordered.iloc[: rows * windows]
    values = _target(ordered[target])
    task = _task(values, metric)
    features = ordered.drop(columns=[time, target, *ignore])
    _check_features(features)
    return equal_windows(
        features,
        values,
        name=name,
        task=task,
        metric=metric or METRICS[task][0],
        windows=windows,
        delay=delay,
        time=ordered[time],
    )


def equal_windows(
    features: pd.DataFrame,
    target: Array,
    *,
    name: str,
    task: Task,
    metric: str,
    windows: int,
    delay: int = 0,
    time: pd.Series[Any] | None = None,
) -> Stream:
    """A stream of equal windows from rows in memory, oldest first; their number is a multiple of ``windows``."""
    import numpy as np

    window = np.arange(len(target)) // (len(target) // windows)
    moments = _moments(time)
    return Stream(
        name=name,
        task=task,
        metric=metric,
        loss=LOSSES[task][0],
        features=features.reset_index(drop=True),
        target=np.asarray(target, dtype="float64"),
        window=window,
        block=_blocks(window, moments),
        windows=_windows(window, moments),
        known=known_after(windows, delay),
        slices=features.iloc[:, :0].reset_index(drop=True),
    )


def check_columns(table: pd.DataFrame, names: Sequence[str]) -> None:
    """Refuse names that the table does not have.

    Raises:
        BacktestError: BKT002, with what was probably meant.
    """
    for name in names:
        if name not in table.columns:
            known = did_you_mean(name, [str(column) for column in table.columns])
            raise BacktestError(f"there is no column {name!r}; {known}", code="BKT002", column=name)


def _thinned(table: pd.DataFrame, rows: int | None) -> pd.DataFrame:
    import numpy as np

    if rows is None or len(table) <= rows:
        return table
    return table.iloc[np.linspace(0, len(table) - 1, rows).astype(int)].reset_index(drop=True)


def _target(column: pd.Series[Any]) -> Array:
    from pandas.api.types import is_bool_dtype, is_numeric_dtype

    if not (is_numeric_dtype(column.dtype) or is_bool_dtype(column.dtype)):
        raise BacktestError(
            "the target holds no numbers", code="BKT002", column=column.name, do="Write two classes as 0 and 1."
        )
    if column.notna().sum() == 0 or column.nunique() < 2:
        raise BacktestError("the target has fewer than two values", code="BKT002", column=column.name)
    return column.to_numpy(dtype="float64", na_value=float("nan"))


def _task(target: Array, metric: str) -> Task:
    import numpy as np

    binary = bool(np.isin(target[~np.isnan(target)], (0.0, 1.0)).all())
    task = Task.BINARY if binary and metric not in METRICS[Task.REGRESSION] else Task.REGRESSION
    if metric and metric not in METRICS[task]:
        raise BacktestError(
            f"metric {metric!r} does not suit a {task} target; {did_you_mean(metric, METRICS[task])}", code="BKT004"
        )
    return task


def _check_features(features: pd.DataFrame) -> None:
    from pandas.api.types import is_datetime64_any_dtype

    moments = [str(name) for name in features if is_datetime64_any_dtype(features[name].dtype)]
    if moments:
        raise BacktestError(
            "a timestamp is no feature", code="BKT002", column=", ".join(moments), do="Leave it out with --ignore."
        )
    if features.shape[1] == 0:
        raise BacktestError("no column is left to learn from", code="BKT002", do="Ignore fewer columns.")


def _moments(time: pd.Series[Any] | None) -> Array | None:
    """The column of time in nanoseconds since 1970 (UTC); None if it names no moments."""
    import pandas as pd
    from pandas.api.types import is_datetime64_any_dtype, is_numeric_dtype

    if time is None or is_numeric_dtype(time.dtype):
        return None
    if not is_datetime64_any_dtype(time.dtype):
        time = pd.to_datetime(time, utc=True, errors="coerce")
    if time.isna().any():
        return None
    zoned = time if time.dt.tz is not None else time.dt.tz_localize(UTC)
    return zoned.astype("datetime64[ns, UTC]").astype("int64").to_numpy()


def _blocks(window: Array, moments: Array | None) -> Array:
    """The day of each row; or the tenth part of its window, as neighbours may resemble one another all the same."""
    import numpy as np

    if moments is not None:
        return moments // _DAY
    rows = int(np.sum(window == 0))
    return window * PARTS + (np.arange(len(window)) % rows) * PARTS // rows


def _windows(window: Array, moments: Array | None) -> tuple[Window, ...]:
    """The time of each window: by its rows where they tell, otherwise a day each from 1 January 2000."""
    import numpy as np

    count = int(window[-1]) + 1
    if moments is not None:
        starts = moments[np.searchsorted(window, np.arange(count))] // 1000
        edges = np.append(starts, moments[-1] // 1000 + 1)
        if (np.diff(edges) > 0).all():
            times = [datetime.fromtimestamp(0, UTC) + timedelta(microseconds=int(edge)) for edge in edges]
            return tuple(Window(start=start, end=end) for start, end in itertools.pairwise(times))
    first = datetime(2000, 1, 1, tzinfo=UTC)
    return tuple(Window(start=first + timedelta(days=day), end=first + timedelta(days=day + 1)) for day in range(count))

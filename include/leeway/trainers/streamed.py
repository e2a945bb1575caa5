"""The preparation of rows that are never in memory together, from their profile.

One pass counts all columns. The profile then gives what a preparation has to know: medians and quantiles from
histograms, means and variances from exact sums, levels by their counts. A few made-up rows with these quantiles and
this share of missing values stand for all rows, so that scikit-learn's own transformers are fitted, and saved, as ever.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leeway.errors import TrainingError
from leeway.profiles.layout import ColumnKind as Counted
from leeway.profiles.layout import ColumnLayout, Layout
from leeway.trainers.tabular import ColumnKind, Kinds, Style, aligned, preparation

if TYPE_CHECKING:
    import numpy as np

    from leeway.profiles.column import ColumnProfile
    from leeway.profiles.profile import Profile
    from leeway.trainers.batches import TrainingBatches

    Array = np.ndarray[Any, Any]

STAND_INS = 1024
"""Made-up rows."""


def described(training: TrainingBatches) -> tuple[Kinds, Profile]:
    """Count all columns in one pass, and tell how each is prepared.

    Raises:
        TrainingError: TRN107 if no column has a value, ART012 if a number is infinite.
    """
    import pyarrow as pa

    from leeway.profiles.building import Builder

    texts = [name for name, type_ in training.types.items() if type_ == "string"]
    kinds = {name: ColumnKind.TEXT if name in texts else ColumnKind.NUMBER for name in training.types}
    levels = ColumnLayout(kind=Counted.CATEGORY)  # not by pattern, however rarely they repeat
    builder = Builder(list(kinds), Layout(columns=dict.fromkeys(texts, levels)))
    for frame, _ in training:
        rows = aligned(frame, kinds, error=TrainingError)
        types = {name: pa.string() if name in texts else pa.float64() for name in kinds}
        builder.add(((name, pa.array(rows[name], types[name], from_pandas=True)) for name in kinds), len(rows))
    profile = builder.profile()
    found = {name: kind if profile.columns[name].counted else ColumnKind.EMPTY for name, kind in kinds.items()}
    if set(found.values()) <= {ColumnKind.EMPTY}:
        raise TrainingError("no feature column has any value", code="TRN107", column=", ".join(found) or None)
    return found, profile


def streamed_preparation(profile: Profile, kinds: Kinds, style: Style) -> Any:
    """The fitted preparation of all rows, as `leeway.trainers.tabular.preparation` makes it of rows in memory.

    Medians and quantiles are exact to the width of a histogram's bin, about 3 % of the distance from the centre.
    """
    import pandas as pd

    used = {name: profile.columns[name] for name, kind in kinds.items() if kind is not ColumnKind.EMPTY}
    rows = pd.DataFrame({name: _stand_in(column, kinds[name]) for name, column in used.items()})
    counts = {name: column.levels for name, column in used.items() if kinds[name] is ColumnKind.TEXT}
    prepared = preparation(rows, kinds, style, counts=counts).fit(rows)
    numbers = [column for name, column in used.items() if kinds[name] is ColumnKind.NUMBER]
    if style is Style.SCALED and numbers:
        _rescale(prepared.named_transformers_["numbers"], numbers)
    return prepared


def _stand_in(column: ColumnProfile, kind: ColumnKind) -> Array:
    """Values of which as large a share is missing, and which have the column's quantiles."""
    import numpy as np

    missing = round(STAND_INS * column.missing_share)
    missing = min(max(missing, 1), STAND_INS - 1) if column.missing else 0
    if kind is ColumnKind.TEXT:
        return np.array([next(iter(column.levels))] * (STAND_INS - missing) + [np.nan] * missing, dtype=object)
    return np.concatenate([_spread(column, STAND_INS - missing), np.full(missing, np.nan)])


def _spread(column: ColumnProfile, size: int) -> Array:
    """Evenly spaced quantiles. A bin counts as its end nearest to the centre: there whole numbers lie exactly."""
    import numpy as np

    low, high = column.histogram.edges(column.layout.centre)
    value = np.where(np.abs(low - column.layout.centre) <= np.abs(high - column.layout.centre), low, high)
    below = np.cumsum(column.histogram.counts)
    chosen = np.searchsorted(below, (np.arange(size) + 0.5) / size * below[-1])
    found: Array = np.clip(value[chosen], column.minimum, column.maximum)
    return found


def _rescale(numbers: Any, columns: list[ColumnProfile]) -> None:
    """Give the standardisation exact means and variances.

    They are of the numbers with the missing ones filled in, and of the indicators of what was missing.
    """
    import numpy as np

    fill, scale = numbers.named_steps["fill"], numbers.named_steps["scale"]
    missing = np.array([column.missing_share for column in columns])
    mean = np.array([column.mean for column in columns], dtype=float)
    variance = np.array([column.spread for column in columns], dtype=float) ** 2
    filled = (1 - missing) * mean + missing * fill.statistics_
    spread = (1 - missing) * (variance + (mean - filled) ** 2) + missing * (fill.statistics_ - filled) ** 2
    marked = missing[fill.indicator_.features_] if fill.indicator_ is not None else np.empty(0)
    scale.mean_ = np.concatenate([filled, marked])
    scale.var_ = np.concatenate([spread, marked * (1 - marked)])
    scale.scale_ = np.where(scale.var_ > 10 * np.finfo(float).eps * scale.mean_**2, np.sqrt(scale.var_), 1.0)
    scale.n_samples_seen_ = columns[0].rows

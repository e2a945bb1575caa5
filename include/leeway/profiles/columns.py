"""Profiling one column: from values to counts, exact sums and the inflation of their variance."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from leeway.errors import ProfileError
from leeway.profiles import histogram
from leeway.profiles.profile import MAX_LEVELS, ColumnKind, ColumnProfile
from leeway.profiles.statistics import inflation

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

_LARGEST = 1e150
"""The square of a larger number is not a float."""


def profile_column(column: pd.Series[Any]) -> ColumnProfile:
    """Profile one column whose rows are in order of time.

    Raises:
        ProfileError: PRO100 if it holds neither numbers, booleans nor text.
    """
    from pandas.api import types

    missing = column.isna().to_numpy()
    kind = _kind(column, missing)
    common = {
        "kind": kind,
        "rows": len(column),
        "nulls": int(missing.sum()),
        "null_weight": _weight(missing.astype(float), len(column)),
    }
    present = column[~missing]
    if kind is ColumnKind.NUMBER:
        if types.is_object_dtype(present.dtype):
            present = present.astype(bool)
        return ColumnProfile.model_validate(common | _numbers(present.to_numpy(dtype=float), len(column)))
    if kind is ColumnKind.CATEGORY:
        return ColumnProfile.model_validate(common | _categories(present, len(column)))
    return ColumnProfile.model_validate(common)


def _kind(column: pd.Series[Any], missing: np.ndarray[Any, Any]) -> ColumnKind:
    from pandas.api import types

    if types.is_bool_dtype(column.dtype) or types.is_numeric_dtype(column.dtype):
        return ColumnKind.NUMBER
    found = types.infer_dtype(column, skipna=True)
    if missing.all() and found != "datetime64":
        return ColumnKind.EMPTY
    if found == "boolean":  # booleans with missing values are a column of objects
        return ColumnKind.NUMBER
    if found in ("string", "categorical"):
        return ColumnKind.CATEGORY
    raise ProfileError(
        f"a column of type {found} cannot be profiled; numbers, booleans and text can",
        code="PRO100",
        column=column.name,
        do="Turn it into one of them in the function that makes the features.",
    )


def _numbers(values: np.ndarray[Any, Any], rows: int) -> dict[str, Any]:
    import numpy as np

    usable = np.abs(values) <= _LARGEST
    infinite = len(values) - int(usable.sum())
    values = values[usable]
    if not len(values):
        return {"infinite": infinite, "value_weight": Fraction(rows)}
    return {
        "infinite": infinite,
        "minimum": float(values.min()) + 0.0,
        "maximum": float(values.max()) + 0.0,
        # fsum rounds once: the sum does not depend on the order of rows or on the machine.
        "total": Fraction(math.fsum(values)),
        "squares": Fraction(math.fsum(values * values)),
        "histogram": histogram.of(values),
        "value_weight": _weight(np.clip(values, *np.quantile(values, (0.01, 0.99))), rows),
    }


def _categories(present: pd.Series[Any], rows: int) -> dict[str, Any]:
    counts = {str(level): int(count) for level, count in present.value_counts(sort=False).items() if count}
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    top = (present.astype(object) == ranked[0][0]).to_numpy(dtype=float)
    return {
        "levels": dict(ranked[:MAX_LEVELS]),
        "other": sum(count for _, count in ranked[MAX_LEVELS:]),
        "value_weight": _weight(top, rows),
    }


def _weight(values: np.ndarray[Any, Any], rows: int) -> Fraction:
    """Inflation times rows. Six digits are kept, so that no machine's last bit gets into the profile."""
    return Fraction(f"{inflation(values):.6g}") * rows

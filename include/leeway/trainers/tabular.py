"""From a table of numbers and texts to what an estimator can read, the same way at training and at prediction.

A column is a *number* (float, int, bool), a *text*, or *empty* (no value at all in the training rows; nothing can be
learnt from it, so it is left out). Missing values are NaN or None. Every step is a scikit-learn transformer, so that
the fitted preparation is saved with the model by the same allow-list.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from leeway.errors import ArtifactError, LeewayError, TrainingError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    import pandas as pd

MAX_LEVELS = 254
"""Levels kept apart by an ordinal code. Histogram trees have 255 bins; rarer levels share one."""
MAX_INDICATORS = 64
"""Indicator columns per text column."""
MIN_LEVEL_ROWS = 10
"""A level with fewer training rows has no indicator of its own."""

_NUMBERS = ("boolean", "integer", "floating", "mixed-integer-float", "decimal")


class ColumnKind(StrEnum):
    """How a column is prepared."""

    NUMBER = "number"
    TEXT = "text"
    EMPTY = "empty"


class Style(StrEnum):
    """What the estimator can cope with."""

    CODES = "codes"
    """Trees: numbers as they are with NaN kept, levels as integer codes, no scaling."""
    SCALED = "scaled"
    """Anything else: missing numbers filled and marked, standardised; levels as indicators."""
    GAUSSIAN = "gaussian"
    """Networks: as scaled, but numbers become normal by their ranks, so that no outlier dominates."""


Kinds = dict[str, ColumnKind]
"""Column name -> kind, in the order that the model reads them."""


def column_kinds(features: pd.DataFrame) -> Kinds:
    """Tell how each column of the training rows is prepared.

    Raises:
        TrainingError: naming columns that occur twice or hold neither numbers nor texts, or if no column has a value.
    """
    if not features.columns.is_unique:
        twice = sorted(set(features.columns[features.columns.duplicated()]))
        raise TrainingError("feature columns occur twice", code="TRN107", column=", ".join(map(str, twice)))
    found = {str(name): _kind(features[name]) for name in features.columns}
    strange = [name for name, kind in found.items() if kind is None]
    if strange:
        raise TrainingError(
            "a feature column holds neither numbers nor texts only",
            code="TRN107",
            column=", ".join(strange),
            do="Derive a number or a text from it in the features function.",
        )
    kinds = {name: kind for name, kind in found.items() if kind is not None}
    if set(kinds.values()) <= {ColumnKind.EMPTY}:
        raise TrainingError("no feature column has any value", code="TRN107", column=", ".join(kinds) or None)
    return kinds


def aligned(
    features: pd.DataFrame, kinds: Mapping[str, ColumnKind], *, error: type[LeewayError] = ArtifactError
) -> Any:
    """Bring rows into the form the model was trained on: its columns, in its order; float64, and texts with NaN.

    Further columns are ignored. An integer column that now has missing values, or a Boolean one, is a number as before.

    Raises:
        ArtifactError: (or ``error``) naming all columns that are missing, of the wrong type or infinite.
    """
    import pandas as pd

    missing = [name for name in kinds if name not in features.columns]
    if missing:
        raise error("the model needs columns that are missing", code="ART010", column=", ".join(missing))
    wrong = [f"{name} ({kinds[name]})" for name in kinds if not _fits(_kind(features[name]), kinds[name])]
    if wrong:
        raise error("columns are not of the type the model was trained on", code="ART011", column=", ".join(wrong))
    plain = {name: _plain(features[name], kind) for name, kind in kinds.items() if kind is not ColumnKind.EMPTY}
    infinite = [name for name, values in plain.items() if kinds[name] is ColumnKind.NUMBER and _has_infinite(values)]
    if infinite:
        raise error("numbers are infinite", code="ART012", column=", ".join(infinite))
    return pd.DataFrame(plain, index=features.index, copy=False)


def preparation(
    rows: pd.DataFrame,
    kinds: Mapping[str, ColumnKind],
    style: Style,
    *,
    max_levels: int = MAX_LEVELS,
    counts: Mapping[str, Mapping[str, int]] | None = None,
) -> Any:
    """Build the unfitted preparation, a ColumnTransformer: aligned rows in, float64 matrix out, numbers first.

    Args:
        rows: the aligned training rows; the levels of their text columns are counted here. scikit-learn's encoders can
            leave out rare levels themselves, but count in a Python loop: half of a fit of 250,000 rows went there.
        kinds: the columns.
        style: what the estimator can cope with.
        counts: text column -> level -> rows, where ``rows`` only stand for more; default: counted in ``rows``.
        max_levels: with `Style.CODES`, distinct codes per text column. A rarer level is read like an unseen one.
    """
    from sklearn.compose import ColumnTransformer
    from sklearn.pipeline import Pipeline

    numbers = [name for name, kind in kinds.items() if kind is ColumnKind.NUMBER]
    texts = [name for name, kind in kinds.items() if kind is ColumnKind.TEXT]
    for_numbers = "passthrough" if style is Style.CODES else Pipeline(_number_steps(style, len(rows)))
    most, least = (max_levels, 1) if style is Style.CODES else (MAX_INDICATORS, MIN_LEVEL_ROWS)
    found = counts if counts is not None else {name: rows[name].value_counts(sort=False) for name in texts}
    levels = [_levels(found[name], missing=rows[name].isna().any(), most=most, least=least) for name in texts]
    steps: list[tuple[str, Any, list[str]]] = [
        ("numbers", for_numbers, numbers),
        ("texts", _text_encoder(style, levels), texts),
    ]
    return ColumnTransformer([step for step in steps if step[2]], sparse_threshold=0.0, verbose_feature_names_out=False)


def style_for(estimator: Any) -> Style:
    """Choose the preparation that suits an estimator: trees that accept NaN take codes, all else is scaled."""
    from sklearn.utils import get_tags

    package, _, rest = type(estimator).__module__.partition(".")
    trees = package in ("lightgbm", "xgboost") or (package == "sklearn" and rest.startswith(("ensemble", "tree")))
    return Style.CODES if trees and get_tags(estimator).input_tags.allow_nan else Style.SCALED


def _number_steps(style: Style, rows: int) -> list[tuple[str, Any]]:
    from sklearn.impute import SimpleImputer
    from sklearn.preprocessing import QuantileTransformer, StandardScaler

    fill = SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)
    if style is Style.SCALED:
        return [("fill", fill), ("scale", StandardScaler())]
    ranks = QuantileTransformer(
        n_quantiles=min(256, rows), output_distribution="normal", subsample=20_000, random_state=0
    )
    # Ranks keep NaN, and are made first: a filled-in median would be a step in the distribution.
    return [("ranks", ranks), ("fill", fill)]


def _text_encoder(style: Style, levels: list[np.ndarray[Any, Any]]) -> Any:
    import numpy as np
    from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder

    if style is Style.CODES:
        return OrdinalEncoder(
            categories=levels,
            handle_unknown="use_encoded_value",
            unknown_value=np.nan,
            encoded_missing_value=np.nan,
        )
    return OneHotEncoder(categories=levels, handle_unknown="ignore", sparse_output=False)


def _levels(counts: pd.Series[Any] | Mapping[str, int], *, missing: Any, most: int, least: int) -> np.ndarray[Any, Any]:
    """The levels to keep apart, sorted: the most frequent ones (ties: by name) with enough rows, but at least one.

    Missing values are a level of their own if there are any, and then the last one.
    """
    import numpy as np

    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], str(pair[0])))
    kept = sorted(str(level) for place, (level, count) in enumerate(ranked[:most]) if count >= least or not place)
    return np.array([*kept, np.nan] if missing else kept, dtype=object)


def _kind(series: pd.Series[Any]) -> ColumnKind | None:
    """What a column holds; None if it is neither numbers nor texts."""
    import pandas as pd

    if isinstance(series.dtype, pd.CategoricalDtype):
        series = series.astype(object)
    # Most columns begin with a value, and looking for missing ones in a column of texts takes long.
    if not series.iloc[:1].notna().any() and series.isna().all():
        return ColumnKind.EMPTY
    inferred = pd.api.types.infer_dtype(series, skipna=True)
    if inferred in _NUMBERS:
        return ColumnKind.NUMBER
    return ColumnKind.TEXT if inferred == "string" else None


def _fits(found: ColumnKind | None, wanted: ColumnKind) -> bool:
    return found is wanted or found is ColumnKind.EMPTY or (wanted is ColumnKind.EMPTY and found is not None)


def _plain(series: pd.Series[Any], kind: ColumnKind) -> np.ndarray[Any, Any]:
    import numpy as np

    dtype: Any = np.float64 if kind is ColumnKind.NUMBER else object
    return series.to_numpy(dtype=dtype, na_value=np.nan)


def _has_infinite(values: np.ndarray[Any, Any]) -> bool:
    import numpy as np

    return bool(np.isinf(values).any())

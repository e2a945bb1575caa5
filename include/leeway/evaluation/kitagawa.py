"""Which columns and which slices account for a rise of the mean loss: from shares of the rows and means per level.

A mean over all rows is the sum over levels of share times mean. Its rise splits exactly into what changed shares bring
and what changed means bring (Kitagawa 1955, Components of a difference between two rates, JASA 50).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from leeway.core import ColumnPart, SlicePart

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from leeway.evaluation.resampling import Errors, Side

    Array = np.ndarray[Any, Any]

BINS = 10
"""Bins of a column of numbers, with about as many rows each."""
MOST_LEVELS = 20
"""Levels of a text column that are told apart; the others are one."""
MOST_COLUMNS, MOST_SLICES = 8, 10
"""So many are recorded, those with the largest parts."""
OTHER = "(other)"


def column_parts(before: pd.DataFrame, now: pd.DataFrame, *, loss: Array, rise: float) -> tuple[ColumnPart, ...]:
    """How much the loss would have risen had only one column changed, for each column by itself; largest part first.

    A level that the baseline never saw counts as costing what its average row did.

    Args:
        before: inputs of the baseline's rows.
        now: inputs of the window's rows.
        loss: of the baseline's rows.
        rise: the whole rise, not zero.
    """
    parts = []
    for name in before.columns:
        codes, current, count = _codes(before[name], now[name])
        value = _mix(codes, current, count, loss)
        parts.append(ColumnPart(column=str(name), value=value, share=value / rise))
    parts = [part for part in parts if part.value]
    return tuple(sorted(parts, key=lambda part: (-abs(part.value), part.column))[:MOST_COLUMNS])


def slice_parts(
    slices: tuple[pd.DataFrame, pd.DataFrame], losses: tuple[Array, Array], *, sides: tuple[Side, Side], errors: Errors
) -> tuple[SlicePart, ...]:
    """What each level of each slice column adds to the rise; largest part first.

    Args:
        slices: the slice columns of both sides, as text.
        losses: of the rows of both sides.
        sides: how the rows of both sides are resampled.
        errors: what the resampling says of a figure.
    """
    levels = {name: _frequent(slices[0][name], slices[1][name]) for name in slices[0].columns}
    tests = sum(len(found) for found in levels.values())
    parts = [
        _slice((name, level), (codes[0] == code, codes[1] == code), losses, sides=sides, errors=errors, tests=tests)
        for name, found in levels.items()
        for code, (level, codes) in enumerate(found)
    ]
    return tuple(sorted(parts, key=lambda part: (-part.value, part.column, part.level))[:MOST_SLICES])


def _slice(
    name: tuple[str, str],
    rows: tuple[Array, Array],
    losses: tuple[Array, Array],
    *,
    sides: tuple[Side, Side],
    errors: Errors,
    tests: int,
) -> SlicePart:
    """One level: every figure is an array over the resamples, with the estimate first."""
    import numpy as np

    shares = [side.means(chosen.astype("float64")) for side, chosen in zip(sides, rows, strict=True)]
    overall = [side.means(loss) for side, loss in zip(sides, losses, strict=True)]
    sums = [side.means(loss * chosen) for side, loss, chosen in zip(sides, losses, rows, strict=True)]
    with np.errstate(invalid="ignore", divide="ignore"):
        before, now = (total / share for total, share in zip(sums, shares, strict=True))
    # A level without rows on one side costs there what it costs on the other: then only its share changed.
    old, new = np.where(np.isnan(before), now, before), np.where(np.isnan(now), before, now)
    old, new = (np.where(np.isnan(loss), mean, loss) for loss, mean in ((old, overall[0]), (new, overall[1])))
    rise = overall[1] - overall[0]
    weight = (shares[0] + shares[1]) / 2
    mix = (shares[1] - shares[0]) * (old + new - overall[0] - overall[1]) / 2
    value = mix + weight * (new - old)
    excess = value - weight * rise
    outsize = bool(excess[0] > errors.half_width(excess, tests=tests) and excess[0] > 0)
    return SlicePart(
        column=name[0],
        level=name[1],
        rows_before=float(shares[0][0]),
        rows_now=float(shares[1][0]),
        loss_before=_known(before[0]),
        loss_now=_known(now[0]),
        mix=float(mix[0]),
        change=float(value[0] - mix[0]),
        value=float(value[0]),
        share=float(value[0] / rise[0]),
        outsize=outsize,
    )


def _known(loss: float) -> float | None:
    return None if math.isnan(loss) else float(loss)


def _mix(before: Array, now: Array, count: int, loss: Array) -> float:
    """Sum over levels of the change of their share times what they cost before, less what an average row did."""
    import numpy as np

    rows = np.bincount(before, minlength=count)
    change = np.bincount(now, minlength=count) / len(now) - rows / len(before)
    sums = np.bincount(before, weights=loss - loss.mean(), minlength=count)
    return float((change * sums / np.maximum(rows, 1)).sum())


def _codes(before: pd.Series[Any], now: pd.Series[Any]) -> tuple[Array, Array, int]:
    """The level of each row as a number from 0: a bin of numbers or a text, missing and infinite ones apart."""
    import numpy as np
    import pandas as pd
    from pandas.api.types import is_bool_dtype, is_numeric_dtype

    if all(is_numeric_dtype(side.dtype) and not is_bool_dtype(side.dtype) for side in (before, now)):
        values = np.concatenate([side.to_numpy(dtype="float64", na_value=np.nan) for side in (before, now)])
        known = np.isfinite(values)
        inner = np.arange(1, BINS) / BINS
        edges: Array = np.unique(np.quantile(values[known], inner)) if known.any() else np.empty(0)
        codes = np.where(known, np.searchsorted(edges, values, side="right"), len(edges) + 1)
    else:
        codes = pd.factorize(_kept(before, now), sort=True)[0]
    return codes[: len(before)], codes[len(before) :], int(codes.max()) + 1


def _frequent(before: pd.Series[Any], now: pd.Series[Any]) -> list[tuple[str, tuple[Array, Array]]]:
    """The levels of a text column, each with the codes of both sides."""
    import pandas as pd

    codes, names = pd.factorize(_kept(before, now), sort=True)
    split = (codes[: len(before)], codes[len(before) :])
    return [(str(name), split) for name in names]


def _kept(before: pd.Series[Any], now: pd.Series[Any]) -> pd.Series[Any]:
    """The texts of both sides, the rarest as one level; ties by name."""
    import pandas as pd

    values = pd.concat([before.astype(object), now.astype(object)], ignore_index=True)
    texts = values.where(values.notna(), "(missing)").map(str)
    ranked = sorted(texts.value_counts(sort=False).items(), key=lambda pair: (-pair[1], pair[0]))
    kept = {level for level, _count in ranked[:MOST_LEVELS]}
    told: pd.Series[Any] = texts.where(texts.isin(kept), OTHER)
    return told

"""The same 50 columns as in `drift_data`, with neighbouring rows alike: every column and its nulls follow an AR(1)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from benchmarks.drift_data import LEVELS
from scipy.signal import lfilter
from scipy.special import ndtr, ndtri, stdtrit

Array = np.ndarray[Any, Any]
_MIXTURE = np.linspace(-8, 8, 4001)
_MIXTURE_BELOW = 0.7 * ndtr(_MIXTURE + 3) + 0.3 * ndtr(_MIXTURE - 3)


def series(random: np.random.Generator, rows: int, *, rho: float) -> pa.Table:
    """Draw rows in order of time.

    Args:
        random: where chance comes from.
        rows: how many.
        rho: correlation of the normal score behind a value with that of the row before; nulls have their own.
    """
    found: dict[str, Any] = {}
    for number in range(35):
        values = _number(number % 7, _uniform(random, rows, rho))
        nulls = 0.02 + 0.04 * (number % 5) / 4
        found[f"f{number:02}"] = pa.array(values, mask=_uniform(random, rows, rho) < nulls)
    for number, levels in enumerate(LEVELS):
        below = np.cumsum(1 / np.arange(1, levels + 1))
        codes = np.minimum(np.searchsorted(below / below[-1], _uniform(random, rows, rho)), levels - 1)
        names = pa.array([f"level_{level}" for level in range(levels)])
        found[f"c{number}"] = pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32()), names).cast(pa.string())
    for number, high in enumerate((10, 1000, 1_000_000)):
        found[f"i{number}"] = pa.array((_uniform(random, rows, rho) * high).astype(np.int64))
    found["b0"] = pa.array(_uniform(random, rows, rho) < 0.3)
    found["t0"] = pa.array(np.arange(rows) * 1_000_000, pa.timestamp("us"))
    return pa.table(found)


def _uniform(random: np.random.Generator, rows: int, rho: float) -> Array:
    """Shares below a stationary normal AR(1): float64 of shape (rows,)."""
    steps = random.standard_normal(rows) * np.sqrt(1 - rho * rho)
    steps[0] /= np.sqrt(1 - rho * rho)  # starts where it settles
    found: Array = ndtr(lfilter([1.0], [1.0, -rho], steps))
    return found


def _number(shape: int, share: Array) -> Array:
    if shape == 1:
        return np.exp(ndtri(share))
    if shape == 2:
        return ndtri(share) * 5 + 1000
    if shape == 3:
        return np.interp(share, _MIXTURE_BELOW, _MIXTURE)
    if shape == 4:
        return -100 * np.log1p(-share)
    if shape == 5:
        return stdtrit(3, share)
    return share if shape == 6 else ndtri(share)

"""Samples of one window: halves of it, and windows that might have been."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    Array = np.ndarray[Any, Any]

BLOCKS = 32
"""Stretches that a resampled window is put together from: long enough to keep what neighbours share."""


def random_halves(rows: int, random: np.random.Generator) -> tuple[Array, Array]:
    """Split rows at random: two int64 arrays of row numbers, ascending, so that rows stay in order of time."""
    shuffled = random.permutation(rows)
    return np.sort(shuffled[: rows // 2]), np.sort(shuffled[rows // 2 :])


def stretches(rows: int, size: int, random: np.random.Generator) -> Array:
    """Draw about ``size`` rows as a new window might hold them: int64 row numbers.

    Stretches of neighbours are drawn with replacement and put in order of time (the circular block bootstrap of Politis
    and Romano 1992, in Exploring the Limits of Bootstrap), because rows of a window resemble their neighbours.
    """
    length = max(1, rows // BLOCKS)
    starts = np.sort(random.integers(0, rows, max(1, round(size / length))))
    found: Array = ((starts[:, None] + np.arange(length)) % rows).ravel()
    return found


def evenly(rows: int, most: int) -> Array:
    """At most so many of the rows, evenly spaced: int64 row numbers, ascending."""
    return np.arange(rows) if rows <= most else np.arange(most, dtype=np.int64) * rows // most

"""How much rows in order of time tell: neighbours resemble one another, so a thousand rows are not a thousand draws."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

FIRST_BLOCK = 10
"""Rows in the shortest blocks."""

MIN_BLOCKS = 8
"""Fewer block means say nothing about their variance."""

MAX_ROWS = 1 << 14
"""Consecutive rows of a batch that are looked at; enough for blocks of 2,000."""


def inflation(values: np.ndarray[Any, Any]) -> float:
    """How many times larger the variance of the mean is than of independent values with the same spread.

    Blocking (Flyvbjerg and Petersen 1989, J. Chem. Phys. 91:461): the variance of block means times the block length,
    over the variance of the values. Blocks start with ten neighbours and double in length while at least eight remain.
    Of those that exceed 1 by two standard errors for independent rows, sqrt(2 / (blocks - 1)), the largest counts, less
    one standard error: or the largest of many would overestimate by a third where there is nothing, and weaken every
    test. Weather in a week of flights needs the long blocks: a storm lasts longer than a hundred rows. Dependence
    beyond an eighth of the rows is not seen.

    Args:
        values: float64 of shape (n,), in order of time.

    Returns:
        At least 1; exactly 1 for constants and for fewer than eight blocks.
    """
    if not len(values):
        return 1.0
    away = values - values.mean()
    spread = _squares(away) / len(away)
    if not spread > 0:
        return 1.0
    largest, length = 1.0, FIRST_BLOCK
    blocks = len(away) // length
    sums = np.einsum("ij->i", away[: blocks * length].reshape(blocks, length))
    while blocks >= MIN_BLOCKS:
        between = (_squares(sums) - float(sums.sum()) ** 2 / blocks) / (blocks - 1)
        found, error = between / (length * spread), math.sqrt(2 / (blocks - 1))
        if found > 1 + 2 * error:
            largest = max(largest, found - error)
        blocks, length = blocks // 2, length * 2
        sums = sums[0 : 2 * blocks : 2] + sums[1 : 2 * blocks : 2]
    return largest


def _squares(values: np.ndarray[Any, Any]) -> float:
    return float(np.einsum("i,i", values, values))  # a dot product would start BLAS threads

"""A histogram without edges to choose: the bin of a number is the top 16 bits of its single-precision pattern.

One sign bit, eight bits of exponent and seven of mantissa: 128 equal steps per power of two, about 0.5 % wide. Nothing
depends on data seen before, so histograms of any two tables have the same bins and merge by addition; an outlier costs
one more key. Keys are turned so that they sort like the numbers they stand for.

Resolution is relative to the distance from zero: a column that is narrow and far from zero (air pressure in hPa) gets
few bins. A test on them stays valid, it only sees less.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

_SIGN = 0x8000


def of(values: np.ndarray[Any, Any]) -> dict[int, int]:
    """Count finite numbers by key.

    Args:
        values: float64 of shape (n,), finite. What exceeds single precision counts in the outermost bin.

    Returns:
        Key -> count, keys ascending, no zero counts.
    """
    import numpy as np

    with np.errstate(over="ignore", under="ignore"):
        single = values.astype(np.float32) + np.float32(0)  # + 0 turns -0.0 into 0.0: one number, one key
    top = single.view(np.uint32) >> 16
    keys = np.where(top & _SIGN, 0xFFFF - top, top | _SIGN)
    counts = np.bincount(keys, minlength=0)
    return {int(key): int(counts[key]) for key in np.flatnonzero(counts)}


def lower_edge(key: int) -> float:
    """The end of a bin that is nearer to zero."""
    top = key & ~_SIGN if key & _SIGN else 0xFFFF - key
    edge: float = struct.unpack(">f", struct.pack(">I", top << 16))[0]
    return edge


def quantile(counts: Mapping[int, int], share: float) -> float:
    """A number below which about ``share`` of the counted ones lie (exact to the width of a bin, toward zero).

    Raises:
        ValueError: if nothing was counted.
    """
    wanted, seen = share * sum(counts.values()), 0
    for key in sorted(counts):
        seen += counts[key]
        if seen >= wanted:
            return lower_edge(key)
    raise ValueError("nothing was counted")

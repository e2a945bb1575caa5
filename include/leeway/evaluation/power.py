"""What a comparison can show: how large a difference has to be to be found."""

from __future__ import annotations

import math

POWER = 0.8
"""Chance with which a difference that counts as detectable is found."""


def detectable(error: float, freedom: int, alpha: float, power: float = POWER) -> float:
    """The smallest true difference that a one-sided test finds with this power: so many standard errors.

    Student's quantiles of 1 - alpha and of the power, added (Bloom 1995, Minimum Detectable Effects, Evaluation Review
    19(5)).

    Args:
        error: standard error of the difference.
        freedom: its degrees of freedom.
        alpha: level of the test; at 0 nothing is ever found.
        power: chance to find it.

    >>> round(detectable(1.0, 20, 0.05), 2)
    2.58
    """
    from scipy.special import stdtrit

    if alpha <= 0:
        return math.inf
    return max(0.0, float(stdtrit(freedom, 1 - alpha) + stdtrit(freedom, power))) * error

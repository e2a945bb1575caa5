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


def chance_found(difference: float, *, error: float, freedom: int, alpha: float) -> float:
    """The chance that a one-sided test finds a true difference of this size."""
    from scipy.special import stdtr, stdtrit

    if alpha <= 0:
        return 0.0
    if error == 0:
        return float(difference > 0)
    return float(stdtr(freedom, difference / error - stdtrit(freedom, 1 - alpha)))


def chance_above(limit: float, *, error: float, freedom: int, difference: float = 0.0) -> float:
    """The chance that an estimate is at least ``limit`` if the true difference is ``difference``."""
    from scipy.special import stdtr

    if error == 0:
        return float(difference >= limit)
    return float(stdtr(freedom, (difference - limit) / error))

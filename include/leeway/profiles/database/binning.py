"""The keys of `leeway.profiles.histogram`, by arithmetic that every database has.

A key is the top 14 bits of a distance in single precision. The database rounds it to single precision; the exponent is
the floor of its binary logarithm, raised by more than a logarithm errs, and by less than the gap below a power of two
(2**-24 of it, 8.6e-8 as a logarithm). So keys are the same as those from the bits, without exception.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import sqlalchemy as sa

from leeway.profiles.histogram import BITS, SIZE

_SIGN = SIZE >> 1
_STEPS = BITS - 9
"""Bits of the mantissa in a key."""
_REACH = float((2 - Fraction(1, 2**24)) * 2**127)
"""From here on a distance rounds to infinity in single precision."""
_NOTHING = 2.0**-150
"""Up to here it rounds to zero, which PostgreSQL takes for an error."""
_SMALLEST = 2.0**-126
"""Below it single precision has no exponent of its own."""
_NUDGE = 3e-8
_SQUARED = 1e-150
"""Squares of distances below it count as zero: PostgreSQL takes it for an error if a product is too small."""


def binned(values: sa.Select[Any], centre: float) -> sa.Select[Any]:
    """Group numbers by key.

    Args:
        values: a statement for one column of doubles, ``x``.
        centre: of the histogram.

    Returns:
        A statement for key, count, sum of the distances, sum of their squares, smallest and largest number.
        Not-a-number and what is too far from the centre are left out.
    """
    x = values.subquery("given").c.x
    low, high = reachable(centre)
    shift = 0.0 - centre
    near = sa.select(x, (x + double(shift)).label("d")).where(x.between(double(low), double(high))).subquery("near")
    x, d = near.c
    flat = sa.case((sa.func.abs(d) > double(_NOTHING), d), else_=double(0.0))
    single = sa.func.abs(sa.cast(sa.cast(flat, sa.REAL), sa.Double))
    rounded = sa.select(x, d, single.label("single")).subquery("rounded")
    x, d, rounded_d = rounded.c
    keyed = sa.select(x, d, _key(d, rounded_d).label("bin")).subquery("keyed")
    x, d, key = keyed.c
    square = sa.case((sa.func.abs(d) > double(_SQUARED), d * d), else_=double(0.0))
    count = sa.func.count()
    return sa.select(key, count, sa.func.sum(d), sa.func.sum(square), sa.func.min(x), sa.func.max(x)).group_by(key)


def _key(d: sa.ColumnElement[Any], single: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    ordinary = sa.func.greatest(single, double(_SMALLEST))
    exponent = sa.func.floor(sa.func.ln(ordinary) / double(math.log(2)) + double(_NUDGE))
    steps = sa.func.floor(single * sa.func.power(double(2.0), double(_STEPS) - exponent))
    size = sa.cast((exponent + double(126)) * double(1 << _STEPS) + steps, sa.Integer)
    return sa.case((d >= double(0.0), size + _SIGN), else_=_SIGN - 1 - size)


def reachable(centre: float) -> tuple[float, float]:
    """The smallest and the largest number whose distance from the centre is finite in single precision.

    The database compares with them before it subtracts, as some take an overflow for an error.
    """
    return -_highest(-centre), _highest(centre)


def _highest(centre: float) -> float:
    # A sum rounds to _REACH, an even number, from half-way between it and the double below it.
    bound = (Fraction(_REACH) + Fraction(math.nextafter(_REACH, 0))) / 2 + Fraction(centre)
    nearest = float(bound)
    return nearest if Fraction(nearest) < bound else math.nextafter(nearest, -math.inf)


def double(value: float) -> sa.ColumnElement[Any]:
    """A bound number that the database takes for a double, not for a decimal."""
    return sa.cast(sa.literal(float(value), sa.Double), sa.Double)

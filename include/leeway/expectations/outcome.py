"""What validating gives."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Failure:
    """One expectation that was not met, or that could not be evaluated.

    ======  ====================================================================
    VAL101  there are no rows
    VAL102  the columns are not the declared ones
    VAL103  a column that is not nullable has rows without a value
    VAL104  a value is not among the declared levels
    VAL105  a value lies outside the declared minimum and maximum
    VAL106  several rows have the same key
    VAL107  a column has another type than declared
    VAL108  an expectation of the model file is not met
    VAL109  an event time lies outside the window
    VAL190  an expectation could not be evaluated
    VAL191  nothing was evaluated
    ======  ====================================================================
    """

    code: str
    column: str | None
    sentence: str
    """For a person. It counts and names, but shows no row."""


@dataclass(frozen=True)
class Outcome:
    """The verdict on a table, with the Data Docs page that shows how each expectation came out."""

    passed: bool
    failures: tuple[Failure, ...]
    checks: int
    """How many expectations were evaluated."""
    html: bytes

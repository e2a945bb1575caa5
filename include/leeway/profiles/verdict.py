"""Whether a table has drifted from another, and in what: all tests together, with one budget for false alarms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leeway.profiles import joint
from leeway.profiles.comparison import compare_column
from leeway.profiles.finding import Finding, certain
from leeway.profiles.statistics import benjamini_hochberg

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leeway.profiles.profile import Profile

BUDGET = 5.0
"""False alarms per 100 windows that are accepted."""

FLOOR = 0.02
"""Smallest difference that counts, as a share of rows."""


WEIGHTS = {"missing": 0.2, "unseen": 0.1, "vanished": 0.1, "outside": 0.1, "spike": 0.1}
"""How much of the budget a test gets, beside the 1 of a test of the whole distribution.

A test needs little of it where its evidence grows fast: of a value that one side does not have, three rows more make up
for a tenth of the budget, while a shift of the whole distribution needs every row. Weights belong to tests, not to what
they found, so the budget is kept.
"""


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A finding, and whether it counts."""

    finding: Finding
    flagged: bool
    threshold: float


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What was found in each column and in all of them together.

    Args:
        findings: in the order of the columns; those about all columns come last.
        budget: false alarms per 100 windows that were accepted.
        floor: the smallest difference that counted.
    """

    findings: tuple[Judged, ...]
    budget: float
    floor: float

    @property
    def flagged(self) -> tuple[Finding, ...]:
        """What counts."""
        return tuple(judged.finding for judged in self.findings if judged.flagged)

    @property
    def drift(self) -> bool:
        """Whether anything counts."""
        return any(judged.flagged for judged in self.findings)

    def by_subject(self) -> dict[str, tuple[Judged, ...]]:
        """The findings of each column."""
        found: dict[str, list[Judged]] = {}
        for judged in self.findings:
            found.setdefault(judged.finding.subject, []).append(judged)
        return {subject: tuple(all_) for subject, all_ in found.items()}


def judge(reference: Profile, current: Profile, *, budget: float = BUDGET, floor: float = FLOOR) -> Verdict:
    """Compare two profiles.

    A finding counts if weighted Benjamini-Hochberg keeps it at ``budget`` / 100 among all tests of all columns, and its
    effect is at least ``floor``. So if nothing has changed, at most ``budget`` of 100 windows are expected to be
    flagged, whatever the number of columns and rows: the windows need no correction among themselves.

    Args:
        reference: what is known.
        current: what is judged; its columns are counted like the reference's.
        budget: false alarms accepted per 100 windows.
        floor: smallest difference that counts, as a share of rows: KS and total variation distance, missing values;
            half of it for values never seen before.

    Raises:
        ProfileError: PRO111 if the two are counted about different centres.
    """
    return weigh(tuple(_findings(reference, current)), budget=budget, floor=floor)


def weigh(found: Sequence[Finding], *, budget: float, floor: float) -> Verdict:
    """Say which of all findings count: one budget for all of them, and an effect of at least ``floor`` for each."""
    weights = [WEIGHTS.get(finding.test, 1.0) for finding in found]
    kept = benjamini_hochberg([finding.p_value for finding in found], budget / 100, weights)
    judged = tuple(
        Judged(
            finding=finding,
            flagged=significant and finding.effect >= floor * finding.floor_share,
            threshold=floor * finding.floor_share,
        )
        for finding, significant in zip(found, kept, strict=True)
    )
    return Verdict(findings=judged, budget=budget, floor=floor)


def _findings(reference: Profile, current: Profile) -> Iterator[Finding]:
    for name, column in reference.columns.items():
        if name in current.columns:
            yield from compare_column(name, column, current.columns[name])
        else:
            yield certain(name, test="absent", direction="down", words="the column is no longer there")
    for name in current.columns:
        if name not in reference.columns:
            yield certain(name, test="added", direction="up", words="a column that was not there before")
    inflations = {  # the codes of a number and of a level are not alike
        name: max(column.inflation, current.columns[name].inflation)
        for name, column in reference.columns.items()
        if name in current.columns and column.kind is current.columns[name].kind
    }
    one, two = reference.coded.only(inflations), current.coded.only(inflations)
    for together in (
        joint.compare_correlations(one, two, inflations),
        joint.compare_rows(one, two, inflations),
    ):
        if together is not None:
            yield together

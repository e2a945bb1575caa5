"""Repeats of the drill: each draws a reference and a window from the same rows, so that only chance differs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from leeway.detectors.data import BY_QUALITY, DataDrift
from leeway.drill.resampling import stretches
from leeway.drill.subject import MOST_ROWS
from leeway.profiles.building import profile_frame
from leeway.profiles.comparison import compare_column
from leeway.profiles.joint import CLASSIFIER, CORRELATION
from leeway.profiles.profile import Profile
from leeway.profiles.rows import CodedRows
from leeway.profiles.verdict import judge, weigh

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    import pandas as pd

    from leeway.drill.shifts import Values
    from leeway.drill.subject import Subject
    from leeway.profiles.finding import Finding

    Array = np.ndarray[Any, Any]

TOGETHER = (CORRELATION, CLASSIFIER)
"""What findings about several columns are about."""


@dataclass(frozen=True)
class Trial:
    """One repeat.

    Args:
        check: the model's detector.
        reference: profile of the rows drawn as the reference.
        rows: int64 numbers of the subject's rows that were drawn as the window.
        found: what the tests found between the two, without any shift, by what it is about.
    """

    check: DataDrift
    reference: Profile
    rows: Array
    found: dict[str, tuple[Finding, ...]]

    @property
    def alarms(self) -> set[str]:
        """What is flagged though nothing was shifted."""
        return self._flagged(self.found)

    def flags(self, name: str, shifted: Values) -> bool:
        """Whether a column is flagged when it alone has other values; what was found in other columns stays."""
        found = compare_column(name, self.reference.columns[name], shifted.profile())
        return name in self._flagged(self.found | {name: tuple(found)})

    def flags_together(self, shifted: pd.DataFrame) -> bool:
        """Whether anything about several columns is flagged in these rows."""
        current = profile_frame(shifted, self.reference.layout)
        verdict = judge(self.reference, current, budget=self.check.budget, floor=self.check.floor)
        return any(finding.subject in TOGETHER for finding in verdict.flagged)

    def _flagged(self, found: dict[str, tuple[Finding, ...]]) -> set[str]:
        every = [finding for findings in found.values() for finding in findings]
        verdict = weigh(every, budget=self.check.budget, floor=self.check.floor)
        return {finding.subject for finding in verdict.flagged if finding.test not in BY_QUALITY}


def trials(subject: Subject, repeats: int, random: np.random.Generator) -> Iterator[Trial]:
    """Draw them; the reference has as many rows as the real one, but at most `MOST_ROWS`."""
    rows = len(subject.frame)
    for _ in range(repeats):
        before = stretches(rows, min(subject.reference_rows, MOST_ROWS), random)
        now = stretches(rows, rows, random)
        reference = profile_frame(subject.frame.iloc[before], subject.layout)
        current = profile_frame(subject.frame.iloc[now], subject.layout)
        yield Trial(subject.check, reference, now, _found(subject.check, reference, current))


def _found(check: DataDrift, reference: Profile, current: Profile) -> dict[str, tuple[Finding, ...]]:
    sides = [reference, current] if check.together else [_apart(reference), _apart(current)]
    verdict = judge(*sides, budget=check.budget, floor=check.floor)
    return {about: tuple(one.finding for one in judged) for about, judged in verdict.by_subject().items()}


def _apart(profile: Profile) -> Profile:
    """The columns by themselves: without rows, nothing is tested about several of them."""
    return Profile(profile.fields, CodedRows.none([]))

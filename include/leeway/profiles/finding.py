"""What a test found."""

from __future__ import annotations

from dataclasses import dataclass, field

Z95 = 1.96


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What one test of one column found.

    Args:
        subject: the column, or what else was compared.
        test: ks_chi2, spike, chi2, text, missing, unseen, vanished, outside, kind, absent, added, correlation or
            classifier.
        statistic: of the test.
        p_value: chance of at least such a statistic without any difference.
        effect: in shares of rows, 0 to 1, less what chance explains.
        low: lower end of the effect's 95 % interval.
        high: upper end.
        direction: up, down or changed.
        words: what happened, for a person, without the subject.
        distances: further measures of the same difference, by name.
        floor_share: part of the floor that its effect has to reach: rows of a kind never seen matter sooner than a
            shift.
    """

    subject: str
    test: str
    statistic: float
    p_value: float
    effect: float
    low: float
    high: float
    direction: str
    words: str
    distances: dict[str, float] = field(default_factory=dict)
    floor_share: float = 1.0

    @property
    def sentence(self) -> str:
        """What a person reads."""
        return f"`{self.subject}`: {self.words}"


def certain(name: str, *, test: str, direction: str, words: str) -> Finding:
    """A difference that no chance explains: a column of another kind, or on one side only."""
    return Finding(
        subject=name,
        test=test,
        statistic=1.0,
        p_value=0.0,
        effect=1.0,
        low=1.0,
        high=1.0,
        direction=direction,
        words=words,
    )

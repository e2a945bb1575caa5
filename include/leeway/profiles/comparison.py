"""Comparing one column of two profiles: which test suits it, what came out, and how to say it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leeway.profiles import statistics
from leeway.profiles.profile import ColumnKind

if TYPE_CHECKING:
    from leeway.profiles.profile import ColumnProfile


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What one test of one column found. ``effect`` is in shares of rows, 0 to 1, less what chance explains."""

    test: str
    statistic: float
    p_value: float
    effect: float
    words: str


def compare_values(reference: ColumnProfile, current: ColumnProfile) -> Finding | None:
    """Test whether the values are distributed alike: KS for numbers, chi-square for categories; nulls are left out.

    Returns:
        None if a side has no values: then there is nothing to compare.
    """
    m = statistics.effective_size(reference.counted / reference.inflation, current.counted / current.inflation)
    if m == 0 or reference.kind is not current.kind:
        return None
    return _numbers(reference, current, m) if current.kind is ColumnKind.NUMBER else _categories(reference, current, m)


def compare_missing(reference: ColumnProfile, current: ColumnProfile) -> Finding | None:
    """Test whether the share of missing values is the same.

    Returns:
        None if a side has no rows.
    """
    m = statistics.effective_size(reference.rows / reference.null_inflation, current.rows / current.null_inflation)
    if m == 0:
        return None
    before, now = reference.null_share, current.null_share
    pooled = (reference.nulls + current.nulls) / (reference.rows + current.rows)
    z, p_value = statistics.two_proportions(before, now, pooled=pooled, m=m)
    return Finding(
        test="missing_z",
        statistic=z,
        p_value=p_value,
        effect=abs(now - before),
        words=f"missing values {_moved(before, now)} ({p_text(p_value)})",
    )


def _numbers(reference: ColumnProfile, current: ColumnProfile, m: float) -> Finding:
    distance = statistics.ks_distance(reference.histogram, current.histogram)
    p_value = statistics.ks_p_value(distance, m)
    before, now = reference.mean or 0.0, current.mean or 0.0
    return Finding(
        test="ks",
        statistic=distance,
        p_value=p_value,
        effect=statistics.ks_excess(distance, m),
        words=f"mean {_way(before, now)} from {before:.4g} to {now:.4g} (KS {distance:.2f}, {p_text(p_value)})",
    )


def _categories(reference: ColumnProfile, current: ColumnProfile, m: float) -> Finding:
    one, two = _cells(reference, current)
    statistic, p_value = statistics.chi_square(one, two, m=m)
    distance = statistics.total_variation(one, two)
    n1, n2 = reference.counted, current.counted
    moved = {level: two.get(level, 0) / n2 - one.get(level, 0) / n1 for level in sorted({*one, *two}, key=str)}
    level = max(moved, key=lambda name: abs(moved[name]))
    shares = _moved(one.get(level, 0) / n1, two.get(level, 0) / n2)
    return Finding(
        test="chi_square",
        statistic=statistic,
        p_value=p_value,
        effect=statistics.total_variation_excess(one, two, m=m),
        words=f"share of {'all other levels' if level is None else level} {shares} "
        f"(TVD {distance:.2f}, {p_text(p_value)})",
    )


def _cells(one: ColumnProfile, two: ColumnProfile) -> tuple[dict[str | None, int], dict[str | None, int]]:
    """Counts per level. Levels that a side with a remainder does not name join the other side's remainder (None)."""
    named = set(one.levels) | set(two.levels)
    if one.other:
        named &= set(one.levels)
    if two.other:
        named &= set(two.levels)

    def cells(column: ColumnProfile) -> dict[str | None, int]:
        kept: dict[str | None, int] = {level: count for level, count in column.levels.items() if level in named}
        rest = column.counted - sum(kept.values())
        return kept | ({None: rest} if rest else {})

    return cells(one), cells(two)


def p_text(p_value: float) -> str:
    """Write a p-value for a person."""
    return "p < 1e-6" if p_value < 1e-6 else f"p = {p_value:.2g}"


def percent(share: float) -> str:
    """Write a share for a person: 16 %, 0.4 %."""
    return f"{100 * share:.0f} %" if share >= 0.0995 or share == 0 else f"{100 * share:.2g} %"


def _way(before: float, now: float) -> str:
    return "rose" if now > before else "fell" if now < before else "stayed"


def _moved(before: float, now: float) -> str:
    if percent(before) == percent(now):
        return f"stayed at {percent(now)}"
    return f"{_way(before, now)} from {percent(before)} to {percent(now)}"

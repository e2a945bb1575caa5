"""Comparing one column of two profiles: which tests suit it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from leeway.errors import ProfileError
from leeway.profiles import statistics
from leeway.profiles.categorical import compare_categories, compare_levels, compare_texts
from leeway.profiles.finding import Z95, Finding, certain
from leeway.profiles.layout import ColumnKind
from leeway.profiles.numeric import compare_numbers, compare_range, compare_spike
from leeway.profiles.wording import moved, p_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leeway.profiles.column import ColumnProfile


def compare_column(name: str, reference: ColumnProfile, current: ColumnProfile) -> Iterator[Finding]:
    """All tests that suit a column; none if a side has no rows.

    Raises:
        ProfileError: PRO111 if the two are counted about different centres or in different scales.
    """
    if not reference.rows or not current.rows:
        return
    kinds = {reference.kind, current.kind} - {ColumnKind.EMPTY}
    if len(kinds) == 2:
        yield _other_kind(name, reference, current)
        return
    check_layouts(name, reference, current)
    values = compare_values(name, reference, current)
    if values is not None:
        yield values
    if reference.missing or current.missing:  # a test that cannot fire would only cost the others their power
        yield compare_missing(name, reference, current)
    if kinds == {ColumnKind.CATEGORY}:
        yield from compare_levels(name, reference, current)
    if kinds == {ColumnKind.NUMBER} and reference.counted and current.rows > current.missing:
        yield compare_range(name, reference, current)
        m = values_size(reference, current)
        spike = compare_spike(name, reference, current, m) if m else None
        if spike is not None:
            yield spike


def compare_values(name: str, reference: ColumnProfile, current: ColumnProfile) -> Finding | None:
    """Test whether the values are distributed alike; missing values are left out.

    Numbers: KS, chi-square on cells of equal share and the best cut between them, combined; where the bins are too wide
    for them, also the means, and the KS distance of two normal distributions that are so far apart. Categories:
    chi-square. Text: chi-square on patterns and KS on lengths, combined.

    Returns:
        None if a side has no values or the kind has no such test.
    """
    m = values_size(reference, current)
    if m == 0 or reference.kind is not current.kind:
        return None
    if current.kind is ColumnKind.NUMBER:
        return compare_numbers(name, reference, current, m)
    if current.kind is ColumnKind.CATEGORY:
        return compare_categories(name, reference, current, m)
    return compare_texts(name, reference, current, m) if current.kind is ColumnKind.TEXT else None


def values_size(reference: ColumnProfile, current: ColumnProfile) -> float:
    """The effective size of a comparison of the values."""
    return statistics.effective_size(reference.counted / reference.inflation, current.counted / current.inflation)


def compare_missing(name: str, reference: ColumnProfile, current: ColumnProfile) -> Finding:
    """Test whether the share of missing values is the same (both sides have rows)."""
    m = statistics.effective_size(reference.rows / reference.null_inflation, current.rows / current.null_inflation)
    z, p_value = statistics.two_proportions(reference.missing, reference.rows, current.missing, current.rows, m=m)
    before, now = reference.missing_share, current.missing_share
    return Finding(
        subject=name,
        test="missing",
        statistic=z,
        p_value=p_value,
        words=f"missing values {moved(before, now)} ({p_text(p_value)})",
        **_difference(before, now, m),
    )


def _other_kind(name: str, reference: ColumnProfile, current: ColumnProfile) -> Finding:
    before, now = (
        "of another type" if side.kind is ColumnKind.OTHER else f"a {side.kind.value}" for side in (reference, current)
    )
    words = f"was {before}, is {now}"
    return certain(name, test="kind", direction="changed", words=words)


def check_layouts(name: str, reference: ColumnProfile, current: ColumnProfile) -> None:
    """Make sure that the bins of two columns of numbers mean the same.

    Raises:
        ProfileError: PRO111 if they do not.
    """
    one, two = reference.layout, current.layout
    if reference.kind is current.kind is ColumnKind.NUMBER and one != two:
        what, figures = ("centres", (one.centre, two.centre))
        if one.centre == two.centre:
            what, figures = "scales", (one.scale, two.scale)
        raise ProfileError(
            f"the two profiles are counted about different {what}, {figures[0]:.6g} and {figures[1]:.6g}",
            code="PRO111",
            column=name,
            do="Profile the second table like the first: leeway profile FILE --like FIRST.profile",
        )


def _difference(before: float, now: float, m: float) -> dict[str, Any]:
    change = now - before
    error = Z95 * math.sqrt(max(before * (1 - before), now * (1 - now)) / m) if m > 0 else 1.0
    return {
        "effect": abs(change),
        "low": max(0.0, abs(change) - error),
        "high": min(1.0, abs(change) + error),
        "direction": "up" if change > 0 else "down" if change < 0 else "changed",
    }

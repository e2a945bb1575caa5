"""Comparing one column of two profiles: which tests suit it, what came out, and how to say it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from leeway.errors import ProfileError
from leeway.profiles import distances, statistics
from leeway.profiles.histogram import Histogram
from leeway.profiles.layout import ColumnKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leeway.profiles.column import ColumnProfile

    Array = np.ndarray[Any, Any]

CELLS = 16
"""Cells of equal share in which numbers are counted for chi-square: it sees a few far values that KS overlooks."""

Z95 = 1.96


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What one test of one column found.

    Args:
        subject: the column, or what else was compared.
        test: ks_chi2, chi2, text, missing, unseen, vanished, outside, kind, absent, added, correlation or classifier.
        statistic: of the test.
        p_value: chance of at least such a statistic without any difference.
        effect: in shares of rows, 0 to 1, less what chance explains.
        low: lower end of the effect's 95 % interval.
        high: upper end.
        direction: up, down or changed.
        words: what happened, for a person, without the subject.
        distances: further measures of the same difference, by name.
        weight: part of the floor that its effect has to reach: rows of a kind never seen matter sooner than a shift.
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
    weight: float = 1.0

    @property
    def sentence(self) -> str:
        """What a person reads."""
        return f"`{self.subject}`: {self.words}"


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
        yield from _only_in_one(name, reference, current)
    if kinds == {ColumnKind.NUMBER} and reference.counted and current.rows > current.missing:
        yield compare_range(name, reference, current)


def compare_values(name: str, reference: ColumnProfile, current: ColumnProfile) -> Finding | None:
    """Test whether the values are distributed alike; missing values are left out.

    Numbers: KS, and chi-square on cells of equal share, combined; where the bins are too wide for them, also the means,
    and the KS distance of two normal distributions that are so far apart. Categories: chi-square. Text: chi-square on
    patterns and KS on lengths, combined.

    Returns:
        None if a side has no values or the kind has no such test.
    """
    m = statistics.effective_size(reference.counted / reference.inflation, current.counted / current.inflation)
    if m == 0 or reference.kind is not current.kind:
        return None
    if current.kind is ColumnKind.NUMBER:
        return _numbers(name, reference, current, m)
    if current.kind is ColumnKind.CATEGORY:
        return _categories(name, reference, current, m)
    return _texts(name, reference, current, m) if current.kind is ColumnKind.TEXT else None


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


def compare_range(name: str, reference: ColumnProfile, current: ColumnProfile) -> Finding:
    """Test whether more numbers lie outside the reference's range, or are infinite, than chance puts there.

    Of n1 + n2 numbers from one distribution, the k largest are all in the second sample with chance (n2 / (n1 + n2))^k.
    A number counts as outside once it leaves the bin of the extreme, about 3 % of its distance from the centre further.
    """
    keys = reference.histogram.keys
    beyond = current.histogram.counts[(current.histogram.keys < keys[0]) | (current.histogram.keys > keys[-1])].sum()
    infinite = max(0.0, current.infinite - reference.infinite * current.rows / reference.rows)
    count = int(beyond) + infinite
    share = current.rows / (reference.rows + current.rows)
    effect = count / (current.rows - current.missing)
    p_value = min(1.0, 2 * statistics.only_in_one(count / current.inflation, share)) if count else 1.0
    below = current.minimum is not None and reference.minimum is not None and current.minimum < reference.minimum
    known = f"{_number(reference.minimum)} to {_number(reference.maximum)}"
    seen = f"{_number(current.minimum)} to {_number(current.maximum)}" if current.minimum is not None else ""
    if infinite:
        seen = f"{seen} and infinite ones".removeprefix(" and ")
    error = Z95 * math.sqrt(effect * (1 - min(effect, 1.0)) / max(current.rows / current.inflation, 1.0))
    return Finding(
        subject=name,
        test="outside",
        statistic=float(count),
        p_value=p_value,
        effect=effect,
        low=max(0.0, effect - error),
        high=min(1.0, effect + error),
        direction="down" if below else "up",
        words=f"{percent(effect)} of the values lie outside {known}, now {seen} ({p_text(p_value)})",
        weight=0.5,
    )


def _numbers(name: str, reference: ColumnProfile, current: ColumnProfile, m: float) -> Finding:
    keys, one, two = distances.same_bins(reference.histogram, current.histogram)
    lower, upper = value_ends(keys, reference, current, one + two)
    distance = 1.0 if _apart(reference, current) else distances.ks(one, two)
    _, _, p_cells = statistics.chi_square(*distances.equal_cells(one, two, CELLS), m=m)
    p_values = [statistics.ks_p_value(distance, m), p_cells]
    if _narrow(reference):
        shift = _shift(reference, current)
        distance = max(distance, math.erf(shift / math.sqrt(8)))
        p_values.append(statistics.normal_tail(shift * math.sqrt(m)))
    p_value = statistics.cauchy(p_values)
    band = distances.KOLMOGOROV_95 / math.sqrt(m)
    before, now = reference.mean or 0.0, current.mean or 0.0
    return Finding(
        subject=name,
        test="ks_chi2",
        statistic=distance,
        p_value=p_value,
        effect=distances.ks_excess(distance, m),
        low=max(0.0, distance - band),
        high=min(1.0, distance + band),
        direction="up" if now > before else "down" if now < before else "changed",
        words=f"{_shape(reference, current)} (KS {distance:.2f}, {p_text(p_value)})",
        distances={"ks": distance, **_number_distances(reference, current, one, two, lower, upper, m)},
    )


def _number_distances(
    reference: ColumnProfile, current: ColumnProfile, one: Array, two: Array, lower: Array, upper: Array, m: float
) -> dict[str, float]:
    tenths = distances.tenths(one, two, lower, upper)
    moved_by = distances.wasserstein(one, two, lower, upper)
    if _apart(reference, current) or _narrow(reference):  # then it is the difference of the means, which are exact
        moved_by = abs((current.mean or 0.0) - (reference.mean or 0.0))
    return {
        "wasserstein": moved_by,
        "wasserstein_sd": moved_by / (reference.spread or reference.layout.scale),
        **_divergences(*tenths, m),
    }


def _divergences(one: Array, two: Array, m: float) -> dict[str, float]:
    raw_psi, raw_js = distances.psi(one, two), distances.jensen_shannon(one, two)
    return {
        "psi": distances.corrected(raw_psi, len(one), m, curvature=1.0),
        "psi_raw": raw_psi,
        "js": distances.corrected(raw_js, len(one), m, curvature=1 / (8 * math.log(2))),
        "js_raw": raw_js,
    }


def _categories(name: str, reference: ColumnProfile, current: ColumnProfile, m: float) -> Finding:
    names, one, two = _cells(reference, current)
    statistic, _, p_value = statistics.chi_square(one, two, m=m)
    distance = distances.total_variation(one, two)
    effect = distances.total_variation_excess(one, two, m)
    error = Z95 * distances.total_variation_error(one, two, m)
    change = two / two.sum() - one / one.sum()
    most = int(np.abs(change).argmax())
    shares = moved(one[most] / one.sum(), two[most] / two.sum())
    return Finding(
        subject=name,
        test="chi2",
        statistic=statistic,
        p_value=p_value,
        effect=effect,
        low=max(0.0, effect - error),
        high=min(1.0, effect + error),
        direction="up" if change[most] > 0 else "down" if change[most] < 0 else "changed",
        words=f"share of {names[most] if names[most] is not None else 'all other levels'} {shares} "
        f"(TVD {distance:.2f}, {p_text(p_value)})",
        distances={"tvd": distance, **_divergences(one, two, m)},
    )


def _texts(name: str, reference: ColumnProfile, current: ColumnProfile, m: float) -> Finding:
    patterns = _categories(name, reference, current, m)
    _, one, two = distances.same_bins(reference.histogram, current.histogram)
    distance = distances.ks(one, two)
    lengths = statistics.ks_p_value(distance, m)
    p_value = statistics.cauchy([patterns.p_value, lengths])
    before, now = (float(side.total / side.counted) for side in (reference, current))
    by_length = lengths < patterns.p_value
    words = (
        f"mean length {went(before, now)}"
        if by_length
        else (patterns.words.split(" (TVD")[0].replace("share of", "share of the pattern", 1))
    )
    return Finding(
        subject=name,
        test="text",
        statistic=max(distance, patterns.distances["tvd"]),
        p_value=p_value,
        effect=max(distances.ks_excess(distance, m), patterns.effect),
        low=patterns.low,
        high=max(patterns.high, min(1.0, distance + distances.KOLMOGOROV_95 / math.sqrt(m))),
        direction=("up" if now > before else "down") if by_length else patterns.direction,
        words=f"{words} ({p_text(p_value)})",
        distances={"ks_length": distance, "tvd_pattern": patterns.distances["tvd"]},
    )


def _only_in_one(name: str, reference: ColumnProfile, current: ColumnProfile) -> Iterator[Finding]:
    """Levels that only one side has, each tested against chance, corrected for the number of levels."""
    for test, there, here, words in (
        ("unseen", reference, current, "categories that were never seen"),
        ("vanished", current, reference, "categories that have vanished"),
    ):
        if not there.counted or not here.counted:
            continue
        share = here.counted / (there.counted + here.counted)
        # A level that the other side does not name may be among its unnamed rows, up to the rarest it does name.
        hidden = min(there.other, min(there.levels.values(), default=0)) if there.other else 0
        many = max(len(there.levels.keys() | here.levels.keys()), 1)
        new = {level: count for level, count in here.levels.items() if level not in there.levels}
        chances = {
            level: min(
                1.0, many * statistics.only_in_one((count - hidden * share / (1 - share)) / here.inflation, share)
            )
            for level, count in new.items()
        }
        certain = [level for level, p in chances.items() if p < 0.01]
        rows = sum(new[level] for level in certain)
        effect = rows / here.counted
        error = Z95 * math.sqrt(effect * (1 - effect) * here.inflation / here.counted)
        p_value = min(chances.values(), default=1.0)
        shown = ", ".join(sorted(certain or new, key=lambda level: (-new[level], level))[:3])
        yield Finding(
            subject=name,
            test=test,
            statistic=float(len(certain)),
            p_value=p_value,
            effect=effect,
            low=max(0.0, effect - error),
            high=min(1.0, effect + error),
            direction="up" if test == "unseen" else "down",
            words=f"{percent(effect)} of the rows {'have' if test == 'unseen' else 'had'} {words}"
            + (f": {shown}{', ...' if len(certain or new) > 3 else ''}" if shown else "")
            + f" ({p_text(p_value)})",
            weight=0.5,
        )


def _other_kind(name: str, reference: ColumnProfile, current: ColumnProfile) -> Finding:
    before, now = (
        "of another type" if side.kind is ColumnKind.OTHER else f"a {side.kind.value}" for side in (reference, current)
    )
    words = f"was {before}, is {now}"
    return certain(name, test="kind", direction="changed", words=words)


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


def _cells(one: ColumnProfile, two: ColumnProfile) -> tuple[list[str | None], Array, Array]:
    """Counts per level. Levels that a side with a remainder does not name join the other side's remainder (None)."""
    named = set(one.levels) | set(two.levels)
    if one.other:
        named &= set(one.levels)
    if two.other:
        named &= set(two.levels)
    names: list[str | None] = [*sorted(named)]
    counts = [[column.levels.get(level or "", 0) for level in names] for column in (one, two)]
    rests = [column.counted - sum(found) for column, found in zip((one, two), counts, strict=True)]
    if any(rests):
        names.append(None)
        counts = [[*found, rest] for found, rest in zip(counts, rests, strict=True)]
    return names, np.array(counts[0], np.int64), np.array(counts[1], np.int64)


def value_ends(keys: Array, one: ColumnProfile, two: ColumnProfile, counts: Array) -> tuple[Array, Array]:
    """Where the values of the bins lie: no bin reaches beyond the extremes, or further than its values do."""
    centre = one.layout.centre
    (low1, high1), (low2, high2) = _range(one), _range(two)
    ends = Histogram(keys, counts).edges(centre)
    lower, upper = (np.clip(end, min(low1, low2), max(high1, high2)) for end in ends)
    return distances.filled(counts, lower, upper, centre=centre, squares=float(one.squares + two.squares))


def _range(column: ColumnProfile) -> tuple[float, float]:
    assert column.minimum is not None and column.maximum is not None, "a number was counted"  # noqa: PT018 - types
    return column.minimum, column.maximum


def _apart(one: ColumnProfile, two: ColumnProfile) -> bool:
    (low1, high1), (low2, high2) = _range(one), _range(two)
    return high1 < low2 or high2 < low1


def _narrow(column: ColumnProfile) -> bool:
    """Whether the values lie so far from the centre that a bin, a 32nd of the distance, is as wide as their spread."""
    return (column.spread or 0.0) * 32 < abs((column.mean or 0.0) - column.layout.centre)


def _shift(reference: ColumnProfile, current: ColumnProfile) -> float:
    """Difference of the means in standard deviations."""
    change = abs((current.mean or 0.0) - (reference.mean or 0.0))
    spread = math.sqrt(((reference.spread or 0.0) ** 2 + (current.spread or 0.0) ** 2) / 2)
    # Sums of squares are exact to about 1e-15 of their size: no smaller spread can be told from none.
    return change / max(spread, abs((reference.mean or 0.0) - reference.layout.centre) * 1e-7)


def _difference(before: float, now: float, m: float) -> dict[str, Any]:
    change = now - before
    error = Z95 * math.sqrt(max(before * (1 - before), now * (1 - now)) / m) if m > 0 else 1.0
    return {
        "effect": abs(change),
        "low": max(0.0, abs(change) - error),
        "high": min(1.0, abs(change) + error),
        "direction": "up" if change > 0 else "down" if change < 0 else "changed",
    }


def _shape(reference: ColumnProfile, current: ColumnProfile) -> str:
    """What moved most, in the unit of the reference's spread: the mean or the spread itself."""
    before, now = reference.mean or 0.0, current.mean or 0.0
    spread1, spread2 = reference.spread or 0.0, current.spread or 0.0
    unit = spread1 or reference.layout.scale
    if abs(now - before) >= abs(spread2 - spread1) or spread1 == spread2 or abs(now - before) > unit / 10:
        return f"mean {went(before, now)}"
    return f"spread {went(spread1, spread2)} (standard deviation)"


def p_text(p_value: float) -> str:
    """Write a p-value for a person."""
    return "p < 1e-6" if p_value < 1e-6 else f"p = {p_value:.2g}"


def percent(share: float) -> str:
    """Write a share for a person: 16 %, 0.4 %."""
    return f"{100 * share:.0f} %" if share >= 0.0995 or share == 0 else f"{100 * share:.2g} %"


def way(before: float, now: float) -> str:
    """Write which way a figure went."""
    return "rose" if now > before else "fell" if now < before else "stayed"


def went(before: float, now: float) -> str:
    """Write how a figure moved: rose from 24.1 to 31.7. As many digits as it takes to see it."""
    if before == now:
        return f"stayed at {_number(now)}"
    digits = next((digits for digits in range(4, 17) if f"{before:.{digits}g}" != f"{now:.{digits}g}"), 16)
    return f"{way(before, now)} from {_number(before, digits)} to {_number(now, digits)}"


def moved(before: float, now: float) -> str:
    """Write how a share moved: rose from 16 % to 24 %."""
    if percent(before) == percent(now):
        return f"stayed at {percent(now)}"
    return f"{way(before, now)} from {percent(before)} to {percent(now)}"


def _number(value: float | None, digits: int = 4) -> str:
    if value is None:
        return "-"
    # 123457, not 1.235e+05
    return f"{value:.{max(digits, len(str(int(abs(value)))) if abs(value) < 1e9 else 0)}g}"

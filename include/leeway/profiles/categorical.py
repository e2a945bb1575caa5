"""Comparing columns of categories and of texts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from leeway.profiles import distances, statistics
from leeway.profiles.finding import Z95, Finding
from leeway.profiles.wording import moved, p_text, percent, went

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leeway.profiles.column import ColumnProfile

    Array = np.ndarray[Any, Any]


def compare_categories(name: str, reference: ColumnProfile, current: ColumnProfile, m: float) -> Finding:
    """Chi-square on the levels; ``m`` is the effective size."""
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
        distances={"tvd": distance, **distances.divergences(one, two, m)},
    )


def compare_texts(name: str, reference: ColumnProfile, current: ColumnProfile, m: float) -> Finding:
    """Chi-square on patterns and KS on lengths, combined; ``m`` is the effective size."""
    patterns = compare_categories(name, reference, current, m)
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


def compare_levels(name: str, reference: ColumnProfile, current: ColumnProfile) -> Iterator[Finding]:
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
            floor_share=0.5,
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

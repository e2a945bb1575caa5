"""How columns hang together: two tables may agree in every column and differ all the same."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from leeway.profiles import statistics
from leeway.profiles.finding import Z95, Finding
from leeway.profiles.rows import LIMIT
from leeway.profiles.wording import p_text, way

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leeway.profiles.rows import CodedRows

    Array = np.ndarray[Any, Any]

CORRELATION, CLASSIFIER = "correlations", "all columns together"

MIN_ROWS = 100
"""Fewer rows in a half cannot train a classifier that is worth testing."""

RANDOM_FEATURES = 128
PENALTY = 1.0
CORRELATION_FLOORS = 5.0
"""A correlation that moves by less than a tenth is not worth a word, at the default floor of 0.02."""


def compare_correlations(reference: CodedRows, current: CodedRows, inflations: Mapping[str, float]) -> Finding | None:
    """Test whether any two columns are correlated otherwise than before, on coded (so clipped) values.

    Fisher's transformation makes a correlation about normal with variance 1 / (n - 3); of all pairs the smallest
    p-value counts, times their number (Bonferroni). Sees a changed dependence that no single column shows.

    Args:
        reference: coded rows of the reference.
        current: coded rows to judge.
        inflations: by how much rows of a column tell less than independent ones.

    Returns:
        None if fewer than two columns are on both sides or there are too few rows.
    """
    names = [name for name in reference.names if name in set(current.names)]
    one, two = reference.arranged(names), current.arranged(names)
    if len(names) < 2 or min(one.count, two.count) < MIN_ROWS:
        return None
    before, now = one.correlations, two.correlations
    weight = np.sqrt([inflations.get(name, 1.0) for name in names])
    # Two dependent series share less information than either has: the variance grows by about the product.
    shrink = np.outer(weight, weight)
    error = np.sqrt(shrink / max(one.count - 3, 1) + shrink / max(two.count - 3, 1))
    z = (_fisher(now) - _fisher(before)) / error
    rows, columns = np.triu_indices(len(names), 1)
    pairs = np.abs(z[rows, columns])
    place = int(pairs.argmax())
    i, j = int(rows[place]), int(columns[place])
    p_value = min(1.0, statistics.normal_tail(float(pairs[place])) * len(pairs))
    change = abs(float(now[i, j] - before[i, j]))
    half = Z95 * float(error[i, j])
    words = (
        f"correlation of `{names[i]}` and `{names[j]}` {way(before[i, j], now[i, j])} from {before[i, j]:.2f} "
        f"to {now[i, j]:.2f} ({p_text(p_value)})"
    )
    return Finding(
        subject=CORRELATION,
        test="correlation",
        statistic=float(pairs[place]),
        p_value=p_value,
        effect=change,
        low=max(0.0, change - half),
        high=min(2.0, change + half),
        direction="up" if now[i, j] > before[i, j] else "down",
        words=words,
        floor_share=CORRELATION_FLOORS,
    )


def compare_rows(reference: CodedRows, current: CodedRows, inflations: Mapping[str, float]) -> Finding | None:
    """Test whether a classifier can tell the two tables' rows apart (Lopez-Paz and Oquab 2017, arXiv:1610.06545).

    A ridge classifier on the codes, their squares and random Fourier features (Rahimi and Recht 2007) learns on the
    earlier halves of both samples. On the later halves, which it has not seen, its ranking is chance if nothing
    differs: the area under the curve then has mean 1/2 and a known variance (Mann and Whitney 1947).

    Returns:
        None if fewer than two columns are on both sides or a half has fewer than `MIN_ROWS` rows.
    """
    names = [name for name in reference.names if name in set(current.names)]
    one, two = reference.arranged(names), current.arranged(names)
    halves = [part.kept[part.late == late] for late in (False, True) for part in (one, two)]
    if len(names) < 2 or min(len(half) for half in halves) < MIN_ROWS:
        return None
    score = _classifier(*halves[:2])
    ranked1, ranked2 = score(halves[2]), score(halves[3])
    area = _area(ranked1, ranked2)
    shrink = float(np.median([inflations.get(name, 1.0) for name in names]))
    n1, n2 = len(ranked1) / shrink, len(ranked2) / shrink
    error = math.sqrt((n1 + n2 + 1) / (12 * n1 * n2))
    z = (area - 0.5) / error
    p_value = math.erfc(z / math.sqrt(2)) / 2  # one-sided: below one half there is nothing to be seen
    effect = max(0.0, area - 0.5)
    return Finding(
        subject=CLASSIFIER,
        test="classifier",
        statistic=area,
        p_value=p_value,
        effect=effect,
        low=max(0.0, effect - Z95 * error),
        high=min(0.5, effect + Z95 * error),
        direction="changed",
        words=f"a classifier tells new rows from the reference's with an area under the curve of {area:.2f} "
        f"({p_text(p_value)})",
        floor_share=2.5,
    )


def _classifier(one: Array, two: Array) -> Any:
    """Fit the ridge classifier; give the function that scores rows: int8 (n, columns) to float64 (n,)."""
    columns = one.shape[1]
    random = np.random.Generator(np.random.PCG64(columns))
    # Distances grow with the root of the number of columns; so does the width of the kernel.
    directions = random.standard_normal((columns, RANDOM_FEATURES)) / math.sqrt(columns)
    phases = random.uniform(0, 2 * math.pi, RANDOM_FEATURES)

    def expand(rows: Array) -> Array:
        values = rows.astype(np.float64) * (4.0 / LIMIT)
        waves = np.cos((values @ directions + phases).astype(np.float32))  # several times faster than in double
        return np.concatenate([values, values * values, waves], axis=1)

    features = expand(np.concatenate([one, two]))
    middle, spread = features.mean(axis=0), features.std(axis=0) + 1e-9
    standard = (features - middle) / spread
    sides = np.concatenate([np.full(len(one), -1 / len(one)), np.full(len(two), 1 / len(two))])
    gram = standard.T @ standard / len(standard)
    penalty = PENALTY * standard.shape[1] / len(standard)
    weights = np.linalg.solve(gram + penalty * np.eye(len(gram)), standard.T @ sides)

    def score(rows: Array) -> Array:
        found: Array = ((expand(rows) - middle) / spread) @ weights
        return found

    return score


def _area(one: Array, two: Array) -> float:
    """Chance that a row of the second scores above one of the first; ties count half."""
    ordered = np.sort(one)
    below = np.searchsorted(ordered, two, side="left") + np.searchsorted(ordered, two, side="right")
    return float(below.sum()) / (2 * len(one) * len(two))


def _fisher(correlations: Array) -> Array:
    found: Array = np.arctanh(np.clip(correlations, -0.999999, 0.999999))
    return found

"""Power: how often a planted shift is found, and in the column it was planted in.

Pairs of windows of 50 columns; each kind of shift is planted alone in one column of the current window. The first group
is the one that the rule of the verdict was chosen on; nobody tuned anything on the second. ``together`` plants the
first group all at once, as when the rule was chosen: many findings make it easier for each to be kept.
"""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from benchmarks.drift_alarms import wilson
from benchmarks.drift_data import table

from leeway.profiles.building import profile_table
from leeway.profiles.joint import CLASSIFIER, CORRELATION
from leeway.profiles.profile import Profile
from leeway.profiles.verdict import judge

if TYPE_CHECKING:
    from collections.abc import Callable

    Array = np.ndarray[Any, Any]
    Shift = Callable[[np.random.Generator, Array], Array]

ROWS = 10_000


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairs", type=int, default=100)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--together", action="store_true", help="nothing but the first group at once")
    parser.add_argument("--only", default="", help="kinds whose name has this in it, one by one")
    options = parser.parse_args()
    start = time.process_time()
    together: dict[str, list[bool]] = {name: [] for name in KNOWN}
    kinds = [name for name in (*KNOWN, *NEW, *JOINT) if options.only in name]
    found: dict[str, list[tuple[bool, set[str]]]] = {name: [] for name in kinds}
    for pair in range(options.pairs):
        random = np.random.default_rng((options.seed, pair))
        if not options.together:
            _one_pair(random, options.rows, found)
        if not options.only:
            _all_at_once(random, options.rows, together)
    if not options.only:
        print("together: " + ", ".join(f"{KNOWN[name][0]} {np.mean(hits):.2f}" for name, hits in together.items()))
    if options.together:
        return
    for title, group in (("kinds the rule was chosen on", KNOWN), ("others", NEW | JOINT)):
        print(f"{title:44} {'found':>6} {'95 %':>13}  in which tests")
        for name in (name for name in group if name in found):
            hits = [hit for hit, _ in found[name]]
            low, high = wilson(sum(hits), len(hits))
            tests = sorted(set().union(*(tests for _, tests in found[name])))
            print(f"{name:44} {np.mean(hits):6.2f} {f'{low:.2f} to {high:.2f}':>13}  {', '.join(tests)}")
    print(f"{options.pairs} pairs of {options.rows} rows, {time.process_time() - start:.0f} CPU s")


def _one_pair(random: np.random.Generator, rows: int, found: dict[str, list[tuple[bool, set[str]]]]) -> None:
    """Draw one pair, and plant each shift in turn: only the column it is in is profiled again."""
    before = profile_table(table(random, rows, shifted=False))
    sound = table(random, rows, shifted=False)
    now = profile_table(sound, before.layout)
    for name, (column, shift) in (KNOWN | NEW).items():
        if name not in found:
            continue
        values = shift(random, sound[column].to_numpy(zero_copy_only=False))
        changed = profile_table(pa.table({column: pa.array(values, from_pandas=True)}), before.layout)
        columns = {key: changed.columns.get(key, known) for key, known in now.columns.items()}
        flagged = judge(before, Profile.of(columns, now.coded.only(now.columns.keys() - {column}))).flagged
        tests = {finding.test for finding in flagged if finding.subject == column}
        found[name].append((bool(tests), tests))
    for name, make in JOINT.items():
        if name not in found:
            continue
        flagged = judge(before, profile_table(make(random, sound), before.layout)).flagged
        tests = {finding.test for finding in flagged if finding.subject in (CORRELATION, CLASSIFIER)}
        found[name].append((bool(tests), tests))


def _all_at_once(random: np.random.Generator, rows: int, together: dict[str, list[bool]]) -> None:
    before = profile_table(table(random, rows, shifted=False))
    sound = table(random, rows, shifted=False)
    for column, shift in KNOWN.values():
        sound = _with(sound, column, shift(random, sound[column].to_numpy(zero_copy_only=False)))
    flagged = {finding.subject for finding in judge(before, profile_table(sound, before.layout)).flagged}
    for name, (column, _) in KNOWN.items():
        together[name].append(column in flagged)


def _some(random: np.random.Generator, values: Array, share: float) -> Array:
    return random.random(len(values)) < share


def _missing(random: np.random.Generator, values: Array) -> Array:
    # Of the column's 3 %, or of 2 % where it has 2 %, to 15 % in all.
    return np.where(_some(random, values, 0.15 - np.isnan(values).mean()), np.nan, values)


def _rarer(random: np.random.Generator, values: Array) -> Array:
    """A fifth of the most frequent level's rows get a level drawn from the others'."""
    some = (values == "level_0") & _some(random, values, 0.2)
    return np.where(some, random.choice(values[values != "level_0"], len(values)), values)


def _swapped(_: np.random.Generator, values: Array) -> Array:
    return np.select([values == "level_1", values == "level_3"], ["level_3", "level_1"], values)


def _heavier(random: np.random.Generator, values: Array) -> Array:
    """Student's t with 3 degrees of freedom, at the same variance."""
    return np.where(np.isnan(values), np.nan, random.standard_t(3, len(values)) / np.sqrt(3))


def _skewed(random: np.random.Generator, values: Array) -> Array:
    """A gamma of shape 16, skewness 0.5, at the same mean and variance."""
    return np.where(np.isnan(values), np.nan, (random.standard_gamma(16, len(values)) - 16) / 4)


def _truncated(_: np.random.Generator, values: Array) -> Array:
    return np.minimum(values, np.nanquantile(values, 0.95))


def _drawn_again(random: np.random.Generator, values: Array) -> Array:
    """Rows beyond the 95th percentile are not there: others stand in for them."""
    kept = values[~(values > np.nanquantile(values, 0.95))]
    return random.choice(kept, len(values))


def _texts(random: np.random.Generator, values: Array) -> Array:
    """3 % of the names in capitals: levels never seen before."""
    return np.where(_some(random, values, 0.03), np.char.upper(values.astype(str)), values)


KNOWN: dict[str, tuple[str, Shift]] = {
    "mean +0.15 sd (normal)": ("f00", lambda _, x: x + 0.15),
    "scale +10 % (lognormal)": ("f01", lambda _, x: x * 1.1),
    "5 % contaminated, 3 sd away": ("f02", lambda r, x: np.where(_some(r, x, 0.05), x + 15, x)),
    "8 % of a 70:30 mixture mirrored": ("f03", lambda r, x: np.where(_some(r, x, 0.08), -x, x)),
    "sd +25 % (normal)": ("f14", lambda _, x: x * 1.25),
    "nulls 3 % to 15 %": ("f21", _missing),
    "top level of 20 rarer by a fifth": ("c4", _rarer),
    "new level, 3 % of rows, beside 200": ("c7", lambda r, x: np.where(_some(r, x, 0.03), "brand_new", x)),
}
NEW: dict[str, tuple[str, Shift]] = {
    "sd of one mode of the mixture doubled": ("f03", lambda _, x: np.where(x > 0, 3 + 2 * (x - 3), x)),
    "rounded to whole numbers (normal)": ("f00", lambda _, x: np.round(x)),
    "rounded to tenths (normal)": ("f00", lambda _, x: np.round(x, 1)),
    "stuck at one value, 10 % of rows": ("f14", lambda _, x: np.where(np.arange(len(x)) < len(x) / 10, 0.5, x)),
    "stuck at one value, 3 % of rows": ("f14", lambda _, x: np.where(np.arange(len(x)) < len(x) * 0.03, 0.5, x)),
    "two levels of 12 swapped": ("c3", _swapped),
    "tails of t(3), same variance (normal)": ("f07", _heavier),
    "skewness 0 to 0.5, same mean and variance": ("f07", _skewed),
    "capped at the 95th percentile (exponential)": ("f04", _truncated),
    "rows beyond the 95th percentile lost": ("f04", _drawn_again),
    "another unit (x 1000), 3 % of rows": ("f01", lambda r, x: np.where(_some(r, x, 0.03), x * 1000, x)),
    "another unit (x 2.54), 3 % of rows": ("f02", lambda r, x: np.where(_some(r, x, 0.03), x * 2.54, x)),
    "nulls written as 0, of 4 % (lognormal)": ("f22", lambda _, x: np.nan_to_num(x, nan=0.0)),
    "sign lost (t 3)": ("f05", lambda _, x: np.abs(x)),
    "boolean true share 30 % to 35 %": ("b0", lambda r, x: x | _some(r, x, 0.05 / 0.7)),
    "spelling of 3 % in capitals, 40 levels": ("c5", _texts),
    "largest whole numbers +20 %": ("i1", lambda _, x: (x * 1.2).astype(np.int64)),
}


def _tied(random: np.random.Generator, sound: pa.Table) -> pa.Table:
    """Give f07 and f14, both normal, a correlation of 0.3: neither changes by itself."""
    first = np.nan_to_num(sound["f07"].to_numpy())
    tied = 0.3 * first + np.sqrt(1 - 0.09) * random.standard_normal(len(first))
    return _with(sound, "f14", tied)


def _copied(_: np.random.Generator, sound: pa.Table) -> pa.Table:
    """Give f14 the values of f07 in 20 % of the rows: columns mixed up in one source."""
    first, second = sound["f07"].to_numpy(), sound["f14"].to_numpy()
    return _with(sound, "f14", np.where(np.arange(len(first)) < len(first) / 5, first, second))


def _doubled(random: np.random.Generator, sound: pa.Table) -> pa.Table:
    """Every fifth row comes twice, in the place of another."""
    rows = np.arange(sound.num_rows)
    some = rows[random.random(len(rows)) < 0.2]
    rows[random.permutation(len(rows))[: len(some)]] = some
    return sound.take(pa.array(rows))


def _with(sound: pa.Table, name: str, values: Array) -> pa.Table:
    return sound.set_column(sound.column_names.index(name), name, pa.array(values, from_pandas=True))


JOINT: dict[str, Callable[[np.random.Generator, pa.Table], pa.Table]] = {
    "correlation 0 to 0.3 between two columns": _tied,
    "a column copied from another, 20 % of rows": _copied,
    "a fifth of the rows twice (columns alike)": _doubled,
}

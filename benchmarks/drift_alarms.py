"""False alarms: how often two windows are told apart that were drawn from one distribution.

50 columns, among them categories of 200, 500 and 1,000 levels. ``any`` is the share of pairs with any flag at the
default floor, ``no floor`` the same without one, which shows whether the tests themselves are right: an accepted budget
of 5 in 100 windows means at most 5 %. Every pair is drawn anew; ``one reference`` holds new windows against one.
"""

from __future__ import annotations

import argparse
import math
import time
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
from benchmarks.drift_data import table
from benchmarks.drift_series import series

from leeway.profiles.building import profile_table
from leeway.profiles.verdict import FLOOR, judge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa

    from leeway.profiles.finding import Finding
    from leeway.profiles.profile import Profile

    Draw = Callable[[np.random.Generator], pa.Table]
    Pairs = Iterator[tuple[Profile, Profile]]

RHO = 0.9


def main() -> None:
    """Print the table."""
    options = _options()
    designs: dict[str, Callable[[np.random.Generator], Pairs]] = {
        "independent, 500 rows": lambda random: _pairs(random, _independent(500), options.pairs),
        "independent, 2,000 rows": lambda random: _pairs(random, _independent(2_000), options.pairs),
        "independent, 20,000 rows": lambda random: _pairs(random, _independent(20_000), options.large),
        "AR(1) 0.9, 2,000 rows": lambda random: _pairs(random, _dependent(2_000), options.large),
        "AR(1) 0.9, 20,000 rows": lambda random: _pairs(random, _dependent(20_000), options.large),
        "one reference, 2,000 rows": lambda random: _windows(random, 2_000, options.windows),
    }
    print(f"{'':28} {'pairs':>6} {'any':>7} {'95 %':>14} {'no floor':>9} {'s':>5}  flags of each test without a floor")
    for name, design in designs.items():
        if options.only in name:
            _print(name, design(np.random.default_rng(options.seed)))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairs", type=int, default=1000)
    parser.add_argument("--large", type=int, default=200, help="pairs of 20,000 rows and of dependent rows")
    parser.add_argument("--windows", type=int, default=200, help="windows against one reference")
    parser.add_argument("--only", default="", help="designs whose name has this in it")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def _independent(rows: int) -> Draw:
    return lambda random: table(random, rows, shifted=False)


def _dependent(rows: int) -> Draw:
    return lambda random: series(random, rows, rho=RHO)


def _pairs(random: np.random.Generator, draw: Draw, many: int) -> Pairs:
    for _ in range(many):
        reference = profile_table(draw(random))
        yield reference, profile_table(draw(random), reference.layout)


def _windows(random: np.random.Generator, rows: int, many: int) -> Pairs:
    reference = profile_table(table(random, 10 * rows, shifted=False))
    for _ in range(many):
        yield reference, profile_table(table(random, rows, shifted=False), reference.layout)


def _print(name: str, pairs: Pairs) -> None:
    start = time.process_time()
    done = alarms = bare = 0
    tests: Counter[str] = Counter()
    for reference, current in pairs:
        flagged = judge(reference, current, floor=0.0).flagged
        done, bare = done + 1, bare + bool(flagged)
        alarms += any(finding.effect >= FLOOR * finding.floor_share for finding in flagged)
        tests.update(_name(finding) for finding in flagged)
    low, high = wilson(alarms, done)
    seconds = time.process_time() - start
    print(
        f"{name:28} {done:6} {alarms / done:7.1%} {f'{low:.1%} to {high:.1%}':>14} {bare / done:9.1%} {seconds:5.0f}  "
        + ", ".join(f"{test} {count}" for test, count in tests.most_common()),
        flush=True,
    )


def _name(finding: Finding) -> str:
    return finding.test if finding.subject.find(" ") < 0 else finding.subject


def wilson(count: int, of: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson 1927, J. Am. Stat. Assoc. 22:209)."""
    z, share = 1.96, count / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z / (1 + z * z / of) * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return max(0.0, middle - half), min(1.0, middle + half)

"""A year of stored daily profiles put together and held against one more day: what a moving reference costs.

Profiles are read from files, merged and judged; the days' rows are never read again. Bar: one second. The least of
three processes counts, each without imports: other work on the machine only ever adds to it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
from benchmarks.drift_data import folder, table

if TYPE_CHECKING:
    from pathlib import Path

DAYS, ROWS = 365, 2_000
_MEASURE = """
import json, sys, time
from pathlib import Path
from leeway.profiles import storage
from leeway.profiles.profile import Profile
from leeway.profiles.verdict import judge

seconds, start = {}, (time.perf_counter(), time.process_time())
def took(what):
    global start
    now = time.perf_counter(), time.process_time()
    seconds[what], start = (now[0] - start[0], now[1] - start[1]), now

*days, today = sorted(Path(sys.argv[1]).glob("*.profile"))
profiles = [storage.from_bytes(day.read_bytes()) for day in days]
took("read")
year = Profile.merge_all(profiles)
took("merge")
verdict = judge(year, storage.from_bytes(today.read_bytes()))
took("judge")
print(json.dumps({"rows": year.rows, "findings": len(verdict.findings), "flagged": len(verdict.flagged), **seconds}))
"""


def main() -> None:
    """Print the figures."""
    where = _days()
    found = []
    for _ in range(3):
        command = [sys.executable, "-c", _MEASURE, str(where)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        found.append(json.loads(done.stdout))
    size = sum(path.stat().st_size for path in where.glob("*.profile")) / DAYS
    print(f"{DAYS} days of {ROWS:,} rows and 50 columns, {size / 1000:.0f} kB each; {found[0]['findings']} findings,")
    print(f"{found[0]['flagged']} flagged, in a reference of {found[0]['rows']:,} rows")
    print(f"{'':8} {'wall s':>7} {'CPU s':>7}")
    for what in ("read", "merge", "judge"):
        print(f"{what:8} {min(one[what][0] for one in found):7.2f} {min(one[what][1] for one in found):7.2f}")
    for place, unit in ((0, "wall"), (1, "CPU")):
        print(f"all, {unit}: {min(sum(one[w][place] for w in ('read', 'merge', 'judge')) for one in found):.2f} s")


def _days() -> Path:
    """Write the daily profiles, unless they are there; one day more than a year."""
    from leeway.profiles import storage
    from leeway.profiles.building import profile_table

    where = folder() / f"days-{storage.VERSION}"
    if where.is_dir():
        return where
    unfinished = where.with_name("days.unfinished")
    unfinished.mkdir(exist_ok=True)
    random, layout = np.random.default_rng(3), None
    for day in range(DAYS + 1):
        profile = profile_table(table(random, ROWS, shifted=False), layout)
        layout = layout or profile.layout
        (unfinished / f"{day:03}.profile").write_bytes(storage.to_bytes(profile))
    return unfinished.rename(where)

"""What a drift check costs: two tables of 50 columns profiled and judged, against a bare scan and against Evidently.

Every figure is of a process of its own, its start and imports included, and the jobs take turns, so that other work on
the machine meets all of them alike. ``scan`` reads every column chunk of both files with pyarrow and throws it away;
``scan, coded`` asks for strings as dictionaries, which is cheaper and what profiling does. ``one cached`` has the
reference's profile on disk, as it is in production.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from typing import TYPE_CHECKING

from benchmarks.drift_data import folder, write

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

ROWS = 1_000_000
_BOTH = """
import sys
from pathlib import Path
from leeway.profiles.scanning import profile_file
from leeway.profiles.verdict import judge

reference = profile_file(Path(sys.argv[1]))
current = profile_file(Path(sys.argv[2]), reference.layout)
print(sorted({finding.subject for finding in judge(reference, current).flagged}))
"""
_STORE = """
import sys
from pathlib import Path
from leeway.profiles import storage
from leeway.profiles.scanning import profile_file

Path(sys.argv[2]).write_bytes(storage.to_bytes(profile_file(Path(sys.argv[1]))))
"""
_SCAN = """
import sys
import pyarrow as pa, pyarrow.parquet as pq

for path in sys.argv[2:]:
    with pq.ParquetFile(path) as plain:
        fields = list(plain.schema_arrow)
    texts = [field.name for field in fields if pa.types.is_string(field.type)] if sys.argv[1] == "coded" else None
    with pq.ParquetFile(path, read_dictionary=texts, pre_buffer=False) as file:
        for group in range(file.num_row_groups):
            for field in fields:
                file.read_row_group(group, columns=[field.name], use_threads=False)
"""
_EVIDENTLY = """
import sys
import pandas as pd
from evidently import DataDefinition, Dataset, Report
from evidently.presets import DataDriftPreset

definition = DataDefinition(
    numerical_columns=[f"f{at:02}" for at in range(35)] + ["i0", "i1", "i2"],
    categorical_columns=[f"c{at}" for at in range(10)] + ["b0"],
    datetime_columns=["t0"],
)
reference, current = (
    Dataset.from_pandas(pd.read_parquet(path), data_definition=definition) for path in sys.argv[1:3]
)
found = Report([DataDriftPreset()]).run(current_data=current, reference_data=reference).dict()
print(found["metrics"][0]["value"])
"""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--columns", type=int, default=50)
    parser.add_argument("--pairs", type=int, default=5, help="how often each job runs; the median counts")
    parser.add_argument("--evidently", action="store_true", help="once; minutes, and 5 GB of memory at 1M rows")
    parser.add_argument("--large", action="store_true", help="10M rows: 6 GB of disk")
    parser.add_argument("--wide", action="store_true", help="1M rows, 1,000 columns: 16 GB of disk")
    options = parser.parse_args()
    sizes = [(10_000_000, 50)] if options.large else []
    sizes += [(ROWS, 1000)] if options.wide else []
    for rows, columns in sizes or [(options.rows, options.columns)]:
        _measure(rows, columns, options.pairs, evidently=options.evidently)


def _measure(rows: int, columns: int, pairs: int, *, evidently: bool) -> None:
    where = folder()
    reference, current = (
        write(where / f"{name}-{rows}-{columns}.parquet", rows, shifted=shifted, seed=seed, columns=columns)
        for name, shifted, seed in (("reference", False, 1), ("current", True, 2))
    )
    stored = where / f"reference-{rows}-{columns}.profile"
    _run(_STORE, reference, stored)
    jobs: dict[str, tuple[str | Path, ...]] = {
        "both tables": (_BOTH, reference, current),
        "one cached": (_BOTH, stored, current),
        "scan": (_SCAN, "plain", reference, current),
        "scan, coded": (_SCAN, "coded", reference, current),
    }
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in jobs}
    for _ in range(pairs):
        for name, job in jobs.items():
            runs[name].append(_run(*job))
    if evidently:
        runs["Evidently"] = [_run(_EVIDENTLY, reference, current)]
    size = reference.stat().st_size / 1e6
    load = os.getloadavg()[0]
    print(f"{rows:,} rows, {columns} columns, {size:,.0f} MB a file; median of {pairs}; load {load:.1f}")
    _print({name: {key: statistics.median(run[key] for run in of) for key in of[0]} for name, of in runs.items()})
    print(f"least wall time: {min(run['wall'] for run in runs['both tables']):.1f} s for both tables")


def _print(figures: Mapping[str, Mapping[str, float]]) -> None:
    ours, cached = figures["both tables"]["CPU"], figures["one cached"]["CPU"]
    print(f"{'':12} {'CPU s':>7} {'wall s':>7} {'MB':>6} {'both / it':>10} {'it / both':>10} {'it / cached':>11}")
    for name, one in figures.items():
        ratios = f"{ours / one['CPU']:10.2f} {one['CPU'] / ours:10.1f} {one['CPU'] / cached:11.1f}"
        print(f"{name:12} {one['CPU']:7.2f} {one['wall']:7.2f} {one['MB']:6.0f} {ratios}")


_CHILD = """
import json, resource, subprocess, sys, time

start = time.perf_counter()
subprocess.run([sys.executable, "-c", *sys.argv[1:]], check=True, stdout=subprocess.DEVNULL)
wall, used = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps({"wall": wall, "CPU": used.ru_utime + used.ru_stime, "MB": used.ru_maxrss * 1024 / 1e6}))
"""


def _run(program: str | Path, *arguments: str | Path) -> dict[str, float]:
    """Run a program under one that does nothing but measure it: usage of children is a maximum over all of them."""
    command = [sys.executable, "-c", _CHILD, str(program), *map(str, arguments)]
    # As where leeway is installed: compiled once, and a thread per process for linear algebra.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    environment |= {"OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment)
    found: dict[str, float] = json.loads(done.stdout)
    return found

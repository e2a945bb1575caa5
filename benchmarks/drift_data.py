"""Two tables with planted shifts, for measuring drift checks: 50 columns, two million to twenty million rows.

35 numbers of several shapes with 2 to 6 % nulls, 10 categories of 3 to 1,000 levels, 3 whole numbers, a boolean and a
moment; in the second table eight columns are shifted.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

GROUP = 333_334
LEVELS = (3, 5, 8, 12, 20, 40, 80, 200, 500, 1000)
PLANTED = ("f00", "f01", "f02", "f03", "f14", "f21", "c4", "c7")


def folder() -> Path:
    """Where tables are kept from one run to the next: ``LEEWAY_BENCH``, or a folder for temporary files."""
    found = Path(os.environ.get("LEEWAY_BENCH") or Path(tempfile.gettempdir()) / "leeway-bench")
    found.mkdir(parents=True, exist_ok=True)
    return found


def write(path: Path, rows: int, *, shifted: bool, seed: int, columns: int = 50) -> Path:
    """Write a table as zstd Parquet, unless it is there."""
    if path.exists():
        return path
    random = np.random.default_rng(seed)
    unfinished = path.with_suffix(".unfinished")
    writer = None
    for start in range(0, rows, GROUP):
        batch = table(random, min(GROUP, rows - start), shifted=shifted, start=start, columns=columns)
        writer = writer or pq.ParquetWriter(unfinished, batch.schema, compression="zstd")
        writer.write_table(batch, row_group_size=GROUP)
    assert writer is not None
    writer.close()
    unfinished.rename(path)
    return path


def table(random: np.random.Generator, rows: int, *, shifted: bool, start: int = 0, columns: int = 50) -> pa.Table:
    """Draw rows."""
    found: dict[str, Any] = {}
    for number in range(columns - 15):
        found[f"f{number:02}"] = _number(random, number, rows, shifted)
    for number, levels in enumerate(LEVELS):
        found[f"c{number}"] = _category(random, number, levels, rows, shifted)
    for number, high in enumerate((10, 1000, 1_000_000)):
        found[f"i{number}"] = pa.array(random.integers(0, high, rows))
    found["b0"] = pa.array(random.random(rows) < 0.3)
    found["t0"] = pa.array((start + np.arange(rows)) * 1_000_000, pa.timestamp("us"))
    return pa.table(found)


def _number(random: np.random.Generator, number: int, rows: int, shifted: bool) -> pa.Array:
    shape = number % 7
    values = random.standard_normal(rows)
    if shape == 1:
        values = np.exp(values)
    elif shape == 2:
        values = values * 5 + 1000
    elif shape == 3:
        values = np.where(random.random(rows) < 0.7, values - 3, values + 3)
    elif shape == 4:
        values = random.standard_exponential(rows) * 100
    elif shape == 5:
        values = random.standard_t(3, rows)
    elif shape == 6:
        values = random.random(rows)
    nulls = 0.02 + 0.04 * (number % 5) / 4
    if shifted:
        values, nulls = _shift(random, number, values, nulls)
    return pa.array(values, mask=random.random(len(values)) < nulls)


def _shift(random: np.random.Generator, number: int, values: Any, nulls: float) -> tuple[Any, float]:
    if number == 0:
        return values + 0.15, nulls
    if number == 1:
        return values * 1.1, nulls
    if number == 2:
        return np.where(random.random(len(values)) < 0.05, values + 15, values), nulls
    if number == 3:
        return np.where(random.random(len(values)) < 0.08, -values, values), nulls
    if number == 14:
        return values * 1.25, nulls
    if number == 21:
        return values, 0.15
    return values, nulls


def _category(random: np.random.Generator, number: int, levels: int, rows: int, shifted: bool) -> pa.Array:
    shares = 1 / np.arange(1, levels + 1)
    shares /= shares.sum()
    if shifted and number == 4:
        rest = shares[0] * 0.2
        shares = np.concatenate([[shares[0] - rest], shares[1:] * (1 + rest / shares[1:].sum())])
    codes = random.choice(levels, rows, p=shares)
    names = [f"level_{level}" for level in range(levels)]
    if shifted and number == 7:
        codes = np.where(random.random(rows) < 0.03, levels, codes)
        names.append("brand_new")
    return pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32()), pa.array(names)).cast(pa.string())

"""Databases to fill with rows, and what profiles of the same rows have in common."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import psycopg2
import pyarrow as pa
import pytest
import sqlalchemy as sa
from psycopg2.extras import execute_values

if TYPE_CHECKING:
    from collections.abc import Callable

    from leeway.profiles.profile import Profile

INSIDE = pytest.mark.parametrize("inside", ["duckdb", pytest.param("postgres", marks=pytest.mark.integration)])
EXACT = ("layout", "rows", "nulls", "nans", "infinite", "minimum", "maximum", "levels", "other")
WEIGHTS = ("value_weight", "null_weight")
_POSTGRES_TYPES = {
    pa.float64(): "float8",
    pa.float32(): "float4",
    pa.int64(): "int8",
    pa.int16(): "int2",
    pa.string(): "text",
    pa.bool_(): "bool",
    pa.date32(): "date",
    pa.time64("us"): "time",
    pa.timestamp("us"): "timestamp",
    pa.timestamp("us", tz="UTC"): "timestamptz",
    pa.binary(): "bytea",
    pa.decimal128(12, 3): "numeric(12, 3)",
}


class Base:
    """An empty database of either kind, to be filled."""

    def __init__(self, url: str) -> None:
        self.url = url

    def fill(self, table: pa.Table, name: str = "given") -> None:
        if self.url.startswith("duckdb"):
            self._fill_duckdb(table, name)
        else:
            self._fill_postgres(table, name)

    def execute(self, *statements: str) -> None:
        if self.url.startswith("duckdb"):
            with duckdb.connect(sa.make_url(self.url).database) as connection:
                for statement in statements:
                    connection.execute(statement)
        else:
            self._in_postgres(lambda cursor: [cursor.execute(statement) for statement in statements])

    def _fill_duckdb(self, table: pa.Table, name: str) -> None:
        with duckdb.connect(sa.make_url(self.url).database) as connection:
            connection.register("rows", table)
            connection.execute(f"CREATE TABLE {name} AS SELECT * FROM rows")

    def _fill_postgres(self, table: pa.Table, name: str) -> None:
        quoted = [column.replace('"', '""').replace("%", "%%") for column in table.column_names]
        types = [_POSTGRES_TYPES[field.type] for field in table.schema]
        columns = ", ".join(f'"{column}" {type_}' for column, type_ in zip(quoted, types, strict=True))

        def fill(cursor: Any) -> None:
            cursor.execute(f"CREATE TABLE {name} ({columns})".replace("%%", "%"))
            rows = list(zip(*(column.to_pylist() for column in table.columns), strict=True))
            execute_values(cursor, f"INSERT INTO {name} VALUES %s", rows, page_size=5000)

        self._in_postgres(fill)

    def _in_postgres(self, do: Callable[[Any], object]) -> None:
        url = sa.make_url(self.url)
        connection = psycopg2.connect(host=url.query["host"], user=url.username, dbname=url.database)
        try:
            do(connection.cursor())
            connection.commit()
        finally:
            connection.close()


def assert_same(found: Profile, expected: Profile, *, weights: bool = True) -> None:
    assert list(found.columns) == list(expected.columns)
    for name, column in expected.columns.items():
        other = found.columns[name]
        for field in (*EXACT, *(WEIGHTS if weights else ())):
            assert (name, field, getattr(other, field)) == (name, field, getattr(column, field))
        assert other.histogram.keys.tolist() == column.histogram.keys.tolist(), name
        assert other.histogram.counts.tolist() == column.histogram.counts.tolist(), name
        # Both are sums of doubles; a sum that nearly cancels is as exact as the sum of what cancels.
        width = math.sqrt(column.counted * float(column.squares))
        assert float(other.total) == pytest.approx(float(column.total), rel=1e-9, abs=1e-12 * width)
        assert float(other.squares) == pytest.approx(float(column.squares), rel=1e-9, abs=1e-290)
    assert found.coded.names == expected.coded.names
    for part in ("count", "sums", "products", "priorities", "late", "kept"):
        assert np.array_equal(getattr(found.coded, part), getattr(expected.coded, part)), part


def sprinkled(values: list[Any], type_: pa.DataType, seed: int) -> pa.Array:
    """The values in which every tenth is null."""
    gone = np.random.default_rng(seed).random(len(values)) < 0.1
    return pa.array([None if absent else value for value, absent in zip(values, gone, strict=True)], type_)


def mixed(rows: int, seed: int = 0) -> pa.Table:
    """Columns of every kind, in order of ``at``."""
    rng = np.random.default_rng(seed)
    odd = [0.0, -0.0, math.nan, math.inf, -math.inf, 5e-324, -1e-60, 1e-40, 1e300, -3.5e38, 3.4028235677973366e38]
    start = datetime(1969, 12, 30, 23, 59, 59, 999_999)
    days = rng.integers(-20_000, 20_000, rows).tolist()
    walk = np.cumsum(rng.normal(size=rows))
    columns = {
        "at": pa.array(np.arange(rows)),
        "walk": sprinkled(walk.tolist(), pa.float64(), 1),
        "odd": sprinkled((odd * rows)[:rows], pa.float64(), 2),
        "single": sprinkled(rng.normal(1e3, 1, rows).astype(np.float32).tolist(), pa.float32(), 3),
        "small": sprinkled(rng.integers(-9, 9, rows).tolist(), pa.int16(), 4),
        "price": sprinkled([Decimal(int(v)) / 8 for v in rng.integers(0, 10**6, rows)], pa.decimal128(12, 3), 5),
        "clock": sprinkled([time(i % 24, i % 60, i % 60, i % 10**6) for i in range(rows)], pa.time64("us"), 6),
        "yes": sprinkled((walk > 0).tolist(), pa.bool_(), 7),
        "level": sprinkled(rng.choice(["a", "B", "ü", "", "日本", "😀", "it's", " x"], rows).tolist(), pa.string(), 8),
        "words": sprinkled([f"Flug Äß{i}\t{'x' * (i % 50)}" for i in range(rows)], pa.string(), 9),
        "day": sprinkled([date(2000, 1, 1) + timedelta(days=d) for d in days], pa.date32(), 10),
        "moment": sprinkled([start + timedelta(days=d) for d in days], pa.timestamp("us"), 11),
        "instant": sprinkled(
            [start.replace(tzinfo=UTC) + timedelta(days=d) for d in days], pa.timestamp("us", tz="UTC"), 12
        ),
        "raw": sprinkled([b"\0a"] * rows, pa.binary(), 13),
        "nothing": pa.nulls(rows, pa.float64()),
        "silence": pa.nulls(rows, pa.string()),
        "never": pa.nulls(rows, pa.timestamp("us")),
    }
    return pa.table(columns)

"""What every source promises, on the same rows."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bad_input.kit import NAMES, WINDOW, request, source
from bad_input.servers import Answer, serving
from leeway.core import Window

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from leeway.sources.base import Source

START = WINDOW.start
DAY = timedelta(days=1)
LABELS = ("id", "ts", "y")
TYPES = {
    "id": pa.string(),
    "ts": pa.timestamp("us", "UTC"),
    "n": pa.int64(),
    "x": pa.float64(),
    "city": pa.string(),
    "ok": pa.bool_(),
    "y": pa.int64(),
}
Rows = list[dict[str, Any]]


def rows() -> Rows:
    """Rows of three days, latest first: each day's first and last instants, and one with nulls."""
    found: Rows = []
    for day in (-1, 0, 1):
        start = START + day * DAY
        moments = (start, start + timedelta(hours=5, minutes=30), start + DAY - timedelta(microseconds=1))
        for number, moment in enumerate(moments):
            full = {"n": 2**53 + 1 + day, "x": 0.1 * number, "city": "Tromsø, Norge", "ok": number == 0}
            values = dict.fromkeys(full) if number == 1 else full
            found.append({"id": f"0{day + 1}{number}", "ts": moment, **values, "y": number % 2, "leak": 99.5})
    return found[::-1]


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    return "" if value is None else f'"{value}"' if isinstance(value, str) else str(value)


def write_csv(path: Path, content: Rows) -> None:
    names = [*NAMES, "leak"]
    lines = [",".join(names), *(",".join(_text(row[name]) for name in names) for row in content)]
    path.write_text("\n".join(lines), encoding="utf-8")


def write_jsonl(path: Path, content: Rows) -> None:
    path.write_text("".join(json.dumps(row, default=lambda moment: moment.isoformat()) + "\n" for row in content))


def as_table(content: Rows) -> pa.Table:
    return pa.Table.from_pylist(content, pa.schema([*TYPES.items(), ("leak", pa.float64())]))


def in_day(day: int) -> Rows:
    return [row for row in rows() if START + day * DAY <= row["ts"] < START + (day + 1) * DAY]


def one_csv(folder: Path) -> Source:
    write_csv(folder / "all.csv", rows())
    return source("files", path="all.csv")


def csv_per_day(folder: Path) -> Source:
    for day in (-1, 0, 1):
        write_csv(folder / f"{START + day * DAY:%Y-%m-%d}.csv", in_day(day))
    return source("files", path="{start:%Y-%m-%d}.csv")


def parquet_glob(folder: Path) -> Source:
    for day in (-1, 0, 1):
        pq.write_table(as_table(in_day(day)), folder / f"part{day}.parquet", row_group_size=2)
    return source("files", path="part*.parquet")


def one_jsonl(folder: Path) -> Source:
    write_jsonl(folder / "all.jsonl", rows())
    return source("files", path=f"file://{folder}/all.jsonl")


def sqlite_table(folder: Path) -> Source:
    with closing(sqlite3.connect(folder / "data.db")) as connection, connection:
        columns = "id TEXT, ts TEXT, n INTEGER, x REAL, city TEXT, ok INTEGER, y INTEGER, leak REAL"
        connection.execute(f"CREATE TABLE events ({columns})")
        # Half of the times have a T between day and time, half a space: both are ISO 8601 to SQLite and to leeway.
        for number, row in enumerate(rows()):
            values = {**row, "ts": row["ts"].isoformat("T" if number % 2 else " ")}
            connection.execute("INSERT INTO events VALUES (:id, :ts, :n, :x, :city, :ok, :y, :leak)", values)
    return source("sql", url="sqlite:///data.db", table="events", batch_rows=2)


def duckdb_table(folder: Path) -> Source:
    _duckdb(folder)
    return source("sql", url="duckdb:///data.duckdb", table="main.events")


def duckdb_query(folder: Path) -> Source:
    _duckdb(folder)
    query = "SELECT * FROM events WHERE ts >= :start - INTERVAL 1 DAY AND ts < :end AND leak > :least;"
    return source("sql", url="duckdb:///data.duckdb", query=query, params={"least": 1.5})


def _duckdb(folder: Path) -> None:
    content = as_table(rows())
    with duckdb.connect(folder / "data.duckdb") as connection:
        connection.register("content", content)
        connection.execute("CREATE TABLE events AS SELECT * FROM content")


FILES = [one_csv, csv_per_day, parquet_glob, one_jsonl, sqlite_table, duckdb_table, duckdb_query]


@pytest.fixture(params=[*FILES, "http", pytest.param("postgres", marks=pytest.mark.integration)])
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Source]:
    """Each kind of source, holding the same rows."""
    if request.param == "http":
        write_csv(tmp_path / "all.csv", rows())
        with serving() as site:
            site.answers(Answer((tmp_path / "all.csv").read_bytes()))
            yield source("http", url=f"{site.url}/all.csv", cache=False)
    elif request.param == "postgres":
        yield _postgres(request.getfixturevalue("postgres_url"))
    else:
        make: Callable[[Path], Source] = request.param
        yield make(tmp_path)


def _postgres(url: str) -> Source:
    import sqlalchemy as sa

    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        columns = "id text, ts timestamptz, n bigint, x double precision, city text, ok boolean, y int, leak numeric"
        connection.execute(sa.text(f'CREATE TABLE "Events" ({columns})'))
        statement = sa.text('INSERT INTO "Events" VALUES (:id, :ts, :n, :x, :city, :ok, :y, :leak)')
        connection.execute(statement, rows())
    return source("sql", url=url, table="public.Events", batch_rows=2)


def expected(start: datetime, end: datetime, names: tuple[str, ...]) -> Rows:
    inside = sorted((row for row in rows() if start <= row["ts"] < end), key=lambda row: (row["ts"], row["id"]))
    return [{name: row[name] for name in names} for row in inside]


def test_a_window_is_half_open_and_sorted(made: Source, tmp_path: Path) -> None:
    table = made.read(request(tmp_path)).table
    assert table.to_pylist() == expected(WINDOW.start, WINDOW.end, NAMES)
    assert table.num_rows == 3


def test_columns_have_their_declared_types_and_requested_order(made: Source, tmp_path: Path) -> None:
    table = made.read(request(tmp_path, columns=tuple(reversed(NAMES)))).table
    assert dict(zip(table.column_names, table.schema.types, strict=True)) == TYPES
    assert tuple(table.column_names) == tuple(reversed(NAMES))


def test_reading_twice_gives_the_same(made: Source, tmp_path: Path) -> None:
    first, second = made.read(request(tmp_path)), made.read(request(tmp_path))
    assert first.table.equals(second.table)
    assert first.fingerprint == second.fingerprint
    assert len(first.fingerprint) == 64


def test_labels_of_an_interval_across_windows_are_read_without_features(made: Source, tmp_path: Path) -> None:
    interval = Window(start=START - timedelta(hours=19), end=START + timedelta(hours=6))
    windows = tuple(WINDOW.shifted(day * DAY) for day in (-1, 0))
    table = made.read(request(tmp_path, columns=LABELS, interval=interval, windows=windows)).table
    assert table.to_pylist() == expected(interval.start, interval.end, LABELS)
    assert table.num_rows == 4


def test_forbidden_columns_are_never_returned(made: Source, tmp_path: Path) -> None:
    table = made.read(request(tmp_path)).table
    assert "leak" not in table.column_names
    assert "99.5" not in str(table.to_pylist())


def test_a_window_without_rows_is_an_empty_table(made: Source, tmp_path: Path) -> None:
    empty = Window(start=START + timedelta(hours=1), end=START + timedelta(hours=2))
    table = made.read(request(tmp_path, interval=empty)).table
    assert table.num_rows == 0
    assert dict(zip(table.column_names, table.schema.types, strict=True)) == TYPES


def test_the_time_column_need_not_be_returned(made: Source, tmp_path: Path) -> None:
    table = made.read(request(tmp_path, columns=("x",))).table
    assert table.to_pylist() == expected(WINDOW.start, WINDOW.end, ("x",))


def test_the_description_can_be_written_down_and_read_again(made: Source) -> None:
    described = made.model_dump(mode="json")
    assert source(**described) == made
